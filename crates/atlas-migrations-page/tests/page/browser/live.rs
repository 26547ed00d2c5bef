//! The page changes by itself.

use std::time::Duration;

use atlas_migrations_journal::event::{EndResult, Ended};

use super::chromium::Chromium;
use crate::client::{Page, settings};

const LIVE: &str = "document.getElementById('mode').textContent.startsWith('Live')";

#[tokio::test]
async fn a_migration_becomes_ready_and_another_fails_without_a_reload() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(6, settings()).await;
    let (customers, payments) =
        (page.stream_of("customers").await, page.stream_of("payments").await);
    let mut tab = browser.tab().await;
    tab.go(&page.url("")).await;
    tab.until(LIVE).await;
    // A reload would lose it.
    tab.value("window.stays=true").await;
    assert_eq!(tab.text("document.title").await, "3 need you · weekend-48");
    page.sample.look(customers, 0, "WORKING", true, 2).await;
    tab.until("document.querySelector('h1').innerText==='4 of 6 need you'").await;
    let row = format!("document.getElementById('m-{customers}').innerText");
    assert!(tab.text(&row).await.contains("Waiting for approval"), "{}", tab.text(&row).await);
    assert_eq!(tab.text("document.title").await, "4 need you · weekend-48");
    page.sample.look(payments, 0, "FAILED", false, 9).await;
    page.sample.fact(payments, 0, Ended::new(EndResult::Failed)).await;
    let failed = format!("document.getElementById('m-{payments}').innerText.includes('Failed')");
    tab.until(&failed).await;
    let order =
        "[...document.querySelectorAll('tr[id] .state b')].map(b=>b.innerText.slice(2)).join()";
    assert!(
        tab.text(order).await.starts_with("Failed,Failed,Waiting"),
        "{}",
        tab.text(order).await
    );
    assert_eq!(tab.value("window.stays").await, true);
    tab.check(&page.url("")).await;
}

#[tokio::test]
async fn focus_stays_on_a_row_that_changes_and_on_one_that_moves() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(6, settings()).await;
    let customers = page.stream_of("customers").await;
    let mut tab = browser.tab().await;
    tab.go(&page.url("")).await;
    tab.until(LIVE).await;
    // The first stop of the keyboard leads past the head.
    tab.press("Tab", 9).await;
    assert_eq!(tab.text("document.activeElement.getAttribute('href')").await, "#needs-you");
    let href = "document.activeElement.getAttribute('href')";
    let path = format!("/migrations/{customers}");
    for _ in 0..60 {
        if tab.text(href).await == path
            && tab.value("!!document.activeElement.closest('tr')").await == true
        {
            break;
        }
        tab.press("Tab", 9).await;
    }
    assert_eq!(tab.text(href).await, path);
    let ring = "getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(tab.text(ring).await, "solid");
    page.sample.look(customers, 0, "WORKING", false, 77).await;
    let row = format!("document.getElementById('m-{customers}').innerText");
    tab.until(&format!("{row}.includes('1 min 17 s')")).await;
    assert_eq!(tab.text(href).await, path);
    // It moves into another group.
    page.sample.look(customers, 0, "WORKING", true, 2).await;
    tab.until(&format!("{row}.includes('approval')")).await;
    assert_eq!(tab.text(href).await, path);
    assert_eq!(tab.value("!!document.activeElement.closest('tr[id]')").await, true);
    tab.check(&page.url("")).await;
}

#[tokio::test]
async fn a_page_says_when_it_is_old_and_goes_on_after_the_server_is_back() {
    let Some(browser) = Chromium::start().await else { return };
    let mut quick = settings();
    quick.heartbeat = Duration::from_millis(200);
    let mut page = Page::serve(6, quick).await;
    let mut tab = browser.tab().await;
    tab.go(&page.url("")).await;
    tab.until(LIVE).await;
    assert_eq!(tab.value("document.getElementById('stale').hidden").await, true);
    page.end().await;
    tab.until("!document.getElementById('stale').hidden").await;
    let banner = tab.text("document.getElementById('stale').innerText").await;
    assert!(banner.starts_with("Last seen less than 1 min ago, at "), "{banner}");
    assert!(banner.contains("The server does not respond. Migrations go on in Atlas."), "{banner}");
    let heading = tab.text("document.querySelector('h1').innerText").await;
    assert!(heading.starts_with("At ") && heading.ends_with(": 3 of 6 need you"), "{heading}");
    let title = tab.text("document.title").await;
    assert!(title.starts_with("Not live since ") && title.ends_with(" · weekend-48"), "{title}");
    // What happened meanwhile is there when the server is back.
    let customers = page.stream_of("customers").await;
    page.sample.look(customers, 0, "WORKING", true, 2).await;
    page.begin_again().await;
    tab.until("document.getElementById('stale').hidden").await;
    tab.until("document.querySelector('h1').innerText==='4 of 6 need you'").await;
    assert_eq!(tab.text("document.title").await, "4 need you · weekend-48");
    // The browser reports requests that failed while there was no server, and nothing else.
    let problems = tab.problems();
    assert!(problems.iter().all(|problem| problem.contains("net::ERR_")), "{problems:#?}");
}

#[tokio::test]
async fn text_that_is_being_copied_stays_until_it_is_not() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(6, settings()).await;
    let customers = page.stream_of("customers").await;
    let mut tab = browser.tab().await;
    tab.go(&page.url("")).await;
    tab.until(LIVE).await;
    tab.value("getSelection().selectAllChildren(document.querySelector('code.cmd'));1").await;
    page.sample.look(customers, 0, "WORKING", true, 2).await;
    let mut events = page.events("/events").await;
    events.until("4 of 6 need you").await;
    assert_eq!(tab.text("getSelection().toString()").await, "atlas-migrations retry shipping");
    tab.value("getSelection().removeAllRanges();1").await;
    tab.until("document.querySelector('h1').innerText==='4 of 6 need you'").await;
    tab.check(&page.url("")).await;
}

/// The bug: browsers keep six connections to a server, so that the seventh tab would wait for ever.
#[tokio::test]
async fn many_tabs_of_one_browser_show_the_page() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(6, settings()).await;
    let mut tabs = Vec::new();
    for _ in 0..9 {
        let mut tab = browser.tab().await;
        tab.go(&page.url("")).await;
        tab.until(LIVE).await;
        tabs.push(tab);
    }
    // The first one is in the background, and sees what happens when it is looked at again.
    let customers = page.stream_of("customers").await;
    page.sample.look(customers, 0, "WORKING", true, 2).await;
    tabs[0].call("Page.bringToFront", serde_json::json!({})).await;
    tabs[0].until("document.querySelector('h1').innerText==='4 of 6 need you'").await;
    tabs[0].check(&page.url("")).await;
}
