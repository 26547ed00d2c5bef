//! `atlas-migrations create`.

use atlas_migrations::generated::operations::CREATE_GROUP_LIVE_MIGRATION;
use atlas_migrations::{GroupId, MigrationRequest};

use crate::arguments::{Common, Create};
use crate::ask::{Question, confirm};
use crate::change::Change;
use crate::connection::{connect, project, settings};
use crate::describe::row;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::Done;
use crate::request;
use crate::terminal::Line;
use crate::validation;

pub async fn create(common: &Common, arguments: Create) -> Result<(), Failure> {
    let settings = settings(common)?;
    let named = arguments.project.group_id;
    let (group, request) = request::read(arguments.request, named, || project(&settings, None))?;
    if arguments.dry_run {
        return request::show(common, &CREATE_GROUP_LIVE_MIGRATION, &group, &request);
    }
    if request.drops_destination_data() && !arguments.confirmation.yes {
        confirm(&drop_question(&group, &request))?;
    }
    let client = connect(common, &settings)?;
    if arguments.validate_first {
        let limit = &arguments.limit;
        let validation = validation::rehearse(&client, &group, &request, limit, |id| {
            let said =
                format!("interrupted; no migration was created, and validation {id} goes on");
            interrupt::failure(said)
                .hint(format!("ask with `atlas-migrations validation {id} --project-id {group}`"))
        });
        validation::outcome(&validation.await?)?;
    }
    let change = Change {
        what: format!("the creation of a migration in project {group}"),
        find_out:
            "look at the project's live migrations in the Atlas UI before you create another; \
                   Atlas has no call that lists them"
                .to_owned(),
    };
    let job = change.send(client.create_live_migration(group, &request)).await?;
    let id = job.id.map(|id| id.to_string());
    let named = id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let done = Done {
        what: format!("migration{named} was created in project {group}"),
        hint: match &id {
            Some(id) => {
                format!("follow it with `atlas-migrations watch {id} --project-id {group}`")
            }
            None => change.find_out,
        },
        id,
    };
    done.show(common.output, &job, || row(&job))
}

fn drop_question(group: &GroupId, request: &MigrationRequest) -> Question {
    let (source, destination) = (request.source(), request.destination());
    Question {
        about: vec![
            Line::from(format!(
                "source:       cluster {} of project {}",
                source.cluster_name(),
                source.project()
            )),
            Line::from(format!(
                "destination:  cluster {} of project {group}",
                destination.cluster_name()
            )),
            Line::from("Everything that the destination holds is dropped, which cannot be undone."),
        ],
        question: format!(
            "Drop what the destination cluster {} holds, and migrate into it?",
            destination.cluster_name()
        ),
    }
}
