//! Warns once a day that Atlas has deprecated the version of an operation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use atlas_client_core::sanitize;
use atlas_migrations_journal::default_path;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::input;
use crate::output_file::OutputFile;
use crate::terminal;

/// The limit on the file that remembers the days.
const MAX_BYTES: u64 = 1 << 16;
/// How long to wait for a stalled reader of stderr.
const STDERR_TIMEOUT: Duration = Duration::from_millis(100);

/// Receives what the client logs about deprecated operations. The client logs it once for each operation.
pub struct DeprecationLayer;

impl<S: Subscriber> Layer<S> for DeprecationLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut notice = Notice::default();
        event.record(&mut notice);
        if let (Some(operation), Some(_)) = (&notice.operation, &notice.since)
            && is_first_of_today(operation)
        {
            terminal::suspend_view();
            terminal::warn_within(STDERR_TIMEOUT, &notice.text(operation));
            terminal::resume_view();
        }
    }
}

/// The fields of a log event about a deprecated operation.
#[derive(Default)]
struct Notice {
    operation: Option<String>,
    since: Option<String>,
    sunset: Option<String>,
}

impl Visit for Notice {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "operation" => self.operation = Some(value.to_owned()),
            "since" => self.since = Some(value.to_owned()),
            "sunset" => self.sunset = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl Notice {
    fn text(&self, operation: &str) -> String {
        let day = self.sunset.as_deref().and_then(day_of);
        let removed = match day {
            Some(day) => format!("and removes it on {day}: use a newer release before that day"),
            None => "and has not announced when it removes it: use a newer release".to_owned(),
        };
        sanitize(&format!(
            "Atlas has deprecated the version of {operation} that this program uses, {removed}; with `api`, a newer \
             --version"
        ))
    }
}

/// Returns the day of an HTTP date.
fn day_of(date: &str) -> Option<String> {
    Some(rfc2822::parse(date).ok()?.with_time_zone(TimeZone::UTC).date().to_string())
}

/// Returns whether the warning about an operation is the first of this day, and remembers the day. If that cannot be
/// remembered, every warning is the first one.
fn is_first_of_today(operation: &str) -> bool {
    let Some(file) = memory() else { return true };
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date().to_string();
    let mut days = remembered(&file);
    if days.insert(operation.to_owned(), today.clone()).as_ref() == Some(&today) {
        return false;
    }
    // A folder that cannot be written only means another warning.
    let _ = remember(&file, &days);
    true
}

/// Returns the file that has the day of the last warning about each operation.
fn memory() -> Option<PathBuf> {
    Some(default_path().ok()?.with_file_name("deprecations.json"))
}

fn remembered(file: &Path) -> BTreeMap<String, String> {
    let text = input::read_text(file, MAX_BYTES, "days").unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn remember(file: &Path, days: &BTreeMap<String, String>) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        create_private(folder)?;
    }
    OutputFile::at(file)?.write(serde_json::to_string(days)?.as_bytes())
}

/// Creates a folder as the journal does, which may find it later.
#[cfg(unix)]
fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_names_the_day_of_the_removal_if_that_is_known() {
        let notice = |sunset: &str| Notice { sunset: Some(sunset.to_owned()), ..Notice::default() };
        let text = notice("Thu, 01 Jul 2027 00:00:00 GMT").text("getGroup");
        assert!(text.contains("version of getGroup ") && text.contains("on 2027-07-01"), "{text}");
        for unusable in ["not announced", "\u{1b}[2J", ""] {
            let text = notice(unusable).text("getGroup");
            assert!(text.contains("has not announced"), "{text}");
            assert_eq!(sanitize(&text), text);
        }
    }
}
