//! Parses points in time such as `2026-12-05T22:00:00+01:00` or `+2h`.

use std::time::Duration;

use jiff::Timestamp;

use super::duration;

/// A point in time, as a user writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    At(Timestamp),
    /// This long from now.
    In(Duration),
    Now,
}

impl Moment {
    /// Returns the time in milliseconds since 1970.
    pub fn at_ms(self, now_ms: i64) -> i64 {
        match self {
            Self::At(time) => time.as_millisecond(),
            Self::In(duration) => {
                now_ms.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Now => now_ms,
        }
    }
}

/// Parses RFC 3339 with an offset, a duration after a plus sign, or `now`.
pub fn parse(text: &str) -> Result<Moment, String> {
    let text = text.trim();
    if text == "now" {
        return Ok(Moment::Now);
    }
    if let Some(text) = text.strip_prefix('+') {
        return duration::parse(text).map(Moment::In);
    }
    text.parse().map(Moment::At).map_err(|_| {
        "expected a time with an offset, such as 2026-12-05T22:00:00+01:00 or 2026-12-05T21:00:00Z, \
         or a duration from now, such as +2h"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};

    use super::*;

    #[test]
    fn a_moment_is_a_time_with_an_offset_or_a_duration_from_now() {
        let at = |text| parse(text).unwrap().at_ms(1_000);
        assert_eq!(at("2026-12-05T22:00:00+01:00"), 1_796_504_400_000);
        assert_eq!(at("2026-12-05T21:00:00Z"), 1_796_504_400_000);
        assert_eq!(at("+2h"), 7_201_000);
        assert_eq!(at("now"), 1_000);
        // Without an offset it is not known which hour is meant.
        for wrong in ["", "22:00", "2026-12-05T22:00:00", "2026-12-05", "2h", "+11years", "+-2h"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hostile_moments_are_refused_or_within_bounds() {
        let seeds = &["9999-12-31T23:59:59-25:59", "+3650days", "-009999-01-01T00:00:00Z"];
        check("moment", &documents(seeds), |bytes| {
            if let Ok(moment) = parse(&String::from_utf8_lossy(&bytes)) {
                let _ = moment.at_ms(i64::MAX);
            }
            Ok(())
        });
    }
}
