//! Files that keep an outcome while the journal cannot be written. They may hold the only copy of a migration's id.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    event::NewEvent,
    ids::{EventId, JournalId, StreamId},
    sqlite::create_private,
    store::{Append, Store},
};

/// No outcome is larger: its texts are bounded.
const MAX_BYTES: u64 = 256 * 1024;

/// The content of the file.
#[derive(Debug, Deserialize, Serialize)]
struct Content {
    journal_id: JournalId,
    stream: StreamId,
    event: NewEvent,
}

/// What was done with the outcome files of a folder.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct OutcomeFiles {
    /// The events that are in the journal now, and whose files are gone.
    pub imported: Vec<(StreamId, EventId)>,
    /// The files that stay, and why.
    pub kept: Vec<(PathBuf, String)>,
}

/// Writes a fact into `outcome-<event_id>.json` in the first folder that can be written, durably.
///
/// # Errors
/// Fails when none of the folders can be written. The error is the one of the last folder.
pub fn write_outcome_file(
    folders: &[&Path],
    journal_id: JournalId,
    stream: StreamId,
    event: &NewEvent,
) -> Result<PathBuf> {
    let content = Content { journal_id, stream, event: event.clone() };
    let bytes = serde_json::to_vec(&content).map_err(|error| Error::Location(error.to_string()))?;
    let mut last = Error::Location("no folder for the outcome file".to_owned());
    for folder in folders {
        let path = folder.join(format!("outcome-{}.json", event.event_id));
        match write_durably(folder, &path, &bytes) {
            Ok(()) => return Ok(path),
            Err(error) => last = Error::file("write", path, error),
        }
    }
    Err(last)
}

fn write_durably(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("json.part");
    match fs::remove_file(&part) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create_private(&part)?;
    let written =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&part, path));
    if let Err(error) = written {
        // A part of an outcome is of no use.
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    File::open(folder)?.sync_all()
}

/// Appends the outcome files of a folder to the journal and removes them.
///
/// A file of another journal, of another user, or that cannot be appended, stays.
///
/// # Errors
/// Fails when the folder cannot be read. A folder that is missing has no files.
pub async fn import_outcome_files(store: &dyn Store, folder: &Path) -> Result<OutcomeFiles> {
    let mut report = OutcomeFiles::default();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(report),
        Err(error) => return Err(Error::file("read the folder", folder, error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Error::file("read the folder", folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("outcome-") && name.ends_with(".json") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Ok(report);
    }
    // Identifiers start with the time: the oldest outcome first.
    paths.sort();
    let journal_id = store.info().await?.journal_id;
    for path in paths {
        match import_file(store, journal_id, &path).await {
            Ok(imported) => {
                report.imported.push(imported);
                if let Err(error) = fs::remove_file(&path) {
                    report.kept.push((path, error.to_string()));
                }
            }
            Err(why) => report.kept.push((path, why)),
        }
    }
    Ok(report)
}

async fn import_file(
    store: &dyn Store,
    journal_id: JournalId,
    path: &Path,
) -> std::result::Result<(StreamId, EventId), String> {
    let bytes = read_own(path).map_err(|error| error.to_string())?;
    let content: Content = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if content.journal_id != journal_id {
        return Err(format!("it belongs to journal {}", content.journal_id));
    }
    if content.event.event.is_intent() {
        return Err("it has an intent, not an outcome".to_owned());
    }
    let event_id = content.event.event_id;
    let append = Append::fact(content.stream, content.event);
    store
        .append(append)
        .await
        .map(|_| (content.stream, event_id))
        .map_err(|error| error.to_string())
}

/// Reads a file that this user wrote.
fn read_own(path: &Path) -> io::Result<Vec<u8>> {
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it is not a file of this user"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(ErrorKind::InvalidData, "it is too large"));
    }
    Ok(bytes)
}
