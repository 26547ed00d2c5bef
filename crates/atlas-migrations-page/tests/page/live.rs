//! The page follows the journal, and outlives its troubles and slow clients.

use std::time::Duration;

use atlas_migrations_journal::{
    Redactor,
    event::{EndResult, Ended, Held},
};
use tokio::time::timeout;

use crate::{
    client::{LIMIT, Page, settings},
    sample::name,
};

#[tokio::test]
async fn an_open_page_gets_what_is_recorded() {
    let page = Page::serve(6, settings()).await;
    let stream = page.stream_of("customers").await;
    let mut list = page.events("/events").await;
    let mut one = page.events(&format!("/events/migrations/{stream}")).await;
    let first = list.until("event: beat").await;
    assert!(first.contains("text/event-stream") && first.contains("3 of 6 need you"), "{first}");
    one.until("customers: replicating").await;
    page.sample.look(stream, 0, "FAILED", false, 5).await;
    page.sample.fact(stream, 0, Ended::new(EndResult::Failed)).await;
    list.until("4 of 6 need you").await;
    one.until("customers: failed").await;
}

/// The bug: each change sends all rows to each browser.
#[tokio::test]
async fn of_a_thousand_migrations_only_what_changed_is_sent() {
    let page = Page::serve(1_000, settings()).await;
    let mut events = page.events("/events").await;
    let whole = events.until("event: beat").await.len();
    // One that is shown by its name alone, among hundreds alike.
    let name = name(993);
    let stream = page.stream_of(&name).await;
    for lag in [77, 78] {
        page.sample.look(stream, 0, "WORKING", false, lag).await;
        let change = events.until(&format!("1 min {} s", lag - 60)).await;
        let change = change + &events.until("event: beat").await;
        // Another minute changes many rows.
        if change.matches("event: rows").count() == 1 {
            assert!(change.len() < 8_000, "{} of {whole} bytes: {change}", change.len());
            println!("{} bytes for a change, {whole} for the whole", change.len());
        }
        assert!(!change.contains("event: page"), "{change}");
    }
}

#[tokio::test]
async fn a_browser_that_comes_back_gets_what_it_misses_and_no_more() {
    let mut page = Page::serve(6, settings()).await;
    let stream = page.stream_of("customers").await;
    let version = |text: &str| text.rsplit("id: ").next().unwrap()[..16].to_owned();
    let mut events = page.events("/events").await;
    let first = version(&events.until("event: beat").await);
    let again = |version: &str| format!("Last-Event-ID: {version}");
    // The minute may change meanwhile, so that what it gets is the change of that.
    let mut same = page.events_with("/events", &again(&first)).await;
    assert!(!same.until("event: beat").await.contains("event: page"));
    page.sample.look(stream, 0, "WORKING", false, 77).await;
    let changed = events.until("1 min 17 s").await + &events.until("event: beat").await;
    let second = version(&changed);
    let mut late = page.events_with("/events", &again(&first)).await;
    let got = late.until("event: beat").await;
    assert!(got.contains("1 min 17 s"), "{got}");
    // Another minute between them is another version.
    let versions = ["event: rows", "event: page"].map(|event| changed.matches(event).count());
    if versions.iter().sum::<usize>() == 1 && version(&got) == second {
        assert!(!got.contains("event: page"), "{got}");
    }
    for unknown in ["0000000000000000", "", "x y"] {
        let mut new = page.events_with("/events", &again(unknown)).await;
        let got = new.until("event: beat").await;
        assert!(got.contains("event: page") && got.contains("3 of 6 need you"), "{got}");
    }
    // After a restart, too.
    page.end().await;
    page.begin_again().await;
    let mut same = page.events_with("/events", &again(&second)).await;
    let got = same.until("event: beat").await;
    assert!(got.len() < 1_000 || !got.contains(&second), "{got}");
}

#[tokio::test]
async fn a_quiet_page_gets_signs_of_life_alone() {
    let mut quick = settings();
    quick.heartbeat = Duration::from_millis(50);
    let page = Page::serve(1, quick).await;
    let mut events = page.events("/events").await;
    events.until("event: beat").await;
    let mut beats = String::new();
    for _ in 0..3 {
        beats.push_str(&events.until("event: beat").await);
    }
    assert!(beats.contains("\"readable\":true"), "{beats}");
    let news = beats.matches("event: page").count() + beats.matches("event: rows").count();
    assert!(news <= 1, "only another minute is news: {beats}");
}

#[tokio::test]
async fn a_journal_that_is_away_is_said_and_the_page_stays() {
    let page = Page::serve(6, settings()).await;
    let mut events = page.events("/events").await;
    events.until("event: beat").await;
    page.sample.store.close().await;
    let sent = events.until("The journal cannot be read").await;
    assert!(sent.contains("Last read"), "{sent}");
    events.until("\"readable\":false").await;
    let response = page.get("/").await;
    assert_eq!(response.status, 200);
    assert!(response.body.contains("The journal cannot be read"), "{}", response.body);
    assert!(response.body.contains("3 of 6 need you"), "{}", response.body);
    assert_eq!((page.get("/readyz").await.status, page.get("/healthz").await.status), (503, 200));
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_dropped_and_its_place_is_free() {
    let mut strict = settings();
    (strict.max_streams, strict.write_timeout) = (1, Duration::from_millis(300));
    let page = Page::serve(1, strict).await;
    let stream = page.stream_of("shipping").await;
    let path = format!("/events/migrations/{stream}");
    // Long texts fill the buffers of the connection, and small buffers are full soon.
    let long = async || {
        let mut held = Held::new();
        held.reason = Some(Redactor::default().text(&"<".repeat(2000)));
        page.sample.fact(stream, 0, held).await;
    };
    for _ in 0..200 {
        long().await;
    }
    let mut slow = page.events_in(&path, 4096).await;
    slow.until("retry:").await;
    assert_eq!(page.get("/events").await.status, 503);
    let freed = async {
        loop {
            long().await;
            let mut other = page.events("/events").await;
            if other.until("\r\n\r\n").await.contains("200 OK") {
                return;
            }
        }
    };
    timeout(LIMIT * 2, freed).await.unwrap();
}

#[tokio::test]
async fn more_connections_than_allowed_close_the_oldest() {
    let mut few = settings();
    few.max_connections = 4;
    let page = Page::serve(1, few).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(page.connect("GET / HTTP/1.1\r\n").await);
    }
    assert_eq!(page.get("/").await.status, 200);
}

#[tokio::test]
async fn it_ends_when_it_is_told_to_although_pages_are_open() {
    let mut page = Page::serve(1, settings()).await;
    let mut events = page.events("/events").await;
    events.until("event: beat").await;
    page.stop.take().unwrap().send(()).unwrap();
    timeout(LIMIT, page.task).await.unwrap().unwrap();
}
