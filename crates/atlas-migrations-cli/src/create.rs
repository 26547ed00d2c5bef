//! `atlas-migrations create` and `atlas-migrations cutover`.

use atlas_migrations::generated::operations::CREATE_GROUP_LIVE_MIGRATION;
use serde_json::json;

use crate::arguments::{Common, Create, Cutover};
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

pub async fn cut_over(common: &Common, arguments: &Cutover) -> Result<(), Failure> {
    let settings = settings(common)?;
    let group = project(&settings, arguments.project.group_id)?;
    let client = connect(common, &settings)?;
    let id = arguments.id;
    let question =
        format!("Cut migration {id} of project {group} over to Atlas? It cannot be undone.");
    confirm(&arguments.confirmation, &question)?;
    client.cut_over(&group, &id).await?;
    show(common.output, &json!({}), || {
        format!("Cutover started. `atlas-migrations describe {id}` tells how it goes.\n")
    })
}
