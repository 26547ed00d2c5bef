//! [`ByteStream`]: the body of a response as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt as _, unfold};
use tokio::time::timeout;

use crate::error::{Error, Kind, TimeoutKind};
use crate::raw_response::RawResponse;

/// The body of a response as a stream of bytes.
///
/// It ends after the first error: the connection broke, or the idle timeout of the transport expired.
pub struct ByteStream(Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>);

impl ByteStream {
    /// Creates a stream of the body of a response. `head` has its status and headers.
    pub(crate) fn new(response: reqwest::Response, head: RawResponse, idle: Duration) -> Self {
        let chunks = unfold(Some((response, head)), move |state| async move {
            let (mut response, head) = state?;
            let error = match timeout(idle, response.chunk()).await {
                Ok(Ok(chunk)) => return Some((Ok(chunk?), Some((response, head)))),
                Ok(Err(error)) => Error::from_reqwest(error),
                Err(_) => Error::new(Kind::Timeout(TimeoutKind::Idle)),
            };
            Some((Err(error.with_response(head)), None))
        });
        Self(Box::pin(chunks))
    }

    /// Returns the next bytes of the body, or `None` at its end.
    ///
    /// # Errors
    ///
    /// Fails if the rest of the body did not arrive.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        self.0.next().await
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream").finish_non_exhaustive()
    }
}
