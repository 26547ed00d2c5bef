//! `atlas-migrations journal info` and `atlas-migrations journal verify`.

use atlas_migrations_journal::store::StoreKind;
use serde_json::json;

use crate::cli::GlobalOptions;
use crate::error::{CliError, Exit};
use crate::instant::utc;
use crate::journal::{Journal, redactor};
use crate::output::show;
use crate::terminal::{Line, fields};

pub async fn info(global: &GlobalOptions, journal: &Journal) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let info = journal.store.info().await?;
    let kind = match info.kind {
        StoreKind::Sqlite => "SQLite",
        StoreKind::Postgres => "PostgreSQL",
        _ => "another kind",
    };
    let json = json!({
        "kind": kind.to_lowercase(),
        "location": info.location,
        "journal_id": info.journal_id.to_string(),
        "schema_version": info.schema_version,
        "events": info.events,
        "read_only": info.read_only,
        "warnings": info.warnings,
        "time": utc(info.now_ms),
    });
    show(global.output, &json, || {
        let write = info.read_only.as_ref();
        fields([
            ("location", info.location.clone()),
            ("kind", kind.to_owned()),
            ("journal ID", info.journal_id.to_string()),
            ("schema", format!("version {}", info.schema_version)),
            ("events", info.events.to_string()),
            ("writable", write.map_or_else(|| "yes".to_owned(), |why| format!("no: {why}"))),
            ("its time", utc(info.now_ms)),
        ])
    })
}

pub async fn verify(global: &GlobalOptions, journal: &Journal) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    journal.store.quick_check().await?;
    let report = journal.store.verify().await?;
    let problems: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    let json = json!({
        "streams": report.streams,
        "events": report.events,
        "problems": problems,
    });
    let (streams, events) = (report.streams, report.events);
    show(global.output, &json, || {
        let sum = match problems.len() {
            0 => "no problem".to_owned(),
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        };
        let first = format!("{streams} streams with {events} events: {sum}");
        std::iter::once(first).chain(problems.iter().cloned()).map(Line::from).collect()
    })?;
    if problems.is_empty() {
        return Ok(());
    }
    Err(CliError::new("the journal contradicts itself").exit(Exit::Journal).hint(
        "stop all processes that use it, save it with `atlas-migrations journal export`, and import that into a new journal",
    ))
}
