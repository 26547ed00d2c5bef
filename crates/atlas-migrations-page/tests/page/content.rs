//! What the page shows.

use atlas_migrations_journal::{
    Redactor,
    event::{EndResult, Ended, Held, Retry},
};
use serde_json::Value;

use crate::{
    client::{Page, settings},
    sample::GROUP,
};

#[tokio::test]
async fn the_first_line_says_how_many_need_a_person_and_the_page_is_small() {
    for (count, heading, limit) in [
        (0, "No migrations", 22_000),
        (1, "1 migration needs you", 22_000),
        (6, "3 of 6 need you", 30_000),
        (30, "9 of 30 need you", 100_000),
        (300, "90 of 300 need you", 60_000),
    ] {
        let page = Page::serve(count, settings()).await;
        let response = page.get("/").await;
        assert_eq!(response.status, 200);
        assert!(
            response.body.contains(&format!("<h1>{heading}</h1>")),
            "{count}: {}",
            response.body
        );
        assert!(response.body.len() < limit, "{count}: {} bytes", response.body.len());
        println!("{count} migrations: {} bytes", response.body.len());
        for outside in ["http://", "https://", " src=", "@import", "url("] {
            assert!(!response.body.contains(outside), "{count}: {outside}");
        }
    }
}

#[tokio::test]
async fn each_migration_has_its_page_and_so_has_its_plan() {
    let page = Page::serve(6, settings()).await;
    let list = page.get("/").await.body;
    for name in ["shipping", "orders", "payments", "customers", "inventory", "invoices"] {
        let path = format!("/migrations/{}", page.stream_of(name).await);
        assert!(list.contains(&path), "{name}");
        let response = page.get(&path).await;
        assert_eq!(response.status, 200, "{name}");
        assert!(response.body.contains("Log, newest first"), "{name}");
        assert!(response.body.contains(&format!("<title>Lag of {name}")), "{name}");
    }
    let plan = page.get(&format!("/plans/{}", page.stream_of("weekend-48").await)).await;
    assert!(plan.body.contains("NO GO: nothing more is cut over"), "{}", plan.body);
    assert!(plan.body.contains("plan started from weekend-48.yaml"), "{}", plan.body);
    let orders = page.stream_of("orders").await;
    let led = page.get("/m/orders").await;
    assert_eq!((led.status, led.header("location")), (307, Some(format!("/migrations/{orders}"))));
    assert_eq!(page.get("/m/unknown").await.status, 404);
    assert_eq!(page.get("/migrations/unknown").await.status, 404);
    assert_eq!(page.get("/plans/unknown").await.status, 404);
}

#[tokio::test]
async fn only_one_plan_is_shown_if_one_is_named() {
    let mut only = settings();
    only.plan = Some("other".to_owned());
    let page = Page::serve(6, only).await;
    page.sample.plan("other", &["alone".to_owned()], &serde_json::json!({})).await;
    let plan = page.stream_of("other").await;
    page.sample.migration("other", "alone", Some(plan), 5).await;
    let mut events = page.events("/events").await;
    events.until("alone").await;
    let list = page.get("/").await.body;
    assert!(list.contains("None of 1") || list.contains("It goes on by itself"), "{list}");
    assert!(!list.contains("shipping"), "{list}");
}

/// The bug: the page beside a watch of two migrations shows the journal's hundred.
#[tokio::test]
async fn only_some_migrations_are_shown_if_they_are_named_also_after_they_are_started_again() {
    let mut only = settings();
    // The first is `payments`, the second is in no journal.
    let id = |number: u64| (GROUP.to_owned(), format!("{:024x}", 0x6f00_0000_0000 + number));
    only.migrations = Some([id(2), id(900)].into());
    let page = Page::serve(6, only).await;
    let payments = page.stream_of("payments").await;
    let list = page.get("/").await.body;
    assert!(list.contains("<h1>1 migration needs you</h1>"), "{list}");
    assert!(list.contains("<title>1 needs you · migrations</title>"), "{list}");
    // The verdict on its plan is about all, and leads to what is shown only.
    assert!(list.contains("NO GO") && list.contains("shipping"), "{list}");
    assert_eq!(list.matches("href=\"/migrations/").count(), 3, "{list}");
    let shipping = format!("/migrations/{}", page.stream_of("shipping").await);
    assert_eq!(page.get(&shipping).await.status, 404);
    let status: Value = serde_json::from_str(&page.get("/status.json").await.body).unwrap();
    assert_eq!(status["migrations"].as_array().unwrap().len(), 1);
    let metrics = page.get("/metrics").await.body;
    assert!(metrics.contains("plan=\"weekend-48\",name=\"payments\""), "{metrics}");
    assert!(!metrics.contains("name=\"shipping\""), "{metrics}");
    let mut events = page.events(&format!("/events/migrations/{payments}")).await;
    page.sample.fact(payments, 0, Ended::new(EndResult::Failed)).await;
    page.sample.fact(payments, 0, Retry::new(2)).await;
    page.sample.started(payments, 0, 77).await;
    events.until("0000006f000000004d").await;
    assert!(page.get("/").await.body.contains(&payments.to_string()));
}

#[tokio::test]
async fn status_json_has_the_same_for_programs() {
    let page = Page::serve(6, settings()).await;
    let response = page.get("/status.json").await;
    assert!(response.head.contains("content-type: application/json"), "{}", response.head);
    let status: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!((&status["version"], &status["need_person"]), (&1.into(), &3.into()));
    assert_eq!(status["plans"][0]["verdict"], "no_go");
    let names: Vec<_> =
        status["migrations"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["shipping", "orders", "payments", "inventory", "customers", "invoices"]);
    let first = &status["migrations"][0];
    assert_eq!(first["state"], "failed");
    assert_eq!(first["command"], "atlas-migrations retry shipping");
}

#[tokio::test]
async fn texts_from_outside_stay_text() {
    const HOSTILE: &str =
        "\"><script>alert(1)</script><img src=x onerror=alert(1)> & ' data:\u{2028}";
    let page = Page::serve(6, settings()).await;
    let stream = page.stream_of("customers").await;
    let mut events = page.events("/events").await;
    let mut held = Held::new();
    held.reason = Some(Redactor::default().text(HOSTILE));
    page.sample.fact(stream, 0, held).await;
    page.sample.look(stream, 0, HOSTILE, false, 1).await;
    let sent = events.until("alert(1)").await;
    let paths = ["/".to_owned(), format!("/migrations/{stream}")];
    let mut texts = vec![sent];
    for path in paths {
        texts.push(page.get(&path).await.body);
    }
    for text in texts {
        assert!(!text.contains("<script>alert") && !text.contains("<img"), "{text}");
        assert!(text.contains("&lt;script&gt;alert(1)"), "{text}");
    }
}

#[tokio::test]
async fn a_plan_that_is_over_says_what_is_left_to_do() {
    let page = Page::serve(0, settings()).await;
    let plan = page.sample.plan("weekend", &["orders".to_owned()], &serde_json::json!({})).await;
    let stream = page.sample.migration("weekend", "orders", Some(plan), 900).await;
    page.sample.started(stream, 800, 1).await;
    let mut events = page.events("/events").await;
    events.until("Replicating").await;
    assert!(!page.get("/").await.body.contains("What is left to do"));
    page.sample.look(stream, 5, "COMPLETE", false, 0).await;
    page.sample.fact(stream, 4, Ended::new(EndResult::Complete)).await;
    let sent = events.until("What is left to do").await;
    assert!(sent.contains("The migration is complete"), "{sent}");
}

#[tokio::test]
async fn a_migration_that_replicates_has_a_curve_and_a_time_at_which_it_is_ready() {
    let page = Page::serve(6, settings()).await;
    let stream = page.stream_of("customers").await;
    let body = page.get("/").await.body;
    let row = body.split(&format!("id=\"m-{stream}\"")).nth(1).unwrap();
    let row = row.split("</tr>").next().unwrap();
    for part in ["of lag an hour.", "<polyline", "<b>~<time"] {
        assert!(row.contains(part), "{part}: {row}");
    }
}

#[tokio::test]
async fn the_steps_of_a_migration_say_what_is_done_and_what_is_next() {
    let page = Page::serve(6, settings()).await;
    for (name, current, done) in [
        ("customers", "Caught up", 3),
        ("orders", "Approved, 0 of 1", 4),
        ("inventory", "Cutover sent", 5),
        ("shipping", "Caught up", 3),
    ] {
        let stream = page.stream_of(name).await;
        let body = page.get(&format!("/migrations/{stream}")).await.body;
        let steps = body.split("class=\"steps\"").nth(1).unwrap().split("</ol>").next().unwrap();
        let now = steps.split("aria-current=\"step\"").nth(1).unwrap();
        let now = now.split("</li>").next().unwrap();
        assert!(now.ends_with(&format!("now: </span>{current}")), "{name}: {now}");
        assert_eq!(steps.matches("done: ").count(), done, "{name}: {steps}");
    }
    let stream = page.stream_of("invoices").await;
    let body = page.get(&format!("/migrations/{stream}")).await.body;
    assert!(!body.contains("aria-current=\"step\""), "{body}");
}
