//! Fewer points for the same picture.

use crate::model::Point;
use crate::number::{floor, signed};
use crate::scale::TimeScale;

/// Keeps the first, the last, the smallest and the largest lag of each of some parts of the time, and all gaps between
/// them.
pub(crate) fn thinned(points: &[Point], time: &TimeScale, parts: usize) -> Vec<Point> {
    let mut points: Vec<Point> = points.to_vec();
    points.sort_by_key(|point| point.at_ms);
    if points.len() <= parts * 2 {
        return points;
    }
    let span = signed(time.to_ms.saturating_sub(time.from_ms).max(1));
    let part = |point: &Point| {
        floor(
            signed(point.at_ms.saturating_sub(time.from_ms)) / span
                * signed(i64::try_from(parts).unwrap_or(i64::MAX)),
        )
    };
    let mut kept = Vec::new();
    for group in points
        .chunk_by(|one, other| part(one) == part(other) && one.lag.is_some() == other.lag.is_some())
    {
        let positions = [
            Some(0),
            (0..group.len()).min_by_key(|index| group[*index].lag),
            (0..group.len()).max_by_key(|index| group[*index].lag),
            group.len().checked_sub(1),
        ];
        let mut positions: Vec<usize> = positions.into_iter().flatten().collect();
        positions.sort_unstable();
        positions.dedup();
        kept.extend(positions.into_iter().map(|index| group[index]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_and_ends_are_kept() {
        let lag = |second: i64| if second == 54_321 { 900_000 } else { 100 };
        let points: Vec<Point> =
            (0..100_000).map(|second| Point::new(second * 1000, lag(second))).collect();
        let time = TimeScale { left: 0.0, right: 1.0, from_ms: 0, to_ms: 99_999_000 };
        let kept = thinned(&points, &time, 100);
        assert!(kept.len() <= 404, "{}", kept.len());
        assert_eq!((kept[0], kept[kept.len() - 1]), (points[0], points[99_999]));
        assert!(kept.contains(&points[54_321]));
    }
}
