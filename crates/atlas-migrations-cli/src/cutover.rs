//! `atlas-migrations cutover`.

use atlas_migrations::{Client, Error, GroupId, LiveMigration, LiveMigrationId};
use serde_json::{Value, json};

use crate::arguments::{Common, Cutover, Until};
use crate::ask::{Question, confirm};
use crate::change::Change;
use crate::connection::{connect, project, settings};
use crate::failure::{Exit, Failure};
use crate::output::Done;
use crate::terminal::{Line, optional, yes_or_no};
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
    if !arguments.confirmation.yes {
        let look = client.without_retries().live_migration(group, id).await;
        confirm(&question(&group, &id, &look, arguments.when_ready))?;
    }
    if !arguments.when_ready {
        return now(common, &client, &group, &id).await;
    }
    let when = CutOver { max_lag: arguments.max_lag, ..CutOver::default() };
    let targets = vec![Target::new(group, id, None)];
    watch::follow(&client, common.output, targets, Until::Complete, Some(when), following).await
}

async fn now(
    common: &Common,
    client: &Client,
    group: &GroupId,
    id: &LiveMigrationId,
) -> Result<(), Failure> {
    let change = Change {
        what: format!("the cutover of migration {id}"),
        find_out: format!("find out with `atlas-migrations describe {id} --project-id {group}`"),
    };
    change.send(client.cut_over(*group, *id)).await?;
    let done = Done {
        what: format!("the cutover of migration {id} was accepted"),
        id: Some(id.to_string()),
        hint: format!("follow it with `atlas-migrations watch {id} --project-id {group}`"),
    };
    done.show(common.output, &json!({}), || {
        let said = format!("Cutover started. `atlas-migrations watch {id}` follows it to its end.");
        vec![Line::from(said)]
    })
}

/// What is to be cut over, as far as a look at it shows, and whether to do it.
fn question(
    group: &GroupId,
    id: &LiveMigrationId,
    look: &Result<LiveMigration, Error>,
    when_ready: bool,
) -> Question {
    let mut about = vec![
        Line::from(format!("migration:    {id}")),
        Line::from(format!("project:      {group}")),
    ];
    match look {
        Ok(job) => {
            about.extend(facts(job));
            if job.is_terminal() {
                about.push(Line::from("It has come to its end: there is nothing to cut over."));
            } else if job.ready_for_cutover != Some(true) && !when_ready {
                about.push(Line::from("It is not ready, so that Atlas refuses to cut it over."));
            }
        }
        Err(error) => {
            let why = error.summary();
            about.push(Line::from(format!("How it stands could not be seen: {why}")));
            about.extend(error.hint().map(|hint| Line::from(format!("hint: {hint}"))));
        }
    }
    about.push(Line::from(
        "Once cut over, the destination is live and no longer follows the source; Atlas has no way back.",
    ));
    let when = if when_ready { " once it is ready" } else { "" };
    let question =
        format!("Cut migration {id} of project {group} over to Atlas{when}? It cannot be undone.");
    Question { about, question }
}

fn facts(job: &LiveMigration) -> Vec<Line> {
    let cluster = |side: &str| {
        let name = job.unknown_fields.get(side)?.get("clusterName").and_then(Value::as_str)?;
        Some(name.to_owned())
    };
    let clusters = match (cluster("source"), cluster("destination")) {
        (None, None) => "Atlas does not name them".to_owned(),
        (source, destination) => {
            let or_unknown = |name: Option<String>| name.unwrap_or_else(|| "unknown".to_owned());
            format!("{} → {}", or_unknown(source), or_unknown(destination))
        }
    };
    let hosts = job.migration_hosts.as_ref().map(|hosts| hosts.join(", "));
    [
        ("clusters", clusters),
        ("via host", optional(hosts).text().to_owned()),
        ("status", optional(job.status.as_ref()).text().to_owned()),
        ("lag", optional(job.lag.map(|lag| format!("{} s", lag.as_secs()))).text().to_owned()),
        ("ready", yes_or_no(job.ready_for_cutover).text().to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| Line::from(format!("{:<14}{value}", format!("{name}:"))))
    .collect()
}
