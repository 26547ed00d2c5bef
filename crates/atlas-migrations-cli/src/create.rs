//! `atlas-migrations create`.

use atlas_migrations::generated::operations::CREATE_GROUP_LIVE_MIGRATION;

use crate::arguments::{Common, Create};
use crate::ask::confirm;
use crate::connection::{connect, project, settings};
use crate::describe::row;
use crate::failure::Failure;
use crate::request;
use crate::terminal::{has_colour, show};
use crate::validation;

pub async fn create(common: &Common, arguments: Create) -> Result<(), Failure> {
    let settings = settings(common)?;
    let named = arguments.project.group_id;
    let (group, request) = request::read(arguments.request, named, || project(&settings, None))?;
    if arguments.dry_run {
        return request::show(common, &CREATE_GROUP_LIVE_MIGRATION, &group, &request);
    }
    if request.drops_destination_data() {
        let question =
            format!("Drop what the destination in project {group} holds, and migrate into it?");
        confirm(&arguments.confirmation, &question)?;
    }
    let client = connect(common, &settings)?;
    if arguments.validate_first {
        let validation = validation::rehearse(&client, &group, &request, &arguments.limit).await?;
        validation::outcome(&validation)?;
    }
    let job = client.create_live_migration(&group, &request).await?;
    show(common.output, &job, || row(&job, has_colour()))
}
