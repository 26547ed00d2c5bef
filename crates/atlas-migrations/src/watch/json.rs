//! Serializes durations and times, optional ones too.

use std::time::{Duration, SystemTime};

use serde::{Serialize as _, Serializer};

/// Serializes a duration as fractional seconds.
pub(super) fn seconds<S: Serializer>(
    duration: &(impl Copy + Into<Option<Duration>>),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let duration: Option<Duration> = (*duration).into();
    duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
}

/// Serializes a time in RFC 3339, in UTC with milliseconds; `null` if the format cannot express it.
pub(super) fn time<S: Serializer>(
    time: &(impl Copy + Into<Option<SystemTime>>),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let time: Option<SystemTime> = (*time).into();
    time.and_then(text).serialize(serializer)
}

fn text(time: SystemTime) -> Option<String> {
    use std::fmt::Write as _;
    // The formatter panics on earlier times.
    time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let mut text = String::new();
    write!(text, "{}", humantime::format_rfc3339_millis(time)).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_the_format_cannot_express_is_none() {
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(text(epoch).as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(text(epoch - Duration::from_millis(1)), None);
        assert_eq!(text(epoch + Duration::from_secs(300_000_000_000)), None);
    }
}
