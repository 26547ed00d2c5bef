//! Completes names of the journal in the shell. It shows no error and creates no file.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use atlas_migrations_journal::store::{StreamFilter, StreamRow};
use atlas_migrations_journal::{Location, Options, RetryPolicy, default_path, open};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

/// A shell that waits longer than this seems to hang.
const LIMIT: Duration = Duration::from_secs(1);

/// Completes an argument that takes the name of a migration or plan.
pub fn completer() -> ArgValueCompleter {
    ArgValueCompleter::new(|prefix: &OsStr| {
        prefix.to_str().and_then(candidates).unwrap_or_default()
    })
}

fn candidates(prefix: &str) -> Option<Vec<CompletionCandidate>> {
    let location = location(std::env::args_os().collect())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let rows = runtime.block_on(async { tokio::time::timeout(LIMIT, rows(&location)).await });
    runtime.shutdown_background();
    let names = names(&rows.ok()??, prefix);
    Some(
        names
            .into_iter()
            .map(|(name, phase)| CompletionCandidate::new(name).help(Some(phase.into())))
            .collect(),
    )
}

async fn rows(location: &Location) -> Option<Vec<StreamRow>> {
    if let Location::File(path) = location
        && !path.is_file()
    {
        return None;
    }
    let mut options = Options::default();
    options.timeout = LIMIT;
    options.read_retry = RetryPolicy::never();
    let store = open(location, options).await.ok()?;
    let rows = store.streams(StreamFilter::default()).await;
    store.close().await;
    rows.ok()
}

/// Returns where the command line that is completed, or the environment, says that the journal is.
fn location(words: Vec<OsString>) -> Option<Location> {
    let mut words = words.into_iter().filter_map(|word| word.into_string().ok());
    let mut named = None;
    while let Some(word) = words.next() {
        match word.strip_prefix("--journal") {
            Some("") => named = words.next(),
            Some(rest) => named = rest.strip_prefix('=').map(str::to_owned).or(named),
            None if word == "--no-journal" => return None,
            None => {}
        }
    }
    let set = || std::env::var("ATLAS_MIGRATIONS_JOURNAL").ok().filter(|place| !place.is_empty());
    match named.or_else(set) {
        Some(place) => place.parse().ok(),
        None => default_path().ok().map(Location::File),
    }
}

/// Returns the names that start with a prefix, each in its shortest form that is not ambiguous, with their phases.
fn names(rows: &[StreamRow], prefix: &str) -> Vec<(String, String)> {
    let mut names: Vec<_> = rows
        .iter()
        .map(|row| {
            let is_sole = rows.iter().filter(|other| other.name == row.name).count() == 1;
            let qualified = format!("{}/{}", row.scope, row.name);
            // A prefix with a slash asks for the long form.
            let name = if is_sole && !prefix.contains('/') || row.scope.is_empty() {
                row.name.clone()
            } else {
                qualified
            };
            (name, row.phase.replace('_', " "))
        })
        .filter(|(name, _)| name.starts_with(prefix))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_of_the_completed_command_line_is_used() {
        let of = |line: &str| location(line.split(' ').map(OsString::from).collect());
        let file = Some(Location::File("x.db".into()));
        assert_eq!(of("a hold --journal x.db o"), file);
        assert_eq!(of("a --journal=x.db hold o"), file);
        assert_eq!(of("a hold --no-journal o"), None);
        assert_eq!(of("a hold --journal mysql://x o"), None);
    }
}
