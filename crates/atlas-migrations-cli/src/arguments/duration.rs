//! Durations as people write them, such as 90s or 12h, within bounds.

use std::time::Duration;

/// The longest duration: ten years, longer than anything that there is to wait for.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// Reads a duration.
pub fn parse(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text.trim()).map_err(|error| error.to_string())?;
    if duration > LONGEST {
        return Err("at most 10 years, which have 365 days each".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};

    use super::*;

    #[test]
    fn a_duration_is_at_most_ten_years() {
        assert_eq!(parse("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("3650days"), Ok(LONGEST));
        for wrong in ["", "5", "-5s", "3651days", "500000000000years", "99999999999999999999s"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hostile_durations_are_refused_or_within_bounds() {
        check("duration", &documents(&["500000000000years", "1h 30m 5s", "90s"]), |bytes| {
            if let Ok(duration) = parse(&String::from_utf8_lossy(&bytes)) {
                proptest::prop_assert!(duration <= LONGEST);
            }
            Ok(())
        });
    }
}
