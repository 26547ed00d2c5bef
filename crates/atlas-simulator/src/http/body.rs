//! Bodies: those of requests are read up to a limit, those of responses may be faulty.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::gzip_bomb::{EMPTY_OBJECT, GzipBomb};

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
pub(crate) async fn read(mut body: Incoming) -> Result<Bytes, ReadError> {
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
    /// Announces more than it has and ends early.
    Cut { sent: Bytes, announced: u64, next: CutStep, cut: BodyCut },
    /// Spaces and an empty JSON object.
    Spaces { remaining: u64 },
    /// The same, gzipped.
    GzipBomb(GzipBomb),
}

/// What a cut body does when it is polled.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CutStep {
    Send,
    /// Lets the connection write what it has.
    Flush,
    Fail,
}

impl Payload {
    /// Returns the first half of `body`, announced as all of it. An empty body is announced as one
    /// byte.
    pub(crate) fn cut(body: &Bytes, cut: BodyCut) -> Self {
        let announced = (body.len() as u64).max(1);
        let sent = body.slice(..body.len() / 2);
        // An empty frame would end the body.
        let next = if sent.is_empty() { CutStep::Flush } else { CutStep::Send };
        Self::Cut { sent, announced, next, cut }
    }

    /// Returns `bytes` bytes of spaces and an empty JSON object, or the object alone if that is
    /// longer.
    pub(crate) fn spaces(bytes: u64) -> Self {
        Self::Spaces { remaining: bytes.max(EMPTY_OBJECT.len() as u64) }
    }

    /// Returns the gzipped form of [`spaces`](Self::spaces).
    pub(crate) fn gzip_bomb(bytes: u64) -> Self {
        Self::GzipBomb(GzipBomb::new(bytes.max(EMPTY_OBJECT.len() as u64)))
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
        let data = match &mut *self {
            Self::Whole(bytes) => std::mem::take(bytes),
            Self::Cut { sent, next, cut, .. } => match next {
                CutStep::Send => {
                    *next = CutStep::Flush;
                    std::mem::take(sent)
                }
                CutStep::Flush => {
                    *next = CutStep::Fail;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                CutStep::Fail => return Poll::Ready(Some(Err(*cut))),
            },
            Self::Spaces { remaining: 0 } => Bytes::new(),
            Self::Spaces { remaining } => {
                let spaces = remaining.saturating_sub(EMPTY_OBJECT.len() as u64);
                let length = usize::try_from(spaces).unwrap_or(usize::MAX).min(SPACES.len());
                if length == 0 {
                    *remaining = 0;
                    EMPTY_OBJECT
                } else {
                    *remaining -= length as u64;
                    SPACES.slice(..length)
                }
            }
            Self::GzipBomb(bomb) => bomb.next(),
        };
        let frame = (!data.is_empty()).then(|| Ok(Frame::data(data)));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Cut { .. } => false,
            Self::Spaces { remaining } => *remaining == 0,
            Self::GzipBomb(bomb) => bomb.remaining() == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Cut { announced, .. } => SizeHint::with_exact(*announced),
            // Unknown, so that the client cannot tell the size from the headers.
            Self::Spaces { .. } => SizeHint::default(),
            Self::GzipBomb(bomb) => SizeHint::with_exact(bomb.remaining()),
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
