//! Conversions of numbers for drawing.

/// Returns a count as a coordinate.
#[allow(clippy::cast_precision_loss, reason = "a drawing needs no more than 52 bits")]
pub(crate) fn count(number: usize) -> f64 {
    number as f64
}

/// Returns seconds or milliseconds as a number to scale.
#[allow(clippy::cast_precision_loss, reason = "a drawing needs no more than 52 bits")]
pub(crate) fn signed(number: i64) -> f64 {
    number as f64
}

/// Returns a lag as a number to scale.
#[allow(clippy::cast_precision_loss, reason = "a drawing needs no more than 52 bits")]
pub(crate) fn unsigned(number: u64) -> f64 {
    number as f64
}

/// Rounds down; numbers below zero become zero.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and negative numbers become zero"
)]
pub(crate) fn floor(number: f64) -> usize {
    number.max(0.0) as usize
}
