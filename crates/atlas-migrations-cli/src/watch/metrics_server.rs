//! Serves the metrics over HTTP.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::metrics::Metrics;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The maximum number of connections. One more closes the oldest, so that slow clients block nobody.
const MAX_CONNECTIONS: usize = 128;
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after the system failed to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address, and returns the address with the port that the system chose.
pub async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves one request per connection, until it is dropped.
///
/// `axum::serve` would limit neither the number nor the duration of connections.
pub async fn serve(listener: TcpListener, metrics: Metrics) {
    let app = Router::new()
        .route("/metrics", get(metrics_text))
        .fallback(async || (StatusCode::NOT_FOUND, "the metrics are at /metrics\n"))
        .with_state(metrics);
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

async fn metrics_text(State(metrics): State<Metrics>) -> impl IntoResponse {
    match metrics.text() {
        Ok(text) => Ok(([(CONTENT_TYPE, OPEN_METRICS)], text)),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
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
