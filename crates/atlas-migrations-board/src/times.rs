//! Times as wall clock, and durations with units.

use std::time::Duration;

use jiff::{Timestamp, Zoned, tz::TimeZone};

/// A point in time as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// For people: `23:12`, `Sun 02:00`, `Thu 3 Dec 20:05`.
    pub text: String,
    /// In RFC 3339.
    pub iso: String,
    /// In milliseconds since 1970.
    pub ms: i64,
}

/// The present, and the zone of all times.
#[derive(Clone, Debug)]
pub struct Times {
    zone: TimeZone,
    /// In milliseconds since 1970.
    pub now_ms: i64,
}

impl Times {
    /// Creates the present.
    pub fn new(zone: TimeZone, now_ms: i64) -> Self {
        Self { zone, now_ms }
    }

    /// Returns the zone of all times.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Returns a time as text: the time of day today, with the day of the week within 2 days, else with the date.
    pub fn moment(&self, ms: i64) -> Moment {
        let Some((at, now)) = self.zoned(ms).zip(self.zoned(self.now_ms)) else {
            let text = format!("{ms} ms after 1970");
            return Moment { iso: text.clone(), text, ms };
        };
        let days = (at.date() - now.date()).get_days().abs();
        let format = match days {
            0 => "%H:%M",
            1..=2 => "%a %H:%M",
            _ if at.year() == now.year() => "%a %-d %b %H:%M",
            _ => "%a %-d %b %Y %H:%M",
        };
        let (text, iso) = (at.strftime(format).to_string(), at.strftime("%FT%T%:z").to_string());
        Moment { text, iso, ms }
    }

    /// Returns the present to the second, with the zone.
    pub fn clock(&self, ms: i64) -> String {
        self.zoned(ms).map_or_else(String::new, |at| at.strftime("%H:%M:%S %Z").to_string())
    }

    /// Returns a time to the second, with its date and the zone: `Sat 28 Nov 23:12:40 CET`.
    pub fn full(&self, ms: i64) -> String {
        self.zoned(ms)
            .map_or_else(String::new, |at| at.strftime("%a %-d %b %H:%M:%S %Z").to_string())
    }

    /// Returns the abbreviation of the zone now.
    pub fn zone_name(&self) -> String {
        self.zoned(self.now_ms).map_or_else(String::new, |at| at.strftime("%Z").to_string())
    }

    /// Returns how long ago a time was. Minutes are the smallest unit, so that a page does not change every second.
    pub fn passed(&self, ms: i64) -> String {
        coarse(milliseconds(self.now_ms.saturating_sub(ms)))
    }

    /// Returns how far a time is ahead.
    pub fn ahead(&self, ms: i64) -> String {
        coarse(milliseconds(ms.saturating_sub(self.now_ms)))
    }

    fn zoned(&self, ms: i64) -> Option<Zoned> {
        Some(Timestamp::from_millisecond(ms).ok()?.to_zoned(self.zone.clone()))
    }
}

fn milliseconds(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn coarse(duration: Duration) -> String {
    match duration.as_secs() {
        0..60 => "under 1 min".to_owned(),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds => self::duration(Duration::from_secs(seconds)),
    }
}

/// Returns a duration with at most two units.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let two = |first: u64, unit: &str, second: u64, other: &str| match second {
        0 => format!("{first} {unit}"),
        _ => format!("{first} {unit} {second} {other}"),
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..600 => two(seconds / 60, "min", seconds % 60, "s"),
        600..3600 => format!("{} min", seconds / 60),
        3600..86_400 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_at_most_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (590, "9 min 50 s"),
            (720, "12 min"),
            (24_300, "6 h 45 min"),
            (417_600, "4 d 20 h"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_time_has_its_day_if_it_is_not_today() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        // Saturday, 28 November 2026, 23:12:40.
        let now_ms = 1_795_903_960_000;
        let times = Times::new(zone, now_ms);
        let hours = |hours: i64| times.moment(now_ms + hours * 3_600_000);
        assert_eq!(hours(0).text, "23:12");
        assert_eq!(hours(0).iso, "2026-11-28T23:12:40+01:00");
        assert_eq!(hours(3).text, "Sun 02:12");
        assert_eq!(hours(117).text, "Thu 3 Dec 20:12");
        assert_eq!(hours(24 * 40).text, "Thu 7 Jan 2027 23:12");
        assert_eq!(times.clock(now_ms), "23:12:40 CET");
        assert!(times.moment(i64::MAX).text.ends_with("ms after 1970"));
        assert_eq!(times.passed(now_ms - 59_000), "under 1 min");
        assert_eq!(times.passed(now_ms + 59_000), "under 1 min");
        assert_eq!(times.ahead(now_ms + 3_660_000), "1 h 1 min");
    }
}
