//! Bodies: requests are read up to a bound, answers are sent whole unless a fault says otherwise.

mod bomb;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use self::bomb::Bomb;

/// What a request's body may be at the most. No operation needs a fraction of it.
pub(crate) const LARGEST_REQUEST: usize = 1024 * 1024;

/// How much of a too large body is read and thrown away, so that its sender gets to see the answer
/// and not a broken connection.
const LARGEST_DISCARD: usize = 16 * LARGEST_REQUEST;

/// Why a request's body could not be had.
#[derive(Debug)]
pub(crate) enum Unread {
    TooLarge,
    /// The client went away.
    Broken(hyper::Error),
}

/// Reads a request's body, holding no more than [`LARGEST_REQUEST`] of it.
pub(crate) async fn read(mut body: Incoming) -> Result<Bytes, Unread> {
    let declared = body.size_hint().lower();
    if declared > LARGEST_DISCARD as u64 {
        return Err(Unread::TooLarge);
    }
    let mut held = BytesMut::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Unread::Broken)?.into_data() else {
            continue;
        };
        seen = seen.saturating_add(data.len());
        if seen > LARGEST_DISCARD {
            break;
        }
        if seen <= LARGEST_REQUEST {
            held.extend_from_slice(&data);
        } else {
            held = BytesMut::new();
        }
    }
    if seen > LARGEST_REQUEST { Err(Unread::TooLarge) } else { Ok(held.freeze()) }
}

/// An answer's body.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Sent at once.
    Whole(Bytes),
    /// Announces more than it has, and breaks off.
    Cut { sent: Bytes, announced: u64, next: Next, ending: BrokenOff },
    /// Spaces up to the given number of bytes, with an empty JSON object at the very end.
    Spaces { left: u64 },
    /// The same, gzipped.
    Bomb(Bomb),
}

/// What a cut body does when it is asked for more.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Next {
    Send,
    /// Gives the connection the time to put on the wire what it has.
    Flush,
    Break,
}

impl Payload {
    /// Half of `body`, announced as all of it. An empty one is announced as a byte.
    pub(crate) fn cut(body: &Bytes, ending: BrokenOff) -> Self {
        let announced = (body.len() as u64).max(1);
        let sent = body.slice(..body.len() / 2);
        // An empty frame would count as the body's end.
        let next = if sent.is_empty() { Next::Flush } else { Next::Send };
        Self::Cut { sent, announced, next, ending }
    }

    /// An empty JSON object after so many spaces that both are that long, or the object alone.
    pub(crate) fn spaces(bytes: u64) -> Self {
        Self::Spaces { left: bytes.max(EMPTY_OBJECT.len() as u64) }
    }

    /// What [`spaces`](Self::spaces) is, gzipped.
    pub(crate) fn bomb(bytes: u64) -> Self {
        Self::Bomb(Bomb::new(bytes.max(EMPTY_OBJECT.len() as u64)))
    }
}

const SPACES: Bytes = Bytes::from_static(&[b' '; 16 * 1024]);
const EMPTY_OBJECT: Bytes = Bytes::from_static(b"{}");

impl Body for Payload {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let data = match &mut *self {
            Self::Whole(bytes) => std::mem::take(bytes),
            Self::Cut { sent, next, ending, .. } => match next {
                Next::Send => {
                    *next = Next::Flush;
                    std::mem::take(sent)
                }
                Next::Flush => {
                    *next = Next::Break;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Next::Break => return Poll::Ready(Some(Err(*ending))),
            },
            Self::Spaces { left: 0 } => Bytes::new(),
            Self::Spaces { left } => {
                let spaces = left.saturating_sub(EMPTY_OBJECT.len() as u64);
                let length = usize::try_from(spaces).unwrap_or(usize::MAX).min(SPACES.len());
                if length == 0 {
                    *left = 0;
                    EMPTY_OBJECT
                } else {
                    *left -= length as u64;
                    SPACES.slice(..length)
                }
            }
            Self::Bomb(bomb) => bomb.next(),
        };
        let frame = (!data.is_empty()).then(|| Ok(Frame::data(data)));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Cut { .. } => false,
            Self::Spaces { left } => *left == 0,
            Self::Bomb(bomb) => bomb.left() == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Cut { announced, .. } => SizeHint::with_exact(*announced),
            // Unknown, so that no announced length gives the size away.
            Self::Spaces { .. } => SizeHint::default(),
            Self::Bomb(bomb) => SizeHint::with_exact(bomb.left()),
        }
    }
}

/// The body ends before its announced end, as a fault asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BrokenOff {
    /// The connection is to be closed.
    Closed,
    /// The connection is to stay open.
    Stalled,
}

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body breaks off, as a fault asked")
    }
}

impl std::error::Error for BrokenOff {}
