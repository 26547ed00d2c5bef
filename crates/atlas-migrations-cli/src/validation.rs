//! `atlas-migrations validate` and `atlas-migrations validation`.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use atlas_migrations::generated::operations::VALIDATE_GROUP_LIVE_MIGRATIONS;
use atlas_migrations::{Client, GroupId, MigrationRequest, Validation, ValidationStatus};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use tokio::time::{Instant, sleep, timeout_at};

use crate::arguments::{self, Common, Validate, WaitLimit};
use crate::connection::{connect, project, settings};
use crate::failure::{Exit, Failure};
use crate::request;
use crate::terminal::{has_colour, optional, show, table};

/// From one look at a validation to the next: at first, and at most.
const POLL_INTERVALS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

pub async fn validate(common: &Common, arguments: Validate) -> Result<(), Failure> {
    let settings = settings(common)?;
    let named = arguments.project.group_id;
    let (group, request) = request::read(arguments.request, named, || project(&settings, None))?;
    if arguments.dry_run {
        return request::show(common, &VALIDATE_GROUP_LIVE_MIGRATIONS, &group, &request);
    }
    let client = connect(common, &settings)?;
    let validation = if arguments.wait.wait {
        rehearse(&client, &group, &request, &arguments.wait.limit).await?
    } else {
        client.validate(&group, &request).await?
    };
    report(common, &validation)
}

pub async fn describe(common: &Common, arguments: &arguments::Validation) -> Result<(), Failure> {
    let settings = settings(common)?;
    let group = project(&settings, arguments.project.group_id)?;
    let client = connect(common, &settings)?;
    let mut validation = client.validation(&group, &arguments.id).await?;
    if arguments.wait.wait {
        validation = until_over(&client, &group, validation, &arguments.wait.limit).await?;
    }
    report(common, &validation)
}

/// Validates a request, and waits for what comes of it.
pub async fn rehearse(
    client: &Client,
    group: &GroupId,
    request: &MigrationRequest,
    limit: &WaitLimit,
) -> Result<Validation, Failure> {
    let validation = client.validate(group, request).await?;
    until_over(client, group, validation, limit).await
}

/// An error where the validation has failed.
pub fn outcome(validation: &Validation) -> Result<(), Failure> {
    if validation.status != Some(ValidationStatus::Failed) {
        return Ok(());
    }
    let id = validation.id.map(|id| format!(" {id}")).unwrap_or_default();
    let why = validation.error_message.as_deref().unwrap_or("the service did not say why");
    Err(Failure::new(format!("validation{id} failed: {why}")).exit(Exit::MigrationFailed))
}

async fn until_over(
    client: &Client,
    group: &GroupId,
    mut validation: Validation,
    limit: &WaitLimit,
) -> Result<Validation, Failure> {
    let Some(id) = validation.id else {
        return Err(Failure::new("there is nothing to wait for: the service named no validation")
            .exit(Exit::Service));
    };
    let spinner = io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let spinner = ProgressBar::new_spinner().with_style(style);
        let spinner = spinner.with_message(format!("validation {id}"));
        spinner.enable_steady_tick(Duration::from_millis(100));
        // However the waiting ends, the line is clean when it does.
        spinner.with_finish(ProgressFinish::AndClear)
    });
    let end = Instant::now() + limit.timeout;
    let (mut interval, most) = POLL_INTERVALS;
    while !validation.is_over() {
        let next = async {
            sleep(interval).await;
            client.validation(group, &id).await
        };
        validation = timeout_at(end, next).await.map_err(|_| {
            let hint = format!("it goes on: ask with `atlas-migrations validation {id}`");
            Failure::new(format!("validation {id} is not over in time"))
                .exit(Exit::TimedOut)
                .hint(hint)
        })??;
        interval = (interval * 3 / 2).min(most);
    }
    drop(spinner);
    Ok(validation)
}

fn report(common: &Common, validation: &Validation) -> Result<(), Failure> {
    show(common.output, validation, || row(validation, has_colour()))?;
    outcome(validation)
}

fn row(validation: &Validation, colour: bool) -> String {
    let status = match &validation.status {
        Some(ValidationStatus::Success) => 32,
        Some(ValidationStatus::Failed) => 31,
        _ => 33,
    };
    let cells = [
        optional(validation.id),
        optional(validation.group),
        optional(validation.source_project),
        optional(validation.status.as_ref()).in_colour(status),
        optional(validation.error_message.as_deref()),
    ];
    let headings = ["ID", "PROJECT ID", "SOURCE PROJECT ID", "STATUS", "ERROR"];
    table(headings, &[cells], colour)
}
