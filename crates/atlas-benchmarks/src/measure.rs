//! Interleaved measurements and their medians.

use std::time::{Duration, Instant};

/// The medians of two interleaved measurements and of their ratios and differences.
pub struct Compared {
    pub first: f64,
    pub second: f64,
    /// The first divided by the second.
    pub ratio: f64,
    /// The first minus the second.
    pub difference: f64,
}

/// Takes two measurements in each round and alternates which one is first.
pub fn interleaved<E>(
    rounds: usize,
    mut first: impl FnMut() -> Result<f64, E>,
    mut second: impl FnMut() -> Result<f64, E>,
) -> Result<Compared, E> {
    let mut pairs = Vec::new();
    for round in 0..rounds {
        pairs.push(if round % 2 == 0 {
            let one = first()?;
            (one, second()?)
        } else {
            let other = second()?;
            (first()?, other)
        });
    }
    let median_of = |part: fn(&(f64, f64)) -> f64| median(pairs.iter().map(part).collect());
    Ok(Compared {
        first: median_of(|pair| pair.0),
        second: median_of(|pair| pair.1),
        ratio: median_of(|pair| pair.0 / pair.1),
        difference: median_of(|pair| pair.0 - pair.1),
    })
}

/// Returns the average nanoseconds of repeated calls.
#[allow(clippy::cast_precision_loss, reason = "there are few")]
pub fn nanoseconds(times: usize, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        call();
    }
    start.elapsed().as_nanos() as f64 / times as f64
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Returns the median, or 0 if there are no values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn one_disturbed_round_does_not_change_the_median_ratio() {
        let mut firsts = [2.0, 200.0, 4.0, 6.0, 8.0].into_iter();
        let mut seconds = [1.0, 2.0, 2.0, 3.0, 4.0].into_iter();
        let compared = interleaved::<Infallible>(
            5,
            || Ok(firsts.next().unwrap()),
            || Ok(seconds.next().unwrap()),
        );
        let Ok(compared) = compared;
        assert!((compared.ratio - 2.0).abs() < f64::EPSILON);
        assert!((compared.first - 6.0).abs() < f64::EPSILON);
        assert!((compared.second - 2.0).abs() < f64::EPSILON);
    }
}
