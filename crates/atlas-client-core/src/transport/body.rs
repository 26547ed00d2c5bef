//! Reading an answer's body within a limit.

use std::pin::pin;

use bytes::Bytes;

use super::patience::Patience;
use crate::error::{Error, Kind};

/// Reads the whole body, or stops as soon as it is known to be larger than `limit` bytes. The limit
/// holds after decompression too.
pub(super) async fn read(
    response: &mut reqwest::Response,
    limit: usize,
    patience: &mut Patience,
) -> Result<Bytes, Error> {
    let mut next = async || {
        let chunk = patience.wait(pin!(response.chunk())).await?;
        chunk.map_err(Error::from_reqwest)
    };
    let too_large = || Error::new(Kind::TooLarge { limit, is_decoded: false });
    let Some(first) = next().await? else {
        return Ok(Bytes::new());
    };
    if first.len() > limit {
        return Err(too_large());
    }
    let Some(mut chunk) = next().await? else {
        return Ok(first);
    };
    // Copied only where it is also somebody else's, as what hyper reads into is: once.
    let mut whole = Vec::from(first);
    loop {
        if chunk.len() > limit - whole.len() {
            return Err(too_large());
        }
        join(&mut whole, &chunk, limit);
        match next().await? {
            Some(next) => chunk = next,
            None => return Ok(whole.into()),
        }
    }
}

/// Adds a part to a body of at most `limit` bytes, which is not moved for every part and has room for no more
/// than the limit.
fn join(whole: &mut Vec<u8>, part: &[u8], limit: usize) {
    if whole.capacity() - whole.len() < part.len() {
        let room = whole.len().max(part.len()).min(limit.saturating_sub(whole.len()));
        whole.reserve_exact(room);
    }
    whole.extend_from_slice(part);
}

/// The most bytes that are kept of the body of a response that reports an error.
const ERROR_BODY_KEPT: usize = 64 << 10;

/// Reads the beginning of the body of a response that reports an error, and counts the rest up to `limit`
/// bytes. Its status says what matters: a body that breaks off is no other error.
pub(super) async fn read_error(
    response: &mut reqwest::Response,
    limit: usize,
    patience: &mut Patience,
) -> (Bytes, u64) {
    let (mut kept, mut length) = (Vec::new(), 0_usize);
    while length <= limit {
        let Ok(Ok(Some(chunk))) = patience.wait(pin!(response.chunk())).await else {
            break;
        };
        length = length.saturating_add(chunk.len());
        let room = ERROR_BODY_KEPT.min(limit).saturating_sub(kept.len());
        kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    (kept.into(), u64::try_from(length).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_not_moved_for_every_part_and_has_no_more_room_than_the_limit() {
        let mut whole = vec![b'a'];
        let mut moves = 0;
        let limit = 4 + 4000;
        for _ in 0..1000 {
            let before = whole.as_ptr();
            join(&mut whole, b"part", limit);
            moves += u32::from(whole.as_ptr() != before);
            assert!(whole.capacity() <= limit);
        }
        assert_eq!(whole.len(), 1 + 4000);
        assert!(moves < 15, "{moves}");
    }
}
