//! Reading an answer's body within a limit.

use bytes::{Bytes, BytesMut};

use crate::error::{Error, Kind};

/// Reads the whole body, or stops as soon as it is known to be larger than `limit` bytes. The limit
/// holds after decompression too.
pub(super) async fn read(mut response: reqwest::Response, limit: usize) -> Result<Bytes, Error> {
    let too_large = || Error::new(Kind::TooLarge { limit });
    let Some(first) = next(&mut response).await? else {
        return Ok(Bytes::new());
    };
    if first.len() > limit {
        return Err(too_large());
    }
    let Some(second) = next(&mut response).await? else {
        return Ok(first);
    };
    let mut whole = BytesMut::from(first);
    let mut chunk = Some(second);
    while let Some(bytes) = chunk {
        if bytes.len() > limit - whole.len() {
            return Err(too_large());
        }
        whole.extend_from_slice(&bytes);
        chunk = next(&mut response).await?;
    }
    Ok(whole.freeze())
}

async fn next(response: &mut reqwest::Response) -> Result<Option<Bytes>, Error> {
    response.chunk().await.map_err(Error::from_reqwest)
}
