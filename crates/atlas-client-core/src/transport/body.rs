//! Reads the body of a response within a limit.

use bytes::Bytes;

use super::attempt_timer::AttemptTimer;
use crate::error::{Error, Kind};

/// Reads the whole body. Stops as soon as it is larger than `limit` bytes after decompression.
pub(super) async fn read(
    response: &mut reqwest::Response,
    limit: usize,
    timer: &mut AttemptTimer,
) -> Result<Bytes, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = timer.wait(response.chunk()).await?.map_err(Error::from_reqwest)? {
        if chunk.len() > limit - body.len() {
            return Err(Error::new(Kind::TooLarge { limit, is_decoded: false }));
        }
        append(&mut body, &chunk, limit);
    }
    Ok(body.into())
}

/// Appends a chunk to a body of at most `limit` bytes. The capacity doubles, but never exceeds the limit.
fn append(body: &mut Vec<u8>, chunk: &[u8], limit: usize) {
    if body.capacity() - body.len() < chunk.len() {
        let additional = body.len().max(chunk.len()).min(limit.saturating_sub(body.len()));
        body.reserve_exact(additional);
    }
    body.extend_from_slice(chunk);
}

/// The number of bytes of an error body that are kept.
const MAX_ERROR_BODY: usize = 64 << 10;

/// Reads the beginning of an error body, and its length up to `limit` bytes. The status says what matters:
/// a body that breaks off is not another error.
pub(super) async fn read_error(
    response: &mut reqwest::Response,
    limit: usize,
    timer: &mut AttemptTimer,
) -> (Bytes, u64) {
    let (mut kept, mut length) = (Vec::new(), 0_usize);
    while length <= limit {
        let Ok(Ok(Some(chunk))) = timer.wait(response.chunk()).await else {
            break;
        };
        length = length.saturating_add(chunk.len());
        let room = MAX_ERROR_BODY.min(limit).saturating_sub(kept.len());
        kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    (kept.into(), u64::try_from(length).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_grows_in_few_steps_and_within_the_limit() {
        let mut body = vec![b'a'];
        let mut growths = 0;
        let limit = 4 + 4000;
        for _ in 0..1000 {
            let before = body.capacity();
            append(&mut body, b"part", limit);
            growths += u32::from(body.capacity() != before);
            assert!(body.capacity() <= limit);
        }
        assert_eq!(body.len(), 1 + 4000);
        assert!(growths < 15, "{growths}");
    }
}
