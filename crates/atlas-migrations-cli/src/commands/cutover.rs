//! `atlas-migrations cutover`: cuts a live migration over.

use atlas_migrations::{Client, Error, LiveMigration};
use serde_json::{Value, json};

use crate::change::{Change, CompletedChange};
use crate::cli::{Cutover, GlobalOptions, Until};
use crate::client::{connect, settings};
use crate::error::CliError;
use crate::journal::{Journal, LookLog, redactor};
use crate::migration_target::{self, MigrationTarget};
use crate::prompt::Confirm;
use crate::recorded::{CutoverRecorder, Recorder};
use crate::terminal::{Line, fields, optional, seconds, yes_or_no};
use crate::watch::{self, AutoCutover, Target};

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Cutover,
) -> Result<(), CliError> {
    if let Some(option) = options.watch.first_given()
        && !options.when_ready
    {
        return Err(CliError::usage(format!("{option} requires --when-ready")));
    }
    let settings = settings(global)?;
    let given = options.project.group_id;
    let target = migration_target::find(journal, &settings, given, &options.target.id).await?;
    let client = connect(global, &settings)?;
    let journal = journal.for_changes(redactor(Some(&settings), None)).await?;
    if options.override_policy.is_some() && journal.is_none() {
        return Err(CliError::usage("--override-policy is recorded, and --no-journal was given"));
    }
    if !options.confirmation.yes {
        let job = client.without_retries().live_migration(target.group, target.id).await;
        confirm(&target, &job, options.when_ready).ask()?;
    }
    let recorder = Recorder::start(global, journal, &client, &settings).await?;
    let cutover = recorder.as_ref().map(|recorder| {
        let reason = options.override_policy.clone();
        (recorder, CutoverRecorder::new(recorder, &target, reason))
    });
    if !options.when_ready {
        return cut_over_now(global, &client, &target, cutover).await;
    }
    let cutover = AutoCutover {
        max_lag: options.max_lag,
        recorder: cutover.map(|(_, cutover)| cutover),
        ..AutoCutover::default()
    };
    let watched = Target::new(target.group, target.id, target.name.as_deref());
    let targets = vec![watched.in_plan(target.plan)];
    let until = Until::Complete;
    let looks = journal.and_then(LookLog::start);
    watch::run(&client, global.output, targets, until, Some(cutover), looks, &options.watch).await
}

async fn cut_over_now(
    global: &GlobalOptions,
    client: &Client,
    target: &MigrationTarget,
    cutover: Option<(&Recorder<'_>, CutoverRecorder)>,
) -> Result<(), CliError> {
    let (label, arguments) = (target.label(), target.arguments());
    let change = Change {
        what: format!("the cutover of migration {label}"),
        how_to_check: format!("check with `atlas-migrations describe {arguments}`"),
    };
    match cutover {
        None => change.send(client.cut_over(target.group, target.id)).await?,
        Some((recorder, cutover)) => {
            // The journal allows the cutover of a migration that was seen ready.
            let job = client.live_migration(target.group, target.id).await?;
            let stream = match cutover.open(&job).await {
                Ok(stream) => stream,
                Err(error) => return Err(cutover.explain(error).await),
            };
            let what = cutover.change();
            recorder.send(&change, &stream.name, stream.target, what, stream.basis).await?;
        }
    }
    let done = CompletedChange {
        what: format!("the cutover of migration {label} was accepted"),
        id: Some(target.id.to_string()),
        hint: format!("watch it with `atlas-migrations watch {arguments}`"),
    };
    done.show(global.output, &json!({}), || {
        let name = target.name.clone().unwrap_or_else(|| target.id.to_string());
        let watch = format!("`atlas-migrations watch {name}`");
        vec![Line::from(format!("Cutover started. Watch it to its end with {watch}."))]
    })
}

/// Builds the confirmation prompt from the current state of the migration.
fn confirm(
    target: &MigrationTarget,
    job: &Result<LiveMigration, Error>,
    when_ready: bool,
) -> Confirm {
    let (label, group) = (target.label(), target.group);
    let mut details = fields([("migration", label.clone()), ("project", group.to_string())]);
    match job {
        Ok(job) => {
            details.extend(state_of(job));
            if job.is_terminal() {
                details.push(Line::from("The migration has ended: there is nothing to cut over."));
            } else if job.ready_for_cutover != Some(true) && !when_ready {
                details.push(Line::from("The migration is not ready: Atlas refuses the cutover."));
            }
        }
        Err(error) => {
            let reason = error.summary();
            details.push(Line::from(format!("The status of the migration is unknown: {reason}")));
            details.extend(error.hint().map(|hint| Line::from(format!("hint: {hint}"))));
        }
    }
    details.push(Line::from(
        "After the cutover, the destination is live and no longer follows the source. Atlas cannot undo this.",
    ));
    let when = if when_ready { " when it is ready" } else { "" };
    let question = format!(
        "Cut migration {label} of project {group} over to Atlas{when}? This cannot be undone."
    );
    Confirm { details, question }
}

fn state_of(job: &LiveMigration) -> Vec<Line> {
    let cluster = |side: &str| {
        let name = job.unknown_fields.get(side)?.get("clusterName").and_then(Value::as_str)?;
        Some(name.to_owned())
    };
    let clusters = match (cluster("source"), cluster("destination")) {
        (None, None) => "not reported by Atlas".to_owned(),
        (source, destination) => {
            let or_unknown = |name: Option<String>| name.unwrap_or_else(|| "unknown".to_owned());
            format!("{} → {}", or_unknown(source), or_unknown(destination))
        }
    };
    let hosts = job.migration_hosts.as_ref().map(|hosts| hosts.join(", "));
    fields([
        ("clusters", clusters),
        ("via host", optional(hosts).text().to_owned()),
        ("status", optional(job.status.as_ref()).text().to_owned()),
        ("lag", seconds(job.lag).text().to_owned()),
        ("ready", yes_or_no(job.ready_for_cutover).text().to_owned()),
    ])
}
