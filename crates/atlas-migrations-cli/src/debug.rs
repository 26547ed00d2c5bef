//! `--debug`: what the client does, on stderr.

use std::io::{self, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::terminal::{self, Keep, Line, Queue};

/// Shows each call and each request when it ends, with what came of it. What the HTTP libraries beneath
/// have to say is left out: they show headers.
///
/// What is told waits in the queue that is returned.
///
/// # Errors
///
/// The system has no room for another thread.
pub fn tell() -> io::Result<Queue> {
    let queue = Queue::to(terminal::stderr())?;
    let own = Targets::new().with_target("atlas_client_core", LevelFilter::DEBUG);
    let spans = tracing_subscriber::fmt::layer()
        .with_writer(Events(queue.clone()))
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_target(false);
    tracing_subscriber::registry().with(own).with(spans).init();
    Ok(queue)
}

/// Makes a line of each event, some of which is what a server said.
struct Events(Queue);

impl<'a> MakeWriter<'a> for Events {
    type Writer = Event<'a>;

    fn make_writer(&'a self) -> Event<'a> {
        Event { queue: &self.0, text: Vec::new() }
    }
}

struct Event<'a> {
    queue: &'a Queue,
    text: Vec<u8>,
}

impl Write for Event<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.text.extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Event<'_> {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        let line = Line::from(text.trim_end_matches('\n')).to_text(false) + "\n";
        self.queue.push(line.into_bytes(), Keep::Newest(0, "debug"));
    }
}
