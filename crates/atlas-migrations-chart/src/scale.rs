//! Scales of lag and time, and their ticks.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::number::{count, floor, signed, unsigned};
use crate::time::zoned;

/// Below this lag, in seconds, the scale is about linear.
const LINEAR: f64 = 10.0;
const LAG_TICKS: [(u64, &str); 9] = [
    (0, "0"),
    (10, "10 s"),
    (60, "1 min"),
    (600, "10 min"),
    (3_600, "1 h"),
    (21_600, "6 h"),
    (86_400, "1 d"),
    (259_200, "3 d"),
    (2_592_000, "30 d"),
];
const FEW_LAG_TICKS: [&str; 4] = ["0", "1 min", "1 h", "1 d"];
/// Steps of the time axis, in seconds.
const STEPS: [i64; 18] = [
    1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200,
    86_400,
];
const DAY: i64 = 86_400;
/// The minimum distance of two ticks with labels of the time axis, in pixels.
const TICK_DISTANCE: f64 = 78.0;

/// Converts lags to heights.
#[derive(Clone, Copy)]
pub(crate) struct LagScale {
    top: f64,
    bottom: f64,
    peak: f64,
}

impl LagScale {
    /// Creates a scale on which the peak, in seconds, is near the top.
    pub(crate) fn new(top: f64, bottom: f64, peak: u64) -> Self {
        // Below a minute a chart would show noise.
        Self { top, bottom, peak: symlog(peak.max(60)) * 1.04 }
    }

    /// Returns the height of a lag.
    pub(crate) fn y(&self, lag: u64) -> f64 {
        self.bottom - symlog(lag) / self.peak * (self.bottom - self.top)
    }

    /// Returns the ticks: the lag and its label.
    pub(crate) fn ticks(&self, few: bool) -> impl Iterator<Item = (u64, &'static str)> + '_ {
        LAG_TICKS
            .into_iter()
            .filter(move |(_, label)| !few || FEW_LAG_TICKS.contains(label))
            .filter(|(lag, _)| symlog(*lag) <= self.peak)
    }
}

fn symlog(lag: u64) -> f64 {
    (1.0 + unsigned(lag) / LINEAR).log10()
}

/// Converts times to positions.
#[derive(Clone, Copy)]
pub(crate) struct TimeScale {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
}

/// A tick of the time axis.
pub(crate) struct TimeTick {
    pub(crate) at_ms: i64,
    /// The time of the day.
    pub(crate) label: String,
    /// The date, if it is the first tick of a day.
    pub(crate) date: Option<Date>,
    pub(crate) is_midnight: bool,
}

impl TimeScale {
    /// Returns the position of a time; times outside are at the edge.
    pub(crate) fn x(&self, at_ms: i64) -> f64 {
        let span = signed(self.to_ms.saturating_sub(self.from_ms).max(1));
        let part = signed(at_ms.saturating_sub(self.from_ms)) / span;
        self.left + part.clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// Returns whether a time is on the axis.
    pub(crate) fn contains(&self, at_ms: i64) -> bool {
        (self.from_ms..=self.to_ms).contains(&at_ms)
    }

    /// Returns the ticks: round times of the day in the zone.
    pub(crate) fn ticks(&self, zone: &TimeZone) -> Vec<TimeTick> {
        let span = self.to_ms.saturating_sub(self.from_ms).max(1) / 1000;
        let most = floor((self.right - self.left) / TICK_DISTANCE).max(1);
        let fits = |step: &&i64| count(floor(signed(span) / signed(**step))) <= count(most);
        let days = || (span / DAY / i64::try_from(most).unwrap_or(i64::MAX) + 1) * DAY;
        let step = STEPS.iter().find(fits).copied().unwrap_or_else(days);
        let first = zoned(self.from_ms, zone);
        let format = if step < 60 { "%H:%M:%S" } else { "%H:%M" };
        let mut ticks: Vec<TimeTick> = Vec::new();
        let mut last_date = None;
        let midnight = first.date().to_datetime(jiff::civil::Time::midnight());
        let skipped = first.datetime().duration_since(midnight).as_secs() / step;
        // The local clock decides: a change to daylight saving time leaves the labels round.
        for number in skipped..skipped.saturating_add(400) {
            let Ok(local) =
                midnight.checked_add(SignedDuration::from_secs(number.saturating_mul(step)))
            else {
                break;
            };
            let Ok(time) = local.to_zoned(zone.clone()) else { break };
            let at_ms = time.timestamp().as_millisecond();
            if at_ms > self.to_ms {
                break;
            }
            let is_new = ticks.last().is_none_or(|tick| tick.at_ms < at_ms);
            if self.contains(at_ms) && is_new {
                let date = time.date();
                ticks.push(TimeTick {
                    at_ms,
                    label: time.strftime(format).to_string(),
                    date: (last_date != Some(date)).then_some(date),
                    is_midnight: time.time() == jiff::civil::Time::midnight(),
                });
                last_date = Some(date);
            }
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(zone: &str, from: &str, hours: i64, width: f64) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let from = from.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let to_ms = from + hours * 3_600_000;
        let scale = TimeScale { left: 0.0, right: width, from_ms: from, to_ms };
        scale.ticks(&zone).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn the_last_minute_of_a_day_takes_a_fifth_of_the_height() {
        let scale = LagScale::new(0.0, 100.0, 86_400);
        assert!((18.0..24.0).contains(&(100.0 - scale.y(60))), "{}", scale.y(60));
        assert!(scale.y(0) > scale.y(1) && scale.y(86_400) > 0.0);
        assert!(LagScale::new(0.0, 100.0, u64::MAX).y(u64::MAX) >= 0.0);
    }

    #[test]
    fn ticks_are_round_times_of_the_zone_also_when_its_clock_changes() {
        let ticks = labels("Europe/Berlin", "2026-11-27T17:10:00Z", 30, 800.0);
        assert_eq!(
            ticks,
            [
                "21:00", "00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00",
                "00:00"
            ]
        );
        let ticks = labels("Europe/Berlin", "2026-10-24T22:00:00Z", 12, 1_000.0);
        assert_eq!(ticks[..4], ["00:00", "01:00", "02:00", "03:00"]);
    }

    #[test]
    fn any_span_has_few_ticks() {
        for hours in [0, 1, 7, 100, 2_000, 100_000, 70_000_000] {
            let ticks = labels("UTC", "1970-01-01T00:00:00Z", hours, 800.0).len();
            assert!((1..=12).contains(&ticks), "{ticks} in {hours} h");
        }
    }
}
