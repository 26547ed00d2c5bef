//! Server-sent events: the changing part of a page, and signs of life.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::stream::unfold;
use serde_json::json;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

use super::site::Site;
use crate::present::Presented;

/// What a browser does when it lost the connection, in milliseconds.
const RETRY_MS: u32 = 2_000;

/// The part of a page that changes, made from what is presented.
pub type Render = Box<dyn Fn(&Presented) -> Arc<str> + Send>;

struct Stream {
    presented: watch::Receiver<Presented>,
    render: Render,
    sent: Option<Arc<str>>,
    heartbeat: Duration,
    next_beat: Instant,
    _permit: OwnedSemaphorePermit,
}

/// Returns a response that goes on until the client or the server ends it.
pub fn stream(site: &Site, render: Render) -> Response {
    let Ok(permit) = Arc::clone(&site.streams).try_acquire_owned() else {
        let text = "too many pages are open; this one is refreshed by a reload only\n";
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")], text)
            .into_response();
    };
    let stream = Stream {
        presented: site.presented.clone(),
        render,
        sent: None,
        heartbeat: site.heartbeat,
        next_beat: Instant::now(),
        _permit: permit,
    };
    // A frame is made when the one before was taken, so that a slow reader skips states and no queue grows.
    let frames = unfold(stream, async |mut stream| {
        let frame = stream.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(frame)), stream))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(frames)).into_response()
}

impl Stream {
    /// Returns the next events. `None` when the server ends.
    async fn next(&mut self) -> Option<String> {
        loop {
            let is_first = self.sent.is_none();
            if !is_first {
                tokio::select! {
                    changed = self.presented.changed() => changed.ok()?,
                    () = sleep_until(self.next_beat) => {}
                }
            }
            let now = self.presented.borrow_and_update().clone();
            let mut frame = if is_first { format!("retry: {RETRY_MS}\n\n") } else { String::new() };
            let page = (self.render)(&now);
            if self.sent.as_ref() != Some(&page) {
                push(&mut frame, "page", &page);
                self.sent = Some(page);
            }
            if !frame.is_empty() || Instant::now() >= self.next_beat {
                push(&mut frame, "beat", &beat(&now));
                self.next_beat = Instant::now() + self.heartbeat;
                return Some(frame);
            }
        }
    }
}

fn beat(presented: &Presented) -> String {
    let read = presented.times.clock(presented.published.read_ms);
    json!({ "read": read, "readable": presented.published.problem.is_none() }).to_string()
}

fn push(frame: &mut String, event: &str, data: &str) {
    frame.push_str("event: ");
    frame.push_str(event);
    for line in data.split(['\n', '\r']) {
        frame.push_str("\ndata: ");
        frame.push_str(line);
    }
    frame.push_str("\n\n");
}
