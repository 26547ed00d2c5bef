//! Times and durations as text.

use std::time::{Duration, SystemTime};

/// Formats a time to the second in RFC 3339. `None` outside the years 1970 to 9999.
pub fn rfc3339(time: SystemTime) -> Option<String> {
    // The formatter panics outside of these years.
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since.as_secs() < 253_402_300_800).then(|| humantime::format_rfc3339_seconds(time).to_string())
}

/// Formats a duration with its two largest units, in at most seven characters if it is shorter than 27 years.
pub fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{minutes}m {:02}s", seconds % 60),
        3600..86_400 => format!("{hours}h {:02}m", minutes % 60),
        _ if days < 1000 => format!("{days}d {:02}h", hours % 24),
        _ => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_to_the_second() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(rfc3339(at(1_700_000_000)).unwrap(), "2023-11-14T22:13:20Z");
        assert_eq!(rfc3339(at(253_402_300_799)).unwrap(), "9999-12-31T23:59:59Z");
        assert_eq!(rfc3339(at(253_402_300_800)), None);
        assert_eq!(rfc3339(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), None);
    }

    #[test]
    fn durations_are_short() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m 00s"),
            (3_599, "59m 59s"),
            (3_600, "1h 00m"),
            (86_399, "23h 59m"),
            (432_000, "5d 00h"),
            (86_400 * 999, "999d 00h"),
            (86_400 * 12_345, "12345d"),
        ] {
            assert_eq!(short(Duration::from_secs(seconds)), text);
        }
    }
}
