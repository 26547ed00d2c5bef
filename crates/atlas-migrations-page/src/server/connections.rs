//! Accepts connections, within limits.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use axum::Router;
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use super::{user::Peer, write_limit::WriteLimit};

/// How long the head of a request may take.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// The size of the head of a request, at most.
const MAX_HEAD_BYTES: usize = 16 << 10;
const MAX_HEADERS: usize = 64;
/// How long to wait after the system failed to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connections: usize,
    pub write_timeout: Duration,
}

/// Serves one request per connection, until it is dropped, which ends all connections.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits) {
    let mut tasks = JoinSet::new();
    let mut open = VecDeque::new();
    loop {
        // Probably too many files are open; closing a connection makes room.
        let Ok((stream, peer)) = listener.accept().await else {
            close_oldest(&mut open);
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        while tasks.try_join_next().is_some() {}
        if open.len() >= limits.connections {
            open.retain(|connection: &AbortHandle| !connection.is_finished());
        }
        // A page that is closed in this way connects again by itself.
        if open.len() >= limits.connections {
            close_oldest(&mut open);
        }
        open.push_back(tasks.spawn(connection(stream, peer, router.clone(), limits.write_timeout)));
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, write_timeout: Duration) {
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        service.call(request)
    });
    let stream = TokioIo::new(WriteLimit::new(stream, write_timeout));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .keep_alive(false)
        .serve_connection(stream, service)
        .await;
    // An error concerns only this client.
    drop(served);
}

fn close_oldest(open: &mut VecDeque<AbortHandle>) {
    open.retain(|connection| !connection.is_finished());
    if let Some(oldest) = open.pop_front() {
        oldest.abort();
    }
}
