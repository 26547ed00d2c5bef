//! The limits of integers.

use serde_json::{Map, Value};

/// The largest `i64` as JavaScript writes it.
const ROUNDED: i128 = 9_223_372_036_854_776_000;

/// Returns the smallest and the largest integer that a schema admits.
pub(super) fn limits(members: &Map<String, Value>) -> (i128, i128) {
    let (least, greatest) = match members.get("format").and_then(Value::as_str) {
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("int16") => (i16::MIN.into(), i16::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint8") => (0, u8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint64") => (0, u64::MAX.into()),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    let bound = |name: &str, exclusive: &str, step: i128| {
        let bound = members.get(name).and_then(whole)?;
        let is_exclusive = members.get(exclusive) == Some(&Value::Bool(true));
        Some(if is_exclusive { bound + step } else { bound })
    };
    let lower = bound("minimum", "exclusiveMinimum", 1);
    let upper = bound("maximum", "exclusiveMaximum", -1);
    let has_format = members.get("format").is_some();
    let upper = upper.map(|upper| if upper == ROUNDED { i64::MAX.into() } else { upper });
    // Without a format a maximum may exceed an `i64`.
    let greatest = match upper {
        Some(upper) if upper > greatest && !has_format => upper.min(u64::MAX.into()),
        Some(upper) => upper.min(greatest),
        None => greatest,
    };
    let least = lower.map_or(least, |lower| lower.max(least)).min(greatest);
    (least, greatest)
}

/// Returns a bound as a whole number.
#[allow(clippy::cast_possible_truncation, reason = "it is within the range by then")]
fn whole(bound: &Value) -> Option<i128> {
    let exact = bound.as_i64().map(i128::from).or_else(|| bound.as_u64().map(i128::from));
    exact.or_else(|| bound.as_f64().map(|bound| bound.clamp(-1e30, 1e30) as i128))
}

/// Returns what an integer must be a multiple of.
pub(super) fn multiple(members: &Map<String, Value>) -> Option<i128> {
    members.get("multipleOf").and_then(whole).filter(|of| *of > 0)
}

/// Returns an integer as JSON, or `null` if it has more than 64 bits.
pub(super) fn number_of(integer: i128) -> Value {
    let small = i64::try_from(integer).ok().map(Value::from);
    small.or_else(|| u64::try_from(integer).ok().map(Value::from)).unwrap_or_default()
}
