//! `atlas-migrations validate` and `atlas-migrations validation`.

use std::time::Duration;

use atlas_migrations::generated::operations::VALIDATE_GROUP_LIVE_MIGRATIONS;
use atlas_migrations::{
    Client, GroupId, MigrationRequest, Validation, ValidationId, ValidationStatus,
};
use tokio::time::{Instant, interval, sleep, timeout};

use crate::arguments::{self, Common, Validate, WaitLimit};
use crate::change::Change;
use crate::connection::{connect, project, settings};
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::output::{Done, show};
use crate::request;
use crate::terminal::{self, CYAN, GREEN, Line, LiveView, RED, YELLOW, optional, table};

/// From one look at a validation to the next: at first, and at most.
const POLL_INTERVALS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));
/// From one frame of the view to the next.
const FRAME: Duration = Duration::from_millis(100);
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

pub async fn validate(common: &Common, arguments: Validate) -> Result<(), Failure> {
    let settings = settings(common)?;
    let named = arguments.project.group_id;
    let (group, request) = request::read(arguments.request, named, || project(&settings, None))?;
    if arguments.dry_run {
        return request::show(common, &VALIDATE_GROUP_LIVE_MIGRATIONS, &group, &request);
    }
    let client = connect(common, &settings)?;
    let validation = if arguments.wait.wait {
        let goes_on = |id: &ValidationId| {
            interrupt::failure(format!("interrupted; validation {id} goes on"))
                .may_have_taken_effect(true, Some(id.to_string()))
                .hint(ask_for(id, &group))
        };
        rehearse(&client, &group, &request, &arguments.wait.limit, goes_on).await?
    } else {
        send(&client, &group, &request).await?
    };
    done(&group, &validation).show(common.output, &validation, || row(&validation))?;
    outcome(&validation)
}

pub async fn describe(common: &Common, arguments: &arguments::Validation) -> Result<(), Failure> {
    let settings = settings(common)?;
    let group = project(&settings, arguments.project.group_id)?;
    let client = connect(common, &settings)?;
    let mut validation = client.validation(group, arguments.id).await?;
    if arguments.wait.wait {
        validation = until_over(&client, &group, validation, &arguments.wait.limit).await?;
    }
    show(common.output, &validation, || row(&validation))?;
    outcome(&validation)
}

/// Validates a request, and waits for what comes of it. While it waits, a signal ends the program with these
/// words.
pub async fn rehearse(
    client: &Client,
    group: &GroupId,
    request: &MigrationRequest,
    limit: &WaitLimit,
    interrupted: impl Fn(&ValidationId) -> Failure,
) -> Result<Validation, Failure> {
    let validation = send(client, group, request).await?;
    if let Some(id) = &validation.id {
        interrupt::ends_with(interrupted(id));
    }
    done(group, &validation).unless_interrupted()?;
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

async fn send(
    client: &Client,
    group: &GroupId,
    request: &MigrationRequest,
) -> Result<Validation, Failure> {
    let change = Change {
        what: format!("the validation of a migration into project {group}"),
        find_out: "a validation changes neither cluster; send it again".to_owned(),
    };
    change.send(client.validate(*group, request)).await
}

fn done(group: &GroupId, validation: &Validation) -> Done {
    match &validation.id {
        Some(id) => Done {
            what: format!("validation {id} was started"),
            id: Some(id.to_string()),
            hint: ask_for(id, group),
        },
        None => Done {
            what: "a validation was started, whose id the service did not say".to_owned(),
            id: None,
            hint: "a validation changes neither cluster; send it again".to_owned(),
        },
    }
}

fn ask_for(id: &ValidationId, group: &GroupId) -> String {
    format!("ask with `atlas-migrations validation {id} --project-id {group}`")
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
    let (mut pause, most) = POLL_INTERVALS;
    let over = async {
        while !validation.is_terminal() {
            sleep(pause).await;
            validation = client.validation(*group, id).await?;
            pause = (pause * 3 / 2).min(most);
        }
        Ok(validation)
    };
    let ended = tokio::select! {
        ended = timeout(limit.timeout, over) => ended,
        never = turn(&id) => match never {},
    };
    ended.unwrap_or_else(|_| {
        let hint = format!("it goes on: {}", ask_for(&id, group));
        Err(Failure::new(format!("validation {id} is not over in time"))
            .exit(Exit::TimedOut)
            .hint(hint))
    })
}

/// Shows on a terminal that something is waited for. However that ends, the line is clean when it does.
async fn turn(id: &ValidationId) -> std::convert::Infallible {
    let can_be_drawn = terminal::stderr_can_be_drawn_on();
    let Some(Ok(view)) = can_be_drawn.then(LiveView::start) else {
        return std::future::pending().await;
    };
    let began = Instant::now();
    let mut frames = interval(FRAME);
    for frame in SPINNER.iter().cycle() {
        frames.tick().await;
        let took = began.elapsed().as_secs();
        view.show(&[Line::default()
            .and(frame, CYAN)
            .and(&format!(" validation {id} {took}s"), anstyle::Style::new())]);
    }
    std::future::pending().await
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
