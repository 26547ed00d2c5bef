//! Conversions between durations, fractions and columns.

use std::time::Duration;

/// Returns `part / whole`, clamped to 0 to 1; 0 if `whole` is zero.
pub fn ratio(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() {
        return 0.0;
    }
    (part.as_secs_f64() / whole.as_secs_f64()).clamp(0.0, 1.0)
}

#[allow(clippy::cast_precision_loss, reason = "columns of a terminal or a chart are few")]
pub fn to_f64(number: usize) -> f64 {
    number as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "columns of a terminal or a chart are few, and negative numbers become zero"
)]
pub fn to_index(number: f64) -> usize {
    number.max(0.0) as usize
}
