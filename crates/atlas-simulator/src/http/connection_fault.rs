//! What a connection does instead of HTTP, as faults demand.

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The start of a response whose last header never ends.
const SLOW_HEADERS: &[u8] = b"HTTP/1.1 200 OK\r\nserver: mdbws\r\nx-slow: ";
/// The time between two bytes of slow headers.
const BYTE_INTERVAL: Duration = Duration::from_millis(20);

/// What a connection does instead of sending a response, or in the middle of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionFault {
    /// It is reset.
    Reset,
    /// It sends nothing more.
    Stall,
    /// It sends a status line and headers, byte by byte and without end.
    SlowHeaders,
}

impl ConnectionFault {
    /// Applies the fault until the client closes the connection or `stopped` completes.
    pub(super) async fn apply(self, mut stream: TcpStream, stopped: impl Future<Output = ()>) {
        match self {
            // Closing a socket without lingering sends a reset.
            Self::Reset => {
                let _ = stream.set_zero_linger();
            }
            Self::Stall => tokio::select! {
                () = closed(&mut stream) => {}
                () = stopped => {}
            },
            Self::SlowHeaders => tokio::select! {
                () = send_slow_headers(&mut stream) => {}
                () = stopped => {}
            },
        }
    }
}

/// Waits until the client closes the connection. What it sends is discarded.
async fn closed(stream: &mut TcpStream) {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}

async fn send_slow_headers(stream: &mut TcpStream) {
    for byte in SLOW_HEADERS.iter().chain(std::iter::repeat(&b'x')) {
        if stream.write_all(std::slice::from_ref(byte)).await.is_err() {
            return;
        }
        tokio::time::sleep(BYTE_INTERVAL).await;
    }
}
