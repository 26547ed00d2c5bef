//! The listener and its connections.

use std::error::Error as _;
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

use super::body::{BodyCut, Payload};
use super::connection_fault::ConnectionFault;

/// How long requests in progress may take to finish after the simulator was asked to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);
/// How long to wait after the system failed to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);
/// The largest request line with headers.
const MAX_HEAD: usize = 64 * 1024;

/// How much to discard after a request that could not be parsed, and for how long.
const MAX_DRAIN: u64 = 1024 * 1024;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Handles the requests of a listener.
pub(crate) trait Service: Clone + Send + Sync + 'static {
    /// Returns the response to a request.
    fn serve(
        &self,
        address: IpAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Payload>, NoResponse>> + Send;
}

/// Why a request gets no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoResponse {
    /// A fault demands it.
    #[error("a fault suppresses the response")]
    Fault(ConnectionFault),
    /// The client closed the connection.
    #[error("the client disconnected: {0}")]
    Disconnected(hyper::Error),
}

/// Marks a response after which the connection is closed without an announcement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloseConnection;

/// Serves connections until `stopping` becomes true or is dropped, then lets them finish. Dropping
/// the future closes the listener and all connections at once.
pub(crate) async fn serve(
    listener: TcpListener,
    service: impl Service,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = stopped(&mut stopping) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(stream, peer, service.clone(), stopping.clone());
                connections.spawn(connection);
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    // Connections that have not finished in time are dropped with the set.
    let _ = tokio::time::timeout(STOP_TIMEOUT, finished).await;
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a reason to stop too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    service: impl Service,
    mut stopping: watch::Receiver<bool>,
) {
    // If this fails the connection is only slower.
    let _ = stream.set_nodelay(true);
    let close = Notify::new();
    let respond = service_fn(async |request| {
        let response = service.serve(peer.ip(), request).await?;
        if response.extensions().get::<CloseConnection>().is_some() {
            close.notify_one();
        }
        Ok::<_, NoResponse>(response)
    });
    let mut connection = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        // The buffer can be larger than configured, and with it the head.
        .max_header_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), respond);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        () = stopped(&mut stopping) => None,
        // The head of the last response is written by now, so that it does not announce the close.
        () = close.notified() => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        Pin::new(&mut connection).graceful_shutdown();
        (&mut connection).await
    };
    let Err(error) = ended else { return };
    if let Some(fault) = connection_fault(&error) {
        let stream = connection.into_parts().io.into_inner();
        fault.apply(stream, stopped(&mut stopping)).await;
    } else if error.is_parse() {
        let stream = connection.into_parts().io.into_inner();
        tokio::select! {
            () = drain(stream) => {}
            () = stopped(&mut stopping) => {}
        }
    }
}

/// Discards what a client still sends after its request was refused: closing the connection at once
/// would reset it, and the client might never see the response.
async fn drain(stream: TcpStream) {
    let (mut rest, mut sink) = (stream.take(MAX_DRAIN), tokio::io::sink());
    // The connection is closed next in any case.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, tokio::io::copy(&mut rest, &mut sink)).await;
}

/// Returns the fault to apply now that HTTP has ended on the connection.
fn connection_fault(error: &hyper::Error) -> Option<ConnectionFault> {
    let cause = error.source()?;
    if let Some(NoResponse::Fault(fault)) = cause.downcast_ref() {
        return Some(*fault);
    }
    match cause.downcast_ref()? {
        BodyCut::Stall => Some(ConnectionFault::Stall),
        BodyCut::Close => None,
    }
}
