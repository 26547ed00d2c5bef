//! `atlas-migrations validate` and `atlas-migrations validation`.

use std::time::Duration;

use atlas_migrations::generated::operations::VALIDATE_GROUP_LIVE_MIGRATIONS;
use atlas_migrations::{
    Client, GroupId, MigrationRequest, Validation, ValidationId, ValidationStatus,
};
use atlas_migrations_runs::changes::{self, Reply};
use tokio::time::{sleep, timeout};

use crate::change::{Change, CompletedChange};
use crate::cli::{GlobalOptions, IdOrName, ShowValidation, Validate, WaitLimit};
use crate::client::{connect, project, settings};
use crate::error::{CliError, Exit};
use crate::interrupt;
use crate::journal::{Journal, actor, record_validation, redactor};
use crate::last_validation;
use crate::migration_request;
use crate::output::show;
use crate::recorded::{MigrationStream, Purpose, Recorder};
use crate::terminal::{self, GREEN, Line, RED, YELLOW, note, optional, table, warn};

const FIRST_POLL_INTERVAL: Duration = Duration::from_millis(500);
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(10);
const SEND_AGAIN: &str = "a validation changes neither cluster; send it again";

pub async fn validate(
    global: &GlobalOptions,
    journal: &Journal,
    options: Validate,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let given = options.project.group_id;
    let (group, request) =
        migration_request::read(options.request, given, || project(&settings, None))?;
    if options.dry_run {
        let operation = &VALIDATE_GROUP_LIVE_MIGRATIONS;
        return migration_request::print_dry_run(global, operation, &group, &request);
    }
    let client = connect(global, &settings)?;
    let journal = journal.for_changes(redactor(Some(&settings), Some(&request))).await?;
    let recorder = Recorder::start(global, journal, &client, &settings).await?;
    let (recorder, name) = (recorder.as_ref(), options.name.name.as_ref());
    let stream = MigrationStream::open(recorder, group, &request, name, Purpose::Validate).await?;
    let stream = stream.as_ref();
    let call = ValidationCall { client: &client, group, request: &request, stream };
    let validation = if options.wait.wait {
        let interrupted = |id: &ValidationId| {
            interrupt::error(format!("interrupted; validation {id} continues"))
                .may_have_taken_effect(true, Some(id.to_string()))
                .hint(how_to_check(id, &group))
        };
        call.send_and_wait(&options.wait.limit, interrupted).await?
    } else {
        call.send().await?
    };
    completed(&group, &validation).show(global.output, &validation, || row(&validation))?;
    if let Some(stream) = stream {
        note(&format!("the journal names the migration `{}`", stream.name));
    }
    check(&validation)
}

pub async fn describe(
    global: &GlobalOptions,
    journal: &Journal,
    options: &ShowValidation,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let given = options.project.group_id;
    let (group, id, stream) = match &options.target.id {
        IdOrName::Id(id) => (project(&settings, given)?, *id, None),
        IdOrName::Name(name) => {
            let (group, id, stream) =
                last_validation::find(journal, &settings, given, name).await?;
            (group, id, Some(stream))
        }
    };
    let client = connect(global, &settings)?;
    let mut validation = client.validation(group, id).await?;
    if options.wait.wait {
        validation = wait_until_over(&client, &group, validation, &options.wait.limit).await?;
    }
    if let (Some(stream), Some(journal)) = (stream, journal.if_open())
        && let Err(error) = record_validation(journal, &actor(), stream, &validation).await
    {
        warn(&format!("the result of the validation is not recorded: {error}"));
    }
    show(global.output, &validation, || row(&validation))?;
    check(&validation)
}

/// A validation to send, through the journal if there is one.
pub struct ValidationCall<'a> {
    pub client: &'a Client,
    pub group: GroupId,
    pub request: &'a MigrationRequest,
    pub stream: Option<&'a MigrationStream<'a>>,
}

impl ValidationCall<'_> {
    /// Validates the request and waits until the validation ends.
    ///
    /// A signal during the wait ends the program with the error that `interrupted` returns.
    pub async fn send_and_wait(
        &self,
        limit: &WaitLimit,
        interrupted: impl Fn(&ValidationId) -> CliError,
    ) -> Result<Validation, CliError> {
        let validation = self.send().await?;
        if let Some(id) = &validation.id {
            interrupt::exit_with(interrupted(id));
        }
        completed(&self.group, &validation).unless_interrupted()?;
        let validation = wait_until_over(self.client, &self.group, validation, limit).await?;
        if let Some(stream) = self.stream {
            stream.recorder.record_validation(stream.target.stream(), &validation).await;
        }
        Ok(validation)
    }

    /// Sends the request.
    pub async fn send(&self) -> Result<Validation, CliError> {
        let Self { client, group, request, stream } = *self;
        let change = Change {
            what: format!("the validation of a migration into project {group}"),
            how_to_check: SEND_AGAIN.to_owned(),
        };
        let Some(stream) = stream else {
            return change.send(client.validate(group, request)).await;
        };
        let what = changes::Change::Validate { group, request: Box::new(request.clone()) };
        match stream.send(&change, what).await? {
            Reply::Validation(validation) => Ok(validation),
            _ => Ok(Validation::default()),
        }
    }
}

/// Fails if the validation failed.
pub fn check(validation: &Validation) -> Result<(), CliError> {
    if validation.status != Some(ValidationStatus::Failed) {
        return Ok(());
    }
    let id = validation.id.map(|id| format!(" {id}")).unwrap_or_default();
    let reason = validation.error_message.as_deref().unwrap_or("the service reported no reason");
    Err(CliError::new(format!("validation{id} failed: {reason}")).exit(Exit::MigrationFailed))
}

/// Returns a hint on how to check a validation.
pub fn how_to_check(id: &ValidationId, group: &GroupId) -> String {
    format!("check with `atlas-migrations validation {id} --project-id {group}`")
}

fn completed(group: &GroupId, validation: &Validation) -> CompletedChange {
    match &validation.id {
        Some(id) => CompletedChange {
            what: format!("validation {id} was started"),
            id: Some(id.to_string()),
            hint: how_to_check(id, group),
        },
        None => CompletedChange {
            what: "a validation was started; the service did not report its ID".to_owned(),
            id: None,
            hint: SEND_AGAIN.to_owned(),
        },
    }
}

async fn wait_until_over(
    client: &Client,
    group: &GroupId,
    mut validation: Validation,
    limit: &WaitLimit,
) -> Result<Validation, CliError> {
    let Some(id) = validation.id else {
        let message = "cannot wait for the validation: the service did not report its ID";
        return Err(CliError::new(message).exit(Exit::Service));
    };
    let poll = async {
        let mut pause = FIRST_POLL_INTERVAL;
        while !validation.is_terminal() {
            sleep(pause).await;
            validation = client.validation(*group, id).await?;
            pause = (pause * 3 / 2).min(MAX_POLL_INTERVAL);
        }
        Ok(validation)
    };
    if terminal::stderr_is_terminal() {
        note(&format!("validation {id} runs; waiting for its end"));
    }
    timeout(limit.timeout, poll).await.unwrap_or_else(|_| {
        Err(CliError::new(format!("validation {id} did not end in time"))
            .exit(Exit::TimedOut)
            .hint(format!("it continues: {}", how_to_check(&id, group))))
    })
}

fn row(validation: &Validation) -> Vec<Line> {
    let color = match &validation.status {
        Some(ValidationStatus::Success) => GREEN,
        Some(ValidationStatus::Failed) => RED,
        _ => YELLOW,
    };
    let cells = [
        optional(validation.id),
        optional(validation.group),
        optional(validation.source_project),
        optional(validation.status.as_ref()).styled(color),
        optional(validation.error_message.as_deref()),
    ];
    let headings = ["ID", "PROJECT ID", "SOURCE PROJECT ID", "STATUS", "ERROR"];
    table(headings, &[cells])
}
