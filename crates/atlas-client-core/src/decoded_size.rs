//! How much memory a JSON body can take once it is decoded: a few bytes can stand for hundreds.

/// How many times the limit on bodies a response may take in memory: its body, and what it is decoded to. A
/// call is to take four times the limit at most; the rest is for what is made of the values.
const TIMES_THE_LIMIT: usize = 3;

/// What is always allowed, so that a low limit on bodies refuses no small one.
const ALWAYS_ALLOWED: usize = 1 << 20;

/// The most bytes in memory for one byte of JSON: `{"":0},` becomes a map of its own.
const WORST: usize = 176;

/// The most bytes in memory for each object, array, further element, and quote. Measured with values that no
/// type knows, which are kept twice for a moment: as they are buffered and as they are handed on.
const OBJECT: usize = 890;
const ARRAY: usize = 260;
const ELEMENT: usize = 160;
const QUOTE: usize = 32;

/// Whether a body that is held in memory, and what it decodes to, stay within a few times the limit on bodies.
pub(crate) fn is_within(body: &[u8], limit: usize) -> bool {
    // The buffer that the body was read into may be twice as large, within the limit.
    let held = body.len().saturating_mul(2).min(limit);
    let allowed = limit.saturating_mul(TIMES_THE_LIMIT).saturating_sub(held).max(ALWAYS_ALLOWED);
    body.len().saturating_mul(WORST) <= allowed || bound(body) <= allowed
}

/// No less than what a body decodes to.
fn bound(body: &[u8]) -> usize {
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
    fn no_byte_of_json_takes_more_than_the_worst() {
        for dense in ["{\"\":0},", "[0],", "0,", "\"\",", "{\"\":{\"\":[0]}},"] {
            let body = dense.repeat(1_000);
            assert!(bound(body.as_bytes()) <= body.len() * WORST, "{dense}");
        }
    }

    #[test]
    fn what_grows_in_memory_is_refused_and_what_does_not_is_taken() {
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
