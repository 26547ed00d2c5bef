//! The endpoint that Prometheus scrapes.

use std::net::SocketAddr;
use std::time::Duration;

use humantime::format_duration;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::server;
use super::source::MetricsSource;
use crate::error::CliError;
use crate::interrupt;
use crate::terminal::{note, warn};

/// Serves metrics in the background, and prints the address.
pub async fn start(address: SocketAddr, source: impl MetricsSource) -> Result<(), CliError> {
    let unusable = |error| CliError::usage("--metrics").caused_by(&error);
    let listener = TcpListener::bind(address).await.map_err(unusable)?;
    let bound = listener.local_addr().map_err(unusable)?;
    if !bound.ip().is_loopback() {
        warn("other machines can read the metrics without a credential");
    }
    note(&format!("metrics are served at http://{bound}/metrics"));
    tokio::spawn(server::serve(listener, source));
    Ok(())
}

/// Keeps serving the metrics for a while, so that a scrape sees the end. A signal ends it.
pub async fn linger(time: Duration) {
    if time.is_zero() {
        return;
    }
    note(&format!("metrics are served for {} more; Ctrl-C ends it", format_duration(time)));
    tokio::select! {
        () = sleep(time) => {}
        () = interrupt::requested() => {}
    }
}
