//! `atlas-migrations journal adopt`: follows a migration that was started without this journal.

use atlas_migrations_journal::Name;
use atlas_migrations_journal::event::{Adopted, NewEvent, StreamKind};
use atlas_migrations_journal::store::NewStream;
use serde_json::json;

use super::look;
use crate::cli::{AdoptMigration, GlobalOptions};
use crate::client::{connect, project, settings};
use crate::error::CliError;
use crate::journal::{Journal, actor, record_look, redactor};
use crate::output::show;
use crate::terminal::Line;

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &AdoptMigration,
) -> Result<(), CliError> {
    let name: Name = options.name.parse().map_err(|error| {
        CliError::usage("nothing was done").caused_by(&error as &dyn std::error::Error)
    })?;
    let settings = settings(global)?;
    let group = project(&settings, options.project.group_id)?;
    let Some(journal) = journal.for_changes(redactor(Some(&settings), None)).await? else {
        return Err(CliError::usage("nothing was done: --no-journal was given"));
    };
    let id = options.id;
    let job = look::look(&connect(global, &settings)?, group, id).await?;
    let unusable = |error: &dyn std::error::Error| CliError::usage("the ID").caused_by(error);
    let (group_id, migration_id) = (
        group.to_string().parse().map_err(|error| unusable(&error))?,
        id.to_string().parse().map_err(|error| unusable(&error))?,
    );
    let mut adopted = Adopted::new(group_id, migration_id, look::status(&job));
    adopted.destination = options
        .cluster_name
        .as_deref()
        .map(|cluster| format!("{group}/{}", journal.redactor.text(cluster)));
    let stream = NewStream::new(StreamKind::Migration, group.to_string(), name.clone());
    let (stream_id, actor) = (stream.id, actor());
    journal.store.create(stream, NewEvent::new(actor.clone(), adopted)).await?;
    // What Atlas shows now. The next poll records it, too.
    record_look(&*journal.store, &journal.redactor, &actor, stream_id, &job).await?;
    let json = json!({
        "name": name.as_str(),
        "stream": stream_id.to_string(),
        "project_id": group.to_string(),
        "live_migration_id": id.to_string(),
        "status": look::status(&job),
    });
    let shown = look::describe(&job);
    show(global.output, &json, || {
        vec![Line::from(format!(
            "{name}: migration {id} is followed from now on; Atlas shows {shown}"
        ))]
    })
}
