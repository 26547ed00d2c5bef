//! `atlas-migrations journal archive`: frees the name of a migration that ended.

use atlas_migrations_journal::Error;
use atlas_migrations_journal::event::StreamKind;
use atlas_migrations_journal::state::Conditions;
use serde_json::json;

use crate::cli::{ArchiveStream, GlobalOptions};
use crate::error::CliError;
use crate::journal::{Journal, redactor};
use crate::output::show;
use crate::stream_lookup::{find_one, qualified};
use crate::terminal::Line;

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &ArchiveStream,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let row = find_one(journal, &options.name, &[StreamKind::Migration]).await?;
    let name = qualified(&row);
    match journal.store.archive(row.id).await {
        Err(error @ Error::NotEnded(_)) => {
            let (_, state) = journal.store.state(row.id).await?;
            let now_ms = journal.store.info().await?.now_ms;
            let waits = state.waits_for(&Conditions::new(now_ms));
            let message =
                format!("{name} has not ended: it is {} and waits for {waits}", state.phase());
            return Err(CliError::new(message).exit(CliError::from(error).exit_code()));
        }
        archived => archived?,
    }
    let json = json!({ "name": name, "stream": row.id.to_string(), "archived": true });
    show(global.output, &json, || {
        vec![Line::from(format!(
            "{name}: archived; the name is free, and the events stay as stream {}",
            row.id
        ))]
    })
}
