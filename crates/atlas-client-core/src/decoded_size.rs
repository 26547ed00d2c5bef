//! Bounds the memory that a decoded JSON body takes: a few bytes of JSON can take hundreds.

/// How many times the limit on bodies the body and its decoded value may take. A call takes at most four
/// times the limit; the rest is for the values that the caller makes from them.
const FACTOR: usize = 3;

/// Always allowed, so that a low limit does not refuse small bodies.
const ALWAYS_ALLOWED: usize = 1 << 20;

/// The most bytes of memory for one byte of JSON: `{"":0},` becomes a map.
const MAX_PER_BYTE: usize = 176;

/// The most bytes of memory for each object, array, further element and quote. Measured with values of
/// unknown fields, which serde holds twice for a moment.
const OBJECT: usize = 890;
const ARRAY: usize = 260;
const ELEMENT: usize = 160;
const QUOTE: usize = 32;

/// Returns whether a body and its decoded value stay within [`FACTOR`] times the limit on bodies.
pub(crate) fn is_within(body: &[u8], limit: usize) -> bool {
    // The capacity of the body may be twice its length, within the limit.
    let held = body.len().saturating_mul(2).min(limit);
    let allowed = limit.saturating_mul(FACTOR).saturating_sub(held).max(ALWAYS_ALLOWED);
    body.len().saturating_mul(MAX_PER_BYTE) <= allowed || upper_bound(body) <= allowed
}

/// Returns an upper bound of the memory that a decoded body takes.
fn upper_bound(body: &[u8]) -> usize {
    let mut size = body.len().saturating_mul(2);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in body {
        let cost = match byte {
            _ if is_escaped => {
                is_escaped = false;
                0
            }
            b'"' => {
                is_text = !is_text;
                QUOTE
            }
            b'\\' if is_text => {
                is_escaped = true;
                0
            }
            _ if is_text => 0,
            b'{' => OBJECT,
            b'[' => ARRAY,
            b',' => ELEMENT,
            _ => 0,
        };
        size = size.saturating_add(cost);
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 16 << 20;

    #[test]
    fn no_byte_of_json_takes_more_than_the_maximum() {
        for dense in ["{\"\":0},", "[0],", "0,", "\"\",", "{\"\":{\"\":[0]}},"] {
            let body = dense.repeat(1_000);
            assert!(upper_bound(body.as_bytes()) <= body.len() * MAX_PER_BYTE, "{dense}");
        }
    }

    #[test]
    fn only_bodies_that_take_much_memory_are_refused() {
        let dense = format!("{{\"x\":[{}0]}}", "{\"\":0},".repeat(LIMIT / 7 - 10));
        assert!(!is_within(dense.as_bytes(), LIMIT));
        let text = format!("{{\"x\":\"{}\"}}", "{[,\\\"".repeat(LIMIT / 7));
        assert!(is_within(text.as_bytes(), LIMIT));
        let item = r#"{"id":"6296fb4c7c7aa997cf94e9a8","name":"a name of some length","n":1},"#;
        let list = format!("[{}0]", item.repeat(1_000_000 / item.len()));
        assert!(is_within(list.as_bytes(), LIMIT));
        assert!(is_within(item.as_bytes(), 1));
    }
}
