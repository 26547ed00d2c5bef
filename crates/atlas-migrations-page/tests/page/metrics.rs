//! What Prometheus scrapes from the page.

use std::collections::BTreeSet;

use atlas_migrations_journal::event::{HookEnded, HookResult, HookStarted};
use atlas_migrations_metrics::{Exporter, families};
use atlas_migrations_page::{Access, Token};

use crate::client::{Page, settings};
use crate::promtool::promtool;

/// The bug: the table of metrics, the alerts and the dashboard promise a metric that is not there.
#[tokio::test]
async fn the_page_exports_the_metrics_that_are_documented() {
    let page = Page::serve(30, settings()).await;
    let stream = page.stream_of("customers").await;
    page.sample.fact(stream, 5, HookStarted::new("pager".to_owned(), 3, 1)).await;
    let failed = HookEnded::new("pager".to_owned(), 3, 1, HookResult::Failed);
    page.sample.fact(stream, 5, failed).await;
    let body = loop {
        let response = page.get("/metrics").await;
        assert_eq!(response.status, 200);
        let text = "content-type: text/plain; version=0.0.4; charset=utf-8";
        assert!(response.head.contains(text), "{}", response.head);
        if response.body.contains("hook=\"pager\",result=\"failed\"} 1\n") {
            break response.body;
        }
        tokio::task::yield_now().await;
    };
    let types = body.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let found: BTreeSet<_> = types.map(|line| line.split(' ').next().unwrap()).collect();
    let of_page = families::ALL.iter().filter(|family| family.exporters.contains(&Exporter::Serve));
    assert_eq!(found, of_page.map(|family| family.name).collect());
    promtool(&["check", "metrics"], &body);

    let current = |state: &str| {
        let state = format!("state=\"{state}\"}} 1");
        body.lines().filter(|line| line.ends_with(&state)).count()
    };
    let counts = ["failed", "unclear", "not_seen", "waiting_for_approval"].map(current);
    assert_eq!(counts, [3, 1, 1, 3], "{body}");
    for series in [
        "atlas_migrations_plan_verdict{plan=\"weekend-48\",verdict=\"no_go\"} 1",
        "atlas_migrations_plan_verdict{plan=\"weekend-48\",verdict=\"go\"} 0",
        "atlas_migrations_journal_up 1",
        "atlas_migrations_hook_deliveries_total{plan=\"weekend-48\",hook=\"pager\",result=\"failed\"} 1",
        "atlas_migrations_hook_deliveries_pending{plan=\"weekend-48\",hook=\"pager\"} 1",
        "atlas_migrations_journal_events_total{type=\"plan_started\"} 1",
    ] {
        assert!(body.contains(&format!("\n{series}\n")), "{series}: {body}");
    }
    let needs = "atlas_live_migration_needs_person{plan=\"weekend-48\",name=\"shipping\",\
                 project_id=\"5f0a1b2c3d4e5f6071829304\",live_migration_id=\"00000000000000006f000000\"} 1";
    let needs = needs.split(",live_migration_id").next().unwrap();
    assert!(body.contains(needs), "{body}");
}

/// The bug: a counter goes back when a stream is archived, and Prometheus takes that for a restart and many new events.
#[tokio::test]
async fn counters_do_not_go_back_when_a_stream_is_archived() {
    let page = Page::serve(9, settings()).await;
    let stream = page.stream_of("shipping").await;
    let ended = |body: &str| {
        let series = "atlas_migrations_journal_events_total{type=\"ended\"} ";
        let line = body.lines().find_map(|line| line.strip_prefix(series)).unwrap();
        line.parse::<u64>().unwrap()
    };
    let before = ended(&page.get("/metrics").await.body);
    assert!(before >= 3, "{before}");
    page.sample.store.archive(stream).await.unwrap();
    loop {
        let body = page.get("/metrics").await.body;
        assert_eq!(ended(&body), before);
        if !body.contains("name=\"shipping\"") {
            break;
        }
        tokio::task::yield_now().await;
    }
}

/// The bug: a page whose journal is away looks healthy to the pager.
#[tokio::test]
async fn a_journal_that_is_away_is_0_and_the_last_state_stays() {
    let page = Page::serve(1, settings()).await;
    assert!(page.get("/metrics").await.body.contains("\natlas_migrations_journal_up 1\n"));
    page.sample.store.close().await;
    loop {
        let body = page.get("/metrics").await.body;
        assert!(body.contains("name=\"shipping\""), "{body}");
        if body.contains("\natlas_migrations_journal_up 0\n") {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_scrape_needs_the_token_too() {
    let token = "0123456789abcdef-token";
    let mut locked = settings();
    locked.access = Access::Tokens(vec![Token::new(token).unwrap()]);
    let page = Page::serve(1, locked).await;
    let refused = page.get("/metrics").await;
    assert_eq!(refused.status, 401);
    assert!(!refused.body.contains("shipping"));
    let bearer = format!("Authorization: Bearer {token}");
    let response = page.get_with("/metrics", &bearer).await;
    assert!(response.status == 200 && response.body.contains("shipping"), "{}", response.body);
}
