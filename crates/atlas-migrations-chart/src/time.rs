//! Times and durations as people read them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The last second of the year 9999, in milliseconds since 1970.
const LAST_MS: i64 = 253_402_300_799_000;

/// Returns the nearest time that can be shown in any zone.
pub(crate) fn bounded(at_ms: i64) -> i64 {
    // Some days less leave room for the offset of the zone.
    at_ms.clamp(0, LAST_MS - 2 * 86_400_000)
}

/// Returns a time in a zone. Times before 1970 and after 9999 become these.
pub(crate) fn zoned(at_ms: i64, zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(bounded(at_ms)).unwrap_or_default().to_zoned(zone.clone())
}

/// Formats a time of the day: `23:12`.
pub fn time_text(at_ms: i64, zone: &TimeZone) -> String {
    zoned(at_ms, zone).strftime("%H:%M").to_string()
}

/// Formats a time with its date: `Thu 3 Dec 20:05`.
pub fn day_time_text(at_ms: i64, zone: &TimeZone) -> String {
    let time = zoned(at_ms, zone);
    format!("{} {}", day_text(time.date()), time.strftime("%H:%M"))
}

/// Formats a date: `Thu 3 Dec`.
pub(crate) fn day_text(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// Returns the abbreviation of a zone at a time, with its offset where that says more: `CET (UTC+01:00)`.
pub fn zone_text(at_ms: i64, zone: &TimeZone) -> String {
    let time = zoned(at_ms, zone);
    let name = time.strftime("%Z").to_string();
    match (name.as_str(), time.offset().is_zero()) {
        ("UTC" | "GMT", _) => name,
        // A zone without a name has its offset as its abbreviation.
        _ if name.starts_with(['+', '-']) => format!("UTC{}", time.strftime("%:z")),
        (_, true) => format!("{name} (UTC)"),
        _ => format!("{name} (UTC{})", time.strftime("%:z")),
    }
}

/// Formats a duration in seconds with at most two units: `42 s`, `9 min 50 s`, `12 min`, `6 h 45 min`, `4 d 20 h`.
pub fn duration_text(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |first: u64, unit: &str, second: u64, smaller: &str| match second {
        0 => format!("{first} {unit}"),
        _ => format!("{first} {unit} {second} {smaller}"),
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..600 => two(minutes, "min", seconds % 60, "s"),
        600..3_600 => format!("{minutes} min"),
        3_600..86_400 => two(hours, "h", minutes % 60, "min"),
        _ => two(days, "d", hours % 24, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_at_most_two_units() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (590, "9 min 50 s"),
            (750, "12 min"),
            (3_600, "1 h"),
            (24_300, "6 h 45 min"),
            (417_600, "4 d 20 h"),
            (432_000, "5 d"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration_text(seconds), text);
        }
    }

    #[test]
    fn times_are_those_of_the_zone_and_any_number_is_a_time() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(day_time_text(1_796_324_700_000, &berlin), "Thu 3 Dec 20:05");
        assert_eq!(zone_text(1_796_324_700_000, &berlin), "CET (UTC+01:00)");
        assert_eq!(zone_text(0, &TimeZone::UTC), "UTC");
        for at_ms in [i64::MIN, -1, i64::MAX] {
            assert_eq!(time_text(at_ms, &berlin).len(), 5);
        }
    }
}
