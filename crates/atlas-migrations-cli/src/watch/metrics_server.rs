//! Serving the metrics over HTTP.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::metrics::Metrics;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// How many connections there may be at once. One more ends the oldest: nobody waits for the slow ones.
const CONNECTIONS: usize = 128;
/// How long a request may take to arrive, and a connection in all.
const HEADER_TIME: Duration = Duration::from_secs(5);
const TIME: Duration = Duration::from_secs(10);
/// How long to wait after the system could not hand out a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens, and says where.
pub async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until it is dropped. Each connection has one request.
pub async fn serve(listener: TcpListener, metrics: Metrics) {
    let mut connections = Connections::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let metrics = metrics.clone();
                let connection = tokio::spawn(async move {
                    // Who is too slow, or has gone, gets nothing.
                    let _ = timeout(TIME, connection(stream, metrics)).await;
                });
                connections.add(connection.abort_handle());
            }
            // The most likely cause is that too many files are open. An end of ours makes room.
            Err(_) => {
                connections.end_oldest();
                sleep(PAUSE).await;
            }
        }
    }
}

/// The connections, the oldest first.
#[derive(Default)]
struct Connections(VecDeque<AbortHandle>);

impl Connections {
    fn add(&mut self, connection: AbortHandle) {
        if self.0.len() >= CONNECTIONS {
            self.forget_finished();
        }
        if self.0.len() >= CONNECTIONS {
            self.end_oldest();
        }
        self.0.push_back(connection);
    }

    fn forget_finished(&mut self) {
        self.0.retain(|connection| !connection.is_finished());
    }

    fn end_oldest(&mut self) {
        self.forget_finished();
        if let Some(oldest) = self.0.pop_front() {
            oldest.abort();
        }
    }
}

async fn connection(stream: TcpStream, metrics: Metrics) -> Result<(), hyper::Error> {
    let answer = service_fn(async |request| Ok::<_, Infallible>(answer(&request, &metrics)));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer)
        .await
}

fn answer(request: &Request<Incoming>, metrics: &Metrics) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" {
        return response(StatusCode::NOT_FOUND, TEXT, "the metrics are at /metrics\n".to_owned());
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut refusal = response(StatusCode::METHOD_NOT_ALLOWED, TEXT, String::new());
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refusal;
    }
    match metrics.text() {
        Ok(text) => response(StatusCode::OK, OPEN_METRICS, text),
        Err(_) => response(StatusCode::INTERNAL_SERVER_ERROR, TEXT, String::new()),
    }
}

fn response(status: StatusCode, kind: HeaderValue, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
