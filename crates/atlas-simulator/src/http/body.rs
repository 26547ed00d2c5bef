//! Bodies: those of requests are read up to a limit, those of responses may be faulty.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;

use super::gzip_bomb::{EMPTY_OBJECT, gzip_bomb};

/// The largest accepted request body.
const MAX_REQUEST: usize = 1024 * 1024;

/// How much of a larger body is read and discarded, so that the client sees the response instead of a
/// broken connection.
const MAX_DISCARD: usize = 16 * MAX_REQUEST;

/// Why a request's body was not read.
#[derive(Debug)]
pub(crate) enum ReadError {
    TooLarge,
    /// The client closed the connection.
    Disconnected(hyper::Error),
}

/// Reads a request's body, keeping no more than [`MAX_REQUEST`] bytes in memory.
pub(crate) async fn read_body(mut body: Incoming) -> Result<Bytes, ReadError> {
    let declared = body.size_hint().lower();
    if declared > MAX_DISCARD as u64 {
        return Err(ReadError::TooLarge);
    }
    let mut held = BytesMut::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(ReadError::Disconnected)?.into_data() else {
            continue;
        };
        seen = seen.saturating_add(data.len());
        if seen > MAX_DISCARD {
            break;
        }
        if seen <= MAX_REQUEST {
            held.extend_from_slice(&data);
        } else {
            held = BytesMut::new();
        }
    }
    if seen > MAX_REQUEST { Err(ReadError::TooLarge) } else { Ok(held.freeze()) }
}

/// The body of a response.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Sent at once.
    Whole(Bytes),
    /// Produced while it is sent, with its announced length if there is one.
    Stream { length: Option<u64>, body: BoxBody<Bytes, BodyCut> },
}

impl Payload {
    /// Returns the first half of `body`, announced as all of it. An empty body is announced as one
    /// byte.
    pub(crate) fn cut(body: &Bytes, cut: BodyCut) -> Self {
        let length = (body.len() as u64).max(1);
        let sent = body.slice(..body.len() / 2);
        // An empty frame would end the body.
        let sent = (!sent.is_empty()).then_some(Ok(Frame::data(sent)));
        let end = stream::once(async move {
            // The connection writes what it has.
            tokio::task::yield_now().await;
            Err(cut)
        });
        let body = BodyExt::boxed(StreamBody::new(stream::iter(sent).chain(end)));
        Self::Stream { length: Some(length), body }
    }

    /// Returns `bytes` bytes of spaces and an empty JSON object, or the object alone if that is
    /// longer. The length is not announced.
    pub(crate) fn spaces(bytes: u64) -> Self {
        let spaces = bytes.saturating_sub(EMPTY_OBJECT.len() as u64);
        let rest = usize::try_from(spaces % SPACES.len() as u64).unwrap_or(0);
        let whole = (0..spaces / SPACES.len() as u64).map(|_| SPACES);
        Self::stream(None, whole.chain([SPACES.slice(..rest), EMPTY_OBJECT]))
    }

    /// Returns the gzipped form of [`spaces`](Self::spaces).
    pub(crate) fn gzip_bomb(bytes: u64) -> Self {
        let (length, pieces) = gzip_bomb(bytes.max(EMPTY_OBJECT.len() as u64));
        Self::stream(Some(length), pieces)
    }

    fn stream(
        length: Option<u64>,
        pieces: impl Iterator<Item = Bytes> + Send + Sync + 'static,
    ) -> Self {
        let frames = pieces.filter(|piece| !piece.is_empty()).map(|piece| Ok(Frame::data(piece)));
        Self::Stream { length, body: BodyExt::boxed(StreamBody::new(stream::iter(frames))) }
    }
}

const SPACES: Bytes = Bytes::from_static(&[b' '; 16 * 1024]);

impl Body for Payload {
    type Data = Bytes;
    type Error = BodyCut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyCut>>> {
        match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Stream { body, .. } => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream { length, .. } => length.map_or_else(SizeHint::new, SizeHint::with_exact),
        }
    }
}

/// A fault ends the body before its announced end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fault cuts the body")]
pub(crate) enum BodyCut {
    /// The connection is closed.
    Close,
    /// The connection stays open.
    Stall,
}
