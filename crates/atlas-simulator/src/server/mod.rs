//! The listener and its connections.

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::body::{BrokenOff, Payload};

mod silence;

pub(crate) use silence::Silence;

/// How long requests under way may take to finish once the simulator is asked to stop.
const GRACE: Duration = Duration::from_secs(2);
/// How long to wait after the system could not hand out a connection.
const PAUSE: Duration = Duration::from_millis(10);
/// What a request's line and headers may be at the most.
const LARGEST_HEAD: usize = 64 * 1024;

/// How much of what follows a request that could not be read is thrown away, and for how long.
const LARGEST_DRAIN: u64 = 1024 * 1024;
const LONGEST_DRAIN: Duration = Duration::from_secs(1);

/// What answers the requests of a listener.
pub(crate) trait Service: Clone + Send + Sync + 'static {
    /// Answers a request.
    fn serve(
        &self,
        address: IpAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Payload>, Unanswered>> + Send;
}

/// Why a request gets no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// A fault asks for it.
    Silence(Silence),
    /// The client broke off.
    Broken(hyper::Error),
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence(_) => f.write_str("a fault asks for no answer"),
            Self::Broken(error) => write!(f, "the request broke off: {error}"),
        }
    }
}

impl std::error::Error for Unanswered {}

/// Marks a response after which the connection is closed, although it does not say so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last;

/// Takes connections until `stopping` says so or is gone, then lets them finish. Dropping the
/// future closes the listener and all connections at once.
pub(crate) async fn run(
    listener: TcpListener,
    service: impl Service,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = stop(&mut stopping) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(stream, peer, service.clone(), stopping.clone());
                connections.spawn(connection);
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    // What has not finished in time is cut off with the set of connections.
    let _ = tokio::time::timeout(GRACE, finished).await;
}

async fn stop(stopping: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a reason to stop too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    service: impl Service,
    mut stopping: watch::Receiver<bool>,
) {
    // A connection without the option is slower, and otherwise the same.
    let _ = stream.set_nodelay(true);
    let last = Notify::new();
    let answer = service_fn(async |request| {
        let response = service.serve(peer.ip(), request).await?;
        if response.extensions().get::<Last>().is_some() {
            last.notify_one();
        }
        Ok::<_, Unanswered>(response)
    });
    let mut connection = http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        // The buffer may hold more than it is said to, and with it a larger head.
        .max_header_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), answer);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        () = stop(&mut stopping) => None,
        // By now the head of the last response is written, so that it does not tell.
        () = last.notified() => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        Pin::new(&mut connection).graceful_shutdown();
        (&mut connection).await
    };
    let Err(error) = ended else { return };
    if let Some(silence) = silence(&error) {
        let stream = connection.into_parts().io.into_inner();
        silence.keep(stream, stop(&mut stopping)).await;
    } else if error.is_parse() {
        let stream = connection.into_parts().io.into_inner();
        tokio::select! {
            () = drain(stream) => {}
            () = stop(&mut stopping) => {}
        }
    }
}

/// Throws away what a client still sends after its request was refused: closing the connection at
/// once would reset it, and the client might never see why.
async fn drain(stream: TcpStream) {
    let (mut rest, mut nowhere) = (stream.take(LARGEST_DRAIN), tokio::io::sink());
    let thrown_away = tokio::io::copy(&mut rest, &mut nowhere);
    // Whatever ends it, nothing is left to be done.
    let _ = tokio::time::timeout(LONGEST_DRAIN, thrown_away).await;
}

/// What a fault asks the connection to do now that HTTP has ended on it.
fn silence(error: &hyper::Error) -> Option<Silence> {
    let cause = error.source()?;
    if let Some(Unanswered::Silence(silence)) = cause.downcast_ref() {
        return Some(*silence);
    }
    cause.downcast_ref().and_then(|ending| match ending {
        BrokenOff::Stalled => Some(Silence::Stall),
        BrokenOff::Closed => None,
    })
}
