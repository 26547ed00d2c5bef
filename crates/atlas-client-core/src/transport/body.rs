//! Reading an answer's body within a limit.

use std::pin::pin;

use bytes::{Bytes, BytesMut};

use super::patience::Patience;
use crate::error::{Error, Kind};

/// Reads the whole body, or stops as soon as it is known to be larger than `limit` bytes. The limit
/// holds after decompression too.
pub(super) async fn read(
    response: &mut reqwest::Response,
    limit: usize,
    patience: &mut Patience,
) -> Result<Bytes, Error> {
    let mut whole = Bytes::new();
    while let Some(chunk) =
        patience.wait(pin!(response.chunk())).await?.map_err(Error::from_reqwest)?
    {
        if chunk.len() > limit - whole.len() {
            return Err(Error::new(Kind::TooLarge { limit, is_decoded: false }));
        }
        whole = if whole.is_empty() { chunk } else { joined(whole, &chunk) };
    }
    Ok(whole)
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

/// The first part is copied only where it is also somebody else's, as what hyper reads into is: once.
fn joined(first: Bytes, second: &[u8]) -> Bytes {
    let mut both = BytesMut::from(first);
    both.extend_from_slice(second);
    both.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_is_not_copied_for_every_part() {
        let mut whole = joined(Bytes::from_static(b"a"), &[0; 4096]);
        let mut moves = 0;
        for _ in 0..1000 {
            let before = whole.as_ptr();
            whole = joined(whole, b"part");
            moves += u32::from(whole.as_ptr() != before);
        }
        assert_eq!(whole.len(), 1 + 4096 + 4000);
        assert!(moves < 10, "{moves}");
    }
}
