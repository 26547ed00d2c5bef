//! Serves the metrics over HTTP.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use atlas_migrations_metrics::CONTENT_TYPE as PROMETHEUS_TEXT;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::source::MetricsSource;

/// The maximum number of connections. One more closes the oldest, so that slow clients block nobody.
const MAX_CONNECTIONS: usize = 128;
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after the system failed to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves one request per connection, until it is dropped.
///
/// `axum::serve` would limit neither the number nor the duration of connections.
pub async fn serve<S: MetricsSource>(listener: TcpListener, source: S) {
    let is_local = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
    let app = Router::new()
        .route("/metrics", get(metrics_text::<S>))
        .fallback(async || (StatusCode::NOT_FOUND, "the metrics are at /metrics\n"))
        .with_state(Shared { source, is_local });
    let mut connections = Connections::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = serve_connection(stream, app.clone());
                // An error or a timeout concerns only this client.
                let task = tokio::spawn(async { timeout(CONNECTION_TIMEOUT, connection).await });
                connections.add(task.abort_handle());
            }
            // Probably too many files are open; closing a connection makes room.
            Err(_) => {
                connections.close_oldest();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, app: Router) -> Result<(), hyper::Error> {
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .await
}

/// What each request needs.
#[derive(Clone)]
struct Shared<S> {
    source: S,
    /// Whether only this computer reaches the server.
    is_local: bool,
}

async fn metrics_text<S: MetricsSource>(
    State(shared): State<Shared<S>>,
    headers: HeaderMap,
) -> Response {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    if shared.is_local && !host.is_some_and(is_local_host) {
        let text = "this host name is not allowed: another site may have led a browser here\n\
                    hint: scrape the IP address or localhost\n";
        return (StatusCode::MISDIRECTED_REQUEST, text).into_response();
    }
    ([(CONTENT_TYPE, PROMETHEUS_TEXT)], shared.source.text().await).into_response()
}

/// Returns whether a host is one that no other site can have.
fn is_local_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost")
}

/// The open connections, oldest first.
#[derive(Default)]
struct Connections(VecDeque<AbortHandle>);

impl Connections {
    fn add(&mut self, connection: AbortHandle) {
        if self.0.len() >= MAX_CONNECTIONS {
            self.0.retain(|connection| !connection.is_finished());
        }
        if self.0.len() >= MAX_CONNECTIONS {
            self.close_oldest();
        }
        self.0.push_back(connection);
    }

    fn close_oldest(&mut self) {
        self.0.retain(|connection| !connection.is_finished());
        if let Some(oldest) = self.0.pop_front() {
            oldest.abort();
        }
    }
}
