//! Server-sent events: what changes of a page, and signs of life.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::stream::unfold;
use serde_json::json;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

use super::{
    fragments::Subject,
    site::Site,
    views::{View, Views},
};
use crate::present::Presented;

/// What a browser does when it lost the connection, in milliseconds.
const RETRY_MS: u32 = 2_000;

struct Stream {
    presented: watch::Receiver<Presented>,
    views: Arc<Views>,
    subject: Subject,
    /// The version that the browser has.
    version: Option<String>,
    /// Keeps the view while the browser has it.
    sent: Option<Arc<View>>,
    /// Messages that are made and not yet taken.
    made: VecDeque<Bytes>,
    heartbeat: Duration,
    next_beat: Instant,
    _permit: OwnedSemaphorePermit,
}

/// Returns a response that goes on until the client or the server ends it. A browser that connects again says what it has.
pub fn stream(site: &Site, subject: Subject, headers: &HeaderMap) -> Response {
    let Ok(permit) = Arc::clone(&site.streams).try_acquire_owned() else {
        let text = "too many pages are open; this one is refreshed by a reload only\n";
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")], text)
            .into_response();
    };
    let version = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let mut presented = site.presented.clone();
    presented.mark_changed();
    let stream = Stream {
        presented,
        views: Arc::clone(&site.views),
        subject,
        version: version.map(str::to_owned),
        sent: None,
        made: VecDeque::from([format!("retry: {RETRY_MS}\n\n").into()]),
        heartbeat: site.heartbeat,
        next_beat: Instant::now(),
        _permit: permit,
    };
    // A message is made when those before were taken, so that a slow reader skips states and no queue grows.
    let frames = unfold(stream, async |mut stream| {
        let frame = stream.next().await?;
        Some((Ok::<_, Infallible>(frame), stream))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(frames)).into_response()
}

impl Stream {
    /// Returns the next message. `None` when the server ends.
    async fn next(&mut self) -> Option<Bytes> {
        while self.made.is_empty() {
            tokio::select! {
                changed = self.presented.changed() => changed.ok()?,
                () = sleep_until(self.next_beat) => {}
            }
            self.presented.mark_unchanged();
            let view = self.views.newest(&self.subject);
            if self.version.as_ref() != Some(&view.version) {
                self.made.push_back(view.message(self.version.as_deref()));
                self.version = Some(view.version.clone());
            }
            self.sent = Some(view);
            if !self.made.is_empty() || Instant::now() >= self.next_beat {
                self.made.push_back(beat(&self.presented.borrow()));
                self.next_beat = Instant::now() + self.heartbeat;
            }
        }
        self.made.pop_front()
    }
}

fn beat(now: &Presented) -> Bytes {
    let read = now.times.clock(now.published.read_ms);
    let data = json!({ "read": read, "readable": now.published.problem.is_none() });
    format!("event: beat\ndata: {data}\n\n").into()
}
