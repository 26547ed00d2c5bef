//! Points in time of the journal as text.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Formats a time in UTC to the second, in RFC 3339.
pub fn utc(ms: i64) -> String {
    Timestamp::from_second(ms.div_euclid(1000))
        .map_or_else(|_| format!("{ms} ms after 1970"), |time| time.to_string())
}

/// Formats a time in the zone of this computer and in UTC.
pub fn local_and_utc(ms: i64) -> String {
    in_zone_and_utc(ms, TimeZone::system())
}

fn in_zone_and_utc(ms: i64, zone: TimeZone) -> String {
    let utc = utc(ms);
    match Timestamp::from_second(ms.div_euclid(1000)) {
        Ok(time) if zone.iana_name().is_some_and(|name| name != "UTC" && name != "Etc/UTC") => {
            format!("{} ({utc})", time.to_zoned(zone))
        }
        _ => utc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_utc_and_in_the_local_zone() {
        assert_eq!(utc(1_795_986_745_683), "2026-11-29T21:12:25Z");
        assert_eq!(utc(-1), "1969-12-31T23:59:59Z");
        assert_eq!(utc(i64::MAX), format!("{} ms after 1970", i64::MAX));
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(
            in_zone_and_utc(1_796_504_400_000, berlin),
            "2026-12-05T22:00:00+01:00[Europe/Berlin] (2026-12-05T21:00:00Z)"
        );
        assert_eq!(in_zone_and_utc(1_796_504_400_000, TimeZone::UTC), "2026-12-05T21:00:00Z");
    }
}
