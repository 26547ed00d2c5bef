//! `--debug`: what the client does, on stderr.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Shows each call and each request when it ends, with what came of it. What the HTTP libraries beneath
/// have to say is left out: they show headers.
pub fn tell() {
    let own = Targets::new().with_target("atlas_client_core", LevelFilter::DEBUG);
    let spans = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_span_events(FmtSpan::CLOSE)
        .with_target(false);
    tracing_subscriber::registry().with(own).with(spans).init();
}
