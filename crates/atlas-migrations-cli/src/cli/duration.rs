//! Parses durations such as `90s` or `12h`.

use std::time::Duration;

/// The longest duration that is accepted: ten years.
const MAX: Duration = Duration::from_hours(87600);

/// Parses a duration of at most ten years.
pub fn parse(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text.trim()).map_err(|error| error.to_string())?;
    if duration > MAX {
        return Err("at most 10 years (of 365 days) are allowed".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};

    use super::*;

    #[test]
    fn a_duration_is_at_most_ten_years() {
        assert_eq!(parse("1h 30m"), Ok(Duration::from_mins(90)));
        assert_eq!(parse("3650days"), Ok(MAX));
        for wrong in ["", "5", "-5s", "3651days", "500000000000years", "99999999999999999999s"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hostile_durations_are_refused_or_within_bounds() {
        check("duration", &documents(&["500000000000years", "1h 30m 5s", "90s"]), |bytes| {
            if let Ok(duration) = parse(&String::from_utf8_lossy(&bytes)) {
                proptest::prop_assert!(duration <= MAX);
            }
            Ok(())
        });
    }
}
