//! `atlas-migrations create`: starts a live migration.

use atlas_migrations::generated::operations::CREATE_GROUP_LIVE_MIGRATION;
use atlas_migrations::{GroupId, MigrationRequest};

use super::describe::row;
use super::validation;
use crate::change::{Change, CompletedChange};
use crate::cli::{Create, GlobalOptions};
use crate::client::{connect, project, settings};
use crate::error::CliError;
use crate::interrupt;
use crate::migration_request;
use crate::prompt::Confirm;
use crate::terminal::{Line, fields};

pub async fn run(global: &GlobalOptions, options: Create) -> Result<(), CliError> {
    let settings = settings(global)?;
    let given = options.project.group_id;
    let (group, request) =
        migration_request::read(options.request, given, || project(&settings, None))?;
    if options.dry_run {
        let operation = &CREATE_GROUP_LIVE_MIGRATION;
        return migration_request::print_dry_run(global, operation, &group, &request);
    }
    if request.drops_destination_data() && !options.confirmation.yes {
        confirm_drop(&group, &request).ask()?;
    }
    let client = connect(global, &settings)?;
    if options.validate_first {
        let limit = &options.limit;
        let validation = validation::validate_and_wait(&client, &group, &request, limit, |id| {
            let message =
                format!("interrupted; no migration was created; validation {id} continues");
            interrupt::error(message).hint(validation::how_to_check(id, &group))
        });
        validation::check(&validation.await?)?;
    }
    let change = Change {
        what: format!("the creation of a migration in project {group}"),
        how_to_check: "look at the live migrations of the project in the Atlas UI before you create another one; \
                       the Atlas API cannot list them"
            .to_owned(),
    };
    let job = change.send(client.create_live_migration(group, &request)).await?;
    let id = job.id.map(|id| id.to_string());
    let name = id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let done = CompletedChange {
        what: format!("migration{name} was created in project {group}"),
        hint: match &id {
            Some(id) => format!("watch it with `atlas-migrations watch {id} --project-id {group}`"),
            None => change.how_to_check,
        },
        id,
    };
    done.show(global.output, &job, || row(None, &job))
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
