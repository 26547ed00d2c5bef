//! The listener and its connections.

use std::error::Error as _;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::service::{self, Unanswered};
use crate::world::World;

/// How long requests under way may take to finish once the simulator is asked to stop.
const GRACE: Duration = Duration::from_secs(2);
/// How long to wait after the system could not hand out a connection.
const PAUSE: Duration = Duration::from_millis(10);
/// What a request's line and headers may be at the most.
const LARGEST_HEAD: usize = 64 * 1024;

/// Takes connections until `stopping` says so or is gone, then lets them finish. Dropping the
/// future closes the listener and all connections at once.
pub(crate) async fn run(
    listener: TcpListener,
    world: Arc<World>,
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
                let connection = connection(stream, peer, Arc::clone(&world), stopping.clone());
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
    world: Arc<World>,
    mut stopping: watch::Receiver<bool>,
) {
    // A connection without the option is slower, and otherwise the same.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| service::serve(Arc::clone(&world), peer.ip(), request));
    let mut connection = http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        () = stop(&mut stopping) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        Pin::new(&mut connection).graceful_shutdown();
        (&mut connection).await
    };
    let reset = ended.is_err_and(|error| {
        let cause = error.source().and_then(|cause| cause.downcast_ref());
        matches!(cause, Some(Unanswered::Reset))
    });
    if reset {
        // Closing a socket that lingers for no time is what sends a reset.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}
