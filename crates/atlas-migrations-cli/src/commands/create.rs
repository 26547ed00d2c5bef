//! `atlas-migrations create`: starts a live migration.

use atlas_migrations::generated::operations::CREATE_GROUP_LIVE_MIGRATION;
use atlas_migrations::{GroupId, LiveMigration, MigrationRequest};
use atlas_migrations_runs::changes::{self, Reply};

use super::describe::row;
use super::validation::{self, ValidationCall};
use crate::change::{Change, CompletedChange};
use crate::cli::{Create, GlobalOptions, OutputFormat};
use crate::client::{connect, project, settings};
use crate::error::CliError;
use crate::interrupt;
use crate::journal::{Journal, redactor};
use crate::migration_request;
use crate::prompt::Confirm;
use crate::recorded::{MigrationStream, Purpose, Recorder};
use crate::terminal::{Line, fields, note};

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: Create,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let given = options.project.group_id;
    let (group, request) =
        migration_request::read(options.request, given, || project(&settings, None))?;
    if options.dry_run {
        let operation = &CREATE_GROUP_LIVE_MIGRATION;
        return migration_request::print_dry_run(global, operation, &group, &request);
    }
    let client = connect(global, &settings)?;
    let journal = journal.for_changes(redactor(Some(&settings), Some(&request))).await?;
    if request.drops_destination_data() && !options.confirmation.yes {
        confirm_drop(&group, &request).ask()?;
    }
    let recorder = Recorder::start(global, journal, &client, &settings).await?;
    let (recorder, name) = (recorder.as_ref(), options.name.name.as_ref());
    let stream = MigrationStream::open(recorder, group, &request, name, Purpose::Create).await?;
    if options.validate_first {
        let call =
            ValidationCall { client: &client, group, request: &request, stream: stream.as_ref() };
        let validation = call.send_and_wait(&options.limit, |id| {
            let message =
                format!("interrupted; no migration was created; validation {id} continues");
            interrupt::error(message).hint(validation::how_to_check(id, &group))
        });
        validation::check(&validation.await?)?;
    }
    let name = stream.as_ref().map(|stream| stream.name.to_string());
    let change = Change {
        what: format!("the creation of a migration in project {group}"),
        how_to_check: how_to_check(name.as_deref()),
    };
    let job = match &stream {
        None => change.send(client.create_live_migration(group, &request)).await?,
        Some(stream) => {
            let what = changes::Change::Create { group, request: Box::new(request) };
            match stream.send(&change, what).await? {
                Reply::Migration(job) => job,
                _ => LiveMigration::default(),
            }
        }
    };
    completed(&group, name.as_deref(), &job, &change)
        .show(global.output, &job, || row(name.as_deref(), &job))?;
    if let (Some(name), OutputFormat::Json) = (&name, global.output) {
        note(&format!("the journal names the migration `{name}`"));
    }
    Ok(())
}

fn how_to_check(name: Option<&str>) -> String {
    let look = "look at the live migrations of the project in the Atlas UI before you create another one; \
                the Atlas API cannot list them";
    match name {
        None => look.to_owned(),
        Some(name) => format!(
            "{look}; then `atlas-migrations journal resolve {name}` with `--id ID` or `--absent`"
        ),
    }
}

fn completed(
    group: &GroupId,
    name: Option<&str>,
    job: &LiveMigration,
    change: &Change,
) -> CompletedChange {
    let id = job.id.map(|id| id.to_string());
    let label = match (name, &id) {
        (Some(name), Some(id)) => format!(" {name} ({id})"),
        (Some(name), None) => format!(" {name}"),
        (None, Some(id)) => format!(" {id}"),
        (None, None) => String::new(),
    };
    let watched = match (name, &id) {
        (Some(name), Some(_)) => Some(name.to_owned()),
        (None, Some(id)) => Some(format!("{id} --project-id {group}")),
        (_, None) => None,
    };
    CompletedChange {
        what: format!("migration{label} was created in project {group}"),
        hint: match watched {
            Some(arguments) => format!("watch it with `atlas-migrations watch {arguments}`"),
            None => change.how_to_check.clone(),
        },
        id,
    }
}

fn confirm_drop(group: &GroupId, request: &MigrationRequest) -> Confirm {
    let (source, cluster) = (request.source(), request.destination().cluster_name());
    let mut details = fields([
        ("source", format!("cluster {} of project {}", source.cluster_name(), source.project())),
        ("destination", format!("cluster {cluster} of project {group}")),
    ]);
    details
        .push(Line::from("All data of the destination cluster is dropped. This cannot be undone."));
    let question =
        format!("Drop all data of the destination cluster {cluster} and migrate into it?");
    Confirm { details, question }
}
