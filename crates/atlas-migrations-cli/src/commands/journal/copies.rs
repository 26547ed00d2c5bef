//! `atlas-migrations journal export`, `import` and `backup`.

use std::io::{BufReader, Cursor};
use std::path::Path;

use atlas_migrations_journal::{ExportReport, ImportReport};
use serde_json::json;

use crate::cli::{BackUpJournal, ExportJournal, GlobalOptions, ImportJournal};
use crate::error::{CliError, Exit};
use crate::input;
use crate::journal::{Journal, redactor};
use crate::output::show;
use crate::output_file::OutputFile;
use crate::terminal::{self, Line};

/// The largest export that is imported: a thousand migrations take about 20 MiB.
const MAX_EXPORT: u64 = 1 << 30;

pub async fn export(
    global: &GlobalOptions,
    journal: &Journal,
    options: &ExportJournal,
) -> Result<(), CliError> {
    let unwritable = |path: &Path, error: std::io::Error| {
        CliError::usage(format!("cannot write {}", input::display_name(path))).caused_by(&error)
    };
    let file = options.file.as_deref();
    let file = file
        .map(|path| OutputFile::at(path).map_err(|error| unwritable(path, error)))
        .transpose()?;
    let journal = journal.required(redactor(None, None)).await?;
    let mut lines = Vec::new();
    let report = atlas_migrations_journal::export(&*journal.store, &mut lines).await?;
    match &file {
        Some(file) => {
            file.write(&lines).map_err(|error| unwritable(file.path(), error))?;
            let name = input::display_name(file.path());
            show(global.output, &exported(&report), || vec![Line::from(written(&report, &name))])?;
        }
        None => terminal::print(&lines)?,
    }
    match report.unreadable {
        0 => Ok(()),
        count => Err(CliError::new(format!(
            "the export is incomplete: {count} streams or events cannot be read; each has a line that says why"
        ))
        .exit(Exit::Journal)
        .hint("import the export into a new journal, and resolve what is missing there")),
    }
}

fn exported(report: &ExportReport) -> serde_json::Value {
    json!({
        "streams": report.streams,
        "events": report.events,
        "unreadable": report.unreadable,
    })
}

fn written(report: &ExportReport, name: &str) -> String {
    let ExportReport { streams, events, .. } = report;
    format!("{events} events of {streams} streams were written to {name}")
}

pub async fn import(
    global: &GlobalOptions,
    journal: &Journal,
    options: &ImportJournal,
) -> Result<(), CliError> {
    let bytes = input::read(&options.file, MAX_EXPORT, "an export of a journal")?;
    let Some(journal) = journal.for_changes(redactor(None, None)).await? else {
        return Err(CliError::usage("nothing was done: --no-journal was given"));
    };
    let mut lines = BufReader::new(Cursor::new(bytes));
    let report = atlas_migrations_journal::import(&*journal.store, &mut lines).await?;
    let ImportReport { streams, added, unreadable, .. } = report;
    let json = json!({ "streams": streams, "added": added, "unreadable": unreadable });
    show(global.output, &json, || {
        vec![Line::from(format!("{added} events of {streams} streams were added"))]
    })?;
    if unreadable > 0 {
        terminal::warn(&format!(
            "{unreadable} streams or events were unreadable when the export was written: their streams end before them"
        ));
    }
    Ok(())
}

pub async fn back_up(
    global: &GlobalOptions,
    journal: &Journal,
    options: &BackUpJournal,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    journal.store.backup(&options.file).await?;
    let name = input::display_name(&options.file);
    let events = journal.store.info().await?.events;
    let json = json!({ "file": name, "events": events });
    show(global.output, &json, || vec![Line::from(format!("a copy was written to {name}"))])
}
