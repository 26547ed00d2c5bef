//! What a connection does instead of speaking HTTP, as faults ask.

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The beginning of an answer whose last header never ends.
const DRIBBLE: &[u8] = b"HTTP/1.1 200 OK\r\nserver: mdbws\r\nx-slow: ";
/// How long a dribbled byte is waited for.
const DRIP: Duration = Duration::from_millis(20);

/// What a connection does instead of answering, or in the middle of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// It is reset.
    Reset,
    /// Nothing comes any more.
    Stall,
    /// A status line and headers come byte by byte and do not end.
    Dribble,
}

impl Silence {
    /// Does so until the client is gone or `stopped` is there.
    pub(super) async fn keep(self, mut stream: TcpStream, stopped: impl Future<Output = ()>) {
        match self {
            // Closing a socket that lingers for no time is what sends a reset.
            Self::Reset => {
                let _ = stream.set_zero_linger();
            }
            Self::Stall => tokio::select! {
                () = gone(&mut stream) => {}
                () = stopped => {}
            },
            Self::Dribble => tokio::select! {
                () = dribble(&mut stream) => {}
                () = stopped => {}
            },
        }
    }
}

/// Waits until the client closes the connection. What it sends is thrown away.
async fn gone(stream: &mut TcpStream) {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}

async fn dribble(stream: &mut TcpStream) {
    for byte in DRIBBLE.iter().chain(std::iter::repeat(&b'x')) {
        if stream.write_all(std::slice::from_ref(byte)).await.is_err() {
            return;
        }
        tokio::time::sleep(DRIP).await;
    }
}
