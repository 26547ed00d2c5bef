//! `--debug`: logs the calls of the client on stderr.

use std::io::{self, Write};

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::deprecation_notice::DeprecationLayer;
use crate::terminal::{self, Line, Overflow, WriteQueue};

/// Warns about deprecated operations, and nothing else.
pub fn start_warnings() {
    tracing_subscriber::registry()
        .with(DeprecationLayer.with_filter(client_only(LevelFilter::WARN)))
        .init();
}

/// Returns a filter for what the client logs. Events of the HTTP libraries are left out, because they contain headers.
fn client_only(level: LevelFilter) -> Targets {
    Targets::new().with_target("atlas_client_core", level)
}

/// Logs each call and each request when it ends, and returns the queue that the log lines wait in. Warns about
/// deprecated operations, too.
///
/// # Errors
///
/// The system cannot start a thread.
pub fn start() -> io::Result<WriteQueue> {
    terminal::log_on_stderr();
    let queue = WriteQueue::new(terminal::stderr())?;
    let writer_queue = queue.clone();
    let spans = tracing_subscriber::fmt::layer()
        .with_writer(move || EventWriter { queue: writer_queue.clone(), text: Vec::new() })
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_target(false);
    let warnings = DeprecationLayer.with_filter(client_only(LevelFilter::WARN));
    let spans = spans.with_filter(client_only(LevelFilter::DEBUG));
    tracing_subscriber::registry().with(warnings).with(spans).init();
    Ok(queue)
}

/// Writes an event as one line without control characters, because events contain text of the server.
struct EventWriter {
    queue: WriteQueue,
    text: Vec<u8>,
}

impl Write for EventWriter {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.text.extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for EventWriter {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        let line = Line::from(text.trim_end_matches('\n')).to_text(false) + "\n";
        self.queue.push(line.into_bytes(), Overflow::KeepNewest(0, "debug"));
    }
}
