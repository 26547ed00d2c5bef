//! `atlas-migrations cutover`.

use atlas_migrations::{Client, GroupId};
use serde_json::json;

use crate::arguments::{Common, Cutover, Until};
use crate::ask::confirm;
use crate::connection::{connect, project, settings};
use crate::failure::{Exit, Failure};
use crate::terminal::show;
use crate::watch::{self, CutOver, Target};

pub async fn run(common: &Common, arguments: &Cutover) -> Result<(), Failure> {
    let following = &arguments.following;
    if let Some(option) = following.given()
        && !arguments.when_ready
    {
        let problem = format!("{option} is of use only with --when-ready");
        return Err(Failure::new(problem).exit(Exit::Usage));
    }
    let settings = settings(common)?;
    let group = project(&settings, arguments.project.group_id)?;
    let client = connect(common, &settings)?;
    let id = arguments.id;
    let when = if arguments.when_ready { " once it is ready" } else { "" };
    let question =
        format!("Cut migration {id} of project {group} over to Atlas{when}? It cannot be undone.");
    confirm(&arguments.confirmation, &question)?;
    if !arguments.when_ready {
        return now(common, arguments, &client, &group).await;
    }
    let when = CutOver { max_lag: arguments.max_lag, ..CutOver::default() };
    let targets = vec![Target::new(group, id, None)];
    watch::follow(&client, common.output, targets, Until::Complete, Some(when), following).await
}

async fn now(
    common: &Common,
    arguments: &Cutover,
    client: &Client,
    group: &GroupId,
) -> Result<(), Failure> {
    let id = arguments.id;
    client.cut_over(group, &id).await?;
    show(common.output, &json!({}), || {
        format!("Cutover started. `atlas-migrations watch {id}` follows it to its end.\n")
    })
}
