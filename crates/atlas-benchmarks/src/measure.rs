//! Measuring two things in turns.

use std::time::{Duration, Instant};

/// What two things came to that were measured in turns: the medians of each and of their ratios.
pub struct Compared {
    pub first: f64,
    pub second: f64,
    /// The first divided by the second.
    pub ratio: f64,
    /// The first less the second.
    pub difference: f64,
}

/// Measures two things so often, in turns that begin with either.
pub fn interleaved<E>(
    turns: usize,
    mut first: impl FnMut() -> Result<f64, E>,
    mut second: impl FnMut() -> Result<f64, E>,
) -> Result<Compared, E> {
    let mut pairs = Vec::new();
    for turn in 0..turns {
        pairs.push(if turn % 2 == 0 {
            let one = first()?;
            (one, second()?)
        } else {
            let other = second()?;
            (first()?, other)
        });
    }
    let of = |part: fn(&(f64, f64)) -> f64| median(pairs.iter().map(part).collect());
    Ok(Compared {
        first: of(|pair| pair.0),
        second: of(|pair| pair.1),
        ratio: of(|pair| pair.0 / pair.1),
        difference: of(|pair| pair.0 - pair.1),
    })
}

/// The nanoseconds that one of many takes.
#[allow(clippy::cast_precision_loss, reason = "there are few")]
pub fn nanoseconds(times: usize, mut one: impl FnMut()) -> f64 {
    let began = Instant::now();
    for _ in 0..times {
        one();
    }
    began.elapsed().as_nanos() as f64 / times as f64
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The one in the middle; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn the_median_of_the_ratios_is_not_moved_by_a_turn_that_was_disturbed() {
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
