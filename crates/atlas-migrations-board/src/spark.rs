//! [`Spark`]: a small curve of the last hours, on one scale for all migrations.

use crate::lags::{LagPoint, number, symlog};

/// The time that a small curve shows.
pub const SPARK_MS: i64 = 12 * 3_600_000;
/// The lag at the top.
const TOP_SECONDS: u64 = 259_200;
/// The number of points, at most.
const MAX_POINTS: i64 = 36;
/// Positions are in thousandths of the width and of the height.
const WHOLE: f64 = 1000.0;

/// A small curve of the last 12 hours. All curves have the same scale: linear near 0, logarithmic above, 3 days at the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spark {
    /// The points from the left and from the top, in thousandths of the width and of the height.
    pub points: Vec<(u16, u16)>,
}

/// Returns the small curve of lags, which are in order of time.
pub fn spark(lags: &[LagPoint], now_ms: i64) -> Spark {
    let from_ms = now_ms.saturating_sub(SPARK_MS);
    let mut kept: Vec<(i64, LagPoint)> = Vec::new();
    for lag in lags.iter().filter(|lag| lag.at_ms >= from_ms) {
        let part = lag.at_ms.saturating_sub(from_ms).saturating_mul(MAX_POINTS) / SPARK_MS;
        match kept.last_mut() {
            // Of a part, the last lag is kept, as it is nearer to now.
            Some((last, other)) if *last == part => *other = *lag,
            _ => kept.push((part, *lag)),
        }
    }
    let top = symlog(TOP_SECONDS);
    let point = |(_, lag): &(i64, LagPoint)| {
        let x = number(lag.at_ms.saturating_sub(from_ms)) / number(SPARK_MS);
        (thousandths(x), thousandths(1.0 - symlog(lag.seconds) / top))
    };
    Spark { points: kept.iter().map(point).collect() }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is between 0 and 1000"
)]
fn thousandths(share: f64) -> u16 {
    (share.clamp(0.0, 1.0) * WHOLE).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_curve_shows_the_last_hours_on_one_scale_with_few_points() {
        let now_ms = 1_800_000_000_000;
        let at = |minutes: i64, seconds| LagPoint { at_ms: now_ms - minutes * 60_000, seconds };
        let lags = [at(800, 9), at(720, TOP_SECONDS), at(360, 0), at(0, u64::MAX)];
        assert_eq!(spark(&lags, now_ms).points, [(0, 0), (500, 1000), (1000, 0)]);
        let many: Vec<_> = (0..720).rev().map(|minute| at(minute, 60)).collect();
        let points = spark(&many, now_ms).points;
        assert!(points.len() <= 37, "{}", points.len());
        assert_eq!(points.last(), Some(&(1000, 809)));
    }
}
