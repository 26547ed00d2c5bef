//! [`Views`]: the changing part of every page that is looked at, rendered once for all its readers.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
};

use atlas_migrations_board::Board;
use axum::body::Bytes;
use serde_json::json;
use tokio::sync::watch;

use super::{
    delta::{delta, lines},
    fragments::{Subject, fragment},
};
use crate::present::Presented;

/// How many views are kept although nobody has them.
const MAX_UNUSED: usize = 64;

/// The changing part of a page, and the messages that bring it to a browser.
#[derive(Debug)]
pub struct View {
    pub html: String,
    /// Names the text. The same text has the same version, also after a restart of the server.
    pub version: String,
    /// The event with all of it.
    pub whole: Bytes,
    /// The version before, and the event with what changed since.
    pub change: Option<(String, Bytes)>,
}

#[derive(Debug)]
struct Kept {
    /// What it was made from.
    board: Arc<Board>,
    view: Arc<View>,
}

/// The views of the pages that are looked at.
#[derive(Debug)]
pub struct Views {
    presented: watch::Receiver<Presented>,
    kept: Mutex<HashMap<Subject, Kept>>,
}

impl Views {
    pub fn new(presented: watch::Receiver<Presented>) -> Self {
        Self { presented, kept: Mutex::default() }
    }

    /// Returns the newest view. The first who asks after a change renders it for all.
    pub fn newest(&self, subject: &Subject) -> Arc<View> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.presented.borrow().clone();
        let before = kept.get(subject);
        if let Some(Kept { board, view }) = before
            && Arc::ptr_eq(board, &now.board)
        {
            return Arc::clone(view);
        }
        let html = fragment(&now, subject);
        let view = match before {
            Some(Kept { view, .. }) if view.html == html => Arc::clone(view),
            before => Arc::new(View::new(html, before.map(|kept| &*kept.view))),
        };
        if kept.len() >= MAX_UNUSED {
            kept.retain(|_, kept| Arc::strong_count(&kept.view) > 1);
        }
        kept.insert(subject.clone(), Kept { board: now.board, view: Arc::clone(&view) });
        view
    }
}

impl View {
    fn new(html: String, before: Option<&Self>) -> Self {
        let mut hasher = DefaultHasher::new();
        html.hash(&mut hasher);
        let version = format!("{:016x}", hasher.finish());
        let whole = event("page", &version, &html);
        let change = before.and_then(|before| {
            let parts = delta(&before.html, &html);
            let data = json!({ "from": before.version, "parts": parts }).to_string();
            let change = event("rows", &version, &data);
            (change.len() < whole.len()).then(|| (before.version.clone(), change))
        });
        Self { html, version, whole, change }
    }

    /// Returns the shortest message for a browser that has another version, or nothing.
    pub fn message(&self, has: Option<&str>) -> Bytes {
        match &self.change {
            Some((from, change)) if has == Some(from) => change.clone(),
            _ => self.whole.clone(),
        }
    }
}

fn event(name: &str, id: &str, data: &str) -> Bytes {
    let mut text = format!("id: {id}\nevent: {name}");
    for line in lines(data) {
        text.push_str("\ndata: ");
        text.push_str(line);
    }
    text.push_str("\n\n");
    text.into()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use atlas_migrations_board::{Published, Times};
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn a_browser_with_the_version_before_gets_what_changed_and_others_get_the_whole() {
        let row = |row: u32, lag: u32| format!("row {row}, lag {lag}");
        let text = |lag| (0..100).map(|at| row(at, lag)).collect::<Vec<_>>().join("\n");
        let first = View::new(text(1), None);
        let html = first.html.replace("row 7, lag 1", "row 7, lag 2");
        let second = View::new(html, Some(&first));
        for (has, is_whole) in
            [(Some(first.version.as_str()), false), (Some("old"), true), (None, true)]
        {
            let message = second.message(has);
            let (whole, change) = (&second.whole, &second.change.as_ref().unwrap().1);
            assert_eq!(&message, if is_whole { whole } else { change });
        }
        assert!(second.message(Some(&first.version)).len() < 120);
        // A version that came back is the same one, and one that was missed needs the whole.
        let third = View::new(text(1), Some(&second));
        assert_eq!(third.version, first.version);
        let fourth = View::new(text(3), Some(&third));
        assert_eq!(fourth.message(Some(&second.version)), fourth.whole);
    }

    #[test]
    fn all_readers_share_what_was_rendered_once() {
        let times = || Times::new(TimeZone::UTC, 0);
        let presented = |problem: &str| {
            let published = Published {
                snapshot: Arc::default(),
                read_ms: 0,
                read_at: Instant::now(),
                problem: Some(problem.to_owned()),
            };
            let board = Arc::new(Board::new(&published, None, &times()));
            Presented { published, times: times(), board, decides: false }
        };
        let (sender, receiver) = watch::channel(presented("away"));
        let views = Views::new(receiver);
        let newest = || views.newest(&Subject::All);
        let first = newest();
        assert!(Arc::ptr_eq(&first, &newest()));
        sender.send_replace(presented("still away"));
        let second = newest();
        assert!(Arc::ptr_eq(&second, &newest()));
        let (from, change) = second.change.as_ref().unwrap();
        assert_eq!(from, &first.version);
        // The bytes are shared too.
        let messages = [newest(), newest()].map(|view| view.message(Some(from)).as_ptr());
        assert_eq!(messages, [change.as_ptr(); 2]);
        // The same text is the same version.
        sender.send_replace(presented("still away"));
        assert!(Arc::ptr_eq(&second, &newest()));
        for id in 0..MAX_UNUSED * 3 {
            views.newest(&Subject::Migration(id.to_string()));
        }
        assert!(views.kept.lock().unwrap().len() <= MAX_UNUSED);
        assert!(Arc::ptr_eq(&second, &newest()), "one that somebody has is kept");
    }

    #[test]
    fn a_text_with_line_ends_stays_inside_its_event() {
        let event = event("page", "1", "a\n\nevent: b\r\nc");
        let lines: Vec<_> = std::str::from_utf8(&event).unwrap().lines().collect();
        assert_eq!(
            lines,
            [
                "id: 1",
                "event: page",
                "data: a",
                "data: ",
                "data: event: b",
                "data: ",
                "data: c",
                ""
            ]
        );
    }
}
