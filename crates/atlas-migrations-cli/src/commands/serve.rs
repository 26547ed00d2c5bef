//! `atlas-migrations serve`: serves a web page over the journal.

use std::sync::Arc;

use atlas_migrations_journal::event::StreamKind;
use atlas_migrations_page::PageServer;
use serde_json::json;

use crate::cli::{GlobalOptions, OutputFormat, Serve};
use crate::error::CliError;
use crate::interrupt;
use crate::journal::{Journal, redactor};
use crate::page::{explain, settings};
use crate::stream_lookup::find_one;
use crate::terminal::print;

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Serve,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let mut settings = settings(options.listen, &options.readers, journal)?;
    if let Some(plan) = &options.plan {
        settings.plan = Some(find_one(journal, plan, &[StreamKind::Plan]).await?.name);
    }
    let server = PageServer::bind(Arc::clone(&journal.store), settings).await.map_err(explain)?;
    interrupt::exit_with_after_first(interrupt::error("interrupted twice"));
    let (url, place) = (server.url(), &journal.info.location);
    let line = match global.output {
        OutputFormat::Json => json!({ "event": "ready", "url": url, "journal": place }).to_string(),
        OutputFormat::Table => url,
    };
    print(format!("{line}\n").as_bytes())?;
    server.run(interrupt::requested()).await;
    Ok(())
}
