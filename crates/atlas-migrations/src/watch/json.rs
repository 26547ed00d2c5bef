//! How times read in JSON.

use std::time::{Duration, SystemTime};

use serde::{Serialize as _, Serializer};

/// Seconds, with what is between them.
pub(super) fn seconds<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// RFC 3339, in UTC and to the millisecond; `null` for a time that has no such form.
pub(super) fn time<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    text(*time).serialize(serializer)
}

/// The same of a time that may not be known.
pub(super) fn known_time<S: Serializer>(
    time: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.and_then(text).serialize(serializer)
}

fn text(time: SystemTime) -> Option<String> {
    use std::fmt::Write as _;
    // The formatter panics on what lies before.
    time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let mut text = String::new();
    write!(text, "{}", humantime::format_rfc3339_millis(time)).ok()?;
    Some(text)
}
