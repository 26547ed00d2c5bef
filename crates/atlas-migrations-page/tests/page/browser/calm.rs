//! A page that changes stays calm: rows move seldom, and what a reader does is not disturbed.

use atlas_migrations_journal::event::{EndResult, Ended, PollsBack};

use super::{chromium::Chromium, tab::Tab};
use crate::client::{Page, settings};

const LIVE: &str = "document.getElementById('mode').textContent.startsWith('Live')";
/// The names in the order of the rows.
const ORDER: &str = "[...document.querySelectorAll('tr[id^=m-] th a')].map(a=>a.innerText).join()";

/// Opens a page on which time passes only when a test says so.
async fn at_rest(tab: &mut Tab, page: &Page) {
    tab.go(&page.url("")).await;
    tab.until(LIVE).await;
    tab.value("window.time=Date.now();Date.now=()=>window.time;1").await;
}

async fn pass(tab: &mut Tab, seconds: u32) {
    tab.value(&format!("window.time+={seconds}e3")).await;
}

#[tokio::test]
async fn rows_move_every_five_seconds_at_most_their_values_and_broken_ones_at_once() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(6, settings()).await;
    let [customers, payments, inventory] =
        [page.stream_of("customers"), page.stream_of("payments"), page.stream_of("inventory")];
    let (customers, payments, inventory) = (customers.await, payments.await, inventory.await);
    let mut tab = browser.tab().await;
    at_rest(&mut tab, &page).await;
    let row = |id| format!("document.getElementById('m-{id}').innerText");
    let first = tab.text(ORDER).await;
    assert_eq!(first, "shipping,orders,payments,inventory,customers,invoices");
    page.sample.look(customers, 0, "WORKING", true, 2).await;
    tab.until(&format!("{ORDER}!=={first:?}")).await;
    let after = tab.text(ORDER).await;
    assert!(after.ends_with(",inventory,invoices"), "{after}");
    // The second one would move too, and only says what is new.
    page.sample.look(payments, 0, "WORKING", false, 777).await;
    page.sample.fact(payments, 0, PollsBack::new(page.sample.now_ms, 9)).await;
    tab.until(&format!(
        "{}.includes('12 min')&&{}.includes('Replicating')",
        row(payments),
        row(payments)
    ))
    .await;
    tab.until("document.querySelector('h1').innerText==='3 of 6 need you'").await;
    pass(&mut tab, 4).await;
    page.sample.look(payments, 0, "WORKING", false, 888).await;
    tab.until(&format!("{}.includes('14 min')", row(payments))).await;
    assert_eq!(tab.text(ORDER).await, after);
    // What is broken does not wait.
    page.sample.look(inventory, 0, "FAILED", false, 9).await;
    page.sample.fact(inventory, 0, Ended::new(EndResult::Failed)).await;
    tab.until(&format!(
        "{ORDER}.startsWith('shipping,inventory')||{ORDER}.startsWith('inventory,shipping')"
    ))
    .await;
    // The one that waited went with it.
    assert!(tab.text(ORDER).await.ends_with(",payments,invoices"), "{}", tab.text(ORDER).await);
    tab.check(&page.url("")).await;
}

#[tokio::test]
async fn a_row_that_waits_moves_when_its_time_is_over() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(6, settings()).await;
    let (customers, payments) =
        (page.stream_of("customers").await, page.stream_of("payments").await);
    let mut tab = browser.tab().await;
    at_rest(&mut tab, &page).await;
    let first = tab.text(ORDER).await;
    page.sample.look(customers, 0, "WORKING", true, 2).await;
    tab.until(&format!("{ORDER}!=={first:?}")).await;
    page.sample.look(payments, 0, "WORKING", false, 777).await;
    page.sample.fact(payments, 0, PollsBack::new(page.sample.now_ms, 9)).await;
    let row = format!("document.getElementById('m-{payments}').innerText");
    tab.until(&format!("{row}.includes('12 min')")).await;
    let waits = tab.text(ORDER).await;
    assert!(!waits.ends_with(",payments,invoices"), "{waits}");
    pass(&mut tab, 5).await;
    tab.until(&format!("{ORDER}.endsWith(',payments,invoices')")).await;
    // Under a pointer that moves, nothing does.
    pass(&mut tab, 60).await;
    let before = tab.text(ORDER).await;
    tab.hover("tr[id^=m-]").await;
    page.sample.look(payments, 0, "FAILED", false, 9).await;
    page.sample.fact(payments, 0, Ended::new(EndResult::Failed)).await;
    tab.until(&format!("{row}.includes('Failed')")).await;
    assert_eq!(tab.text(ORDER).await, before);
    pass(&mut tab, 2).await;
    tab.until(&format!("{ORDER}!=={before:?}")).await;
    tab.check(&page.url("")).await;
}

#[tokio::test]
async fn a_changed_cell_is_tinted_for_a_while_unless_the_reader_wants_no_motion() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(6, settings()).await;
    let customers = page.stream_of("customers").await;
    let mut tab = browser.tab().await;
    let cell = format!("document.querySelector('#m-{customers} td.num')");
    for (motion, lag, is_tinted) in [("no-preference", 77, true), ("reduce", 78, false)] {
        tab.media("prefers-reduced-motion", motion).await;
        tab.go(&page.url("")).await;
        tab.until(LIVE).await;
        tab.value("window.tints=[];new MutationObserver(all=>{for(const m of all)if(m.target.hasAttribute('data-changed'))\
            tints.push(m.target.className+' '+getComputedStyle(m.target).backgroundColor)})\
            .observe(document.getElementById('live'),{attributes:true,attributeFilter:['data-changed'],subtree:true});1")
            .await;
        page.sample.look(customers, 0, "WORKING", false, lag).await;
        tab.until(&format!("{cell}.innerText.includes('1 min {} s')", lag - 60)).await;
        tab.until("tints.some(t=>t.startsWith('num'))").await;
        let tints = tab.text("tints.join('\\n')").await;
        assert_eq!(tints.contains("num rgb(220, 235, 250)"), is_tinted, "{motion}: {tints}");
        // Its neighbors did not change.
        assert!(!tints.contains("state "), "{tints}");
        tab.until("!document.querySelector('[data-changed]')").await;
    }
    tab.check(&page.url("")).await;
}

#[tokio::test]
async fn an_update_keeps_what_is_open_where_the_reader_is_and_the_focus() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(300, settings()).await;
    let (customers, gateway) = (page.stream_of("customers").await, page.stream_of("gateway").await);
    let mut tab = browser.tab().await;
    tab.go(&page.url("")).await;
    tab.until(LIVE).await;
    tab.value("document.querySelector('details.plan').open=false;1").await;
    tab.click("#live td details summary").await;
    tab.until("document.querySelector('#live td details').open").await;
    tab.value("document.querySelector('#live td details summary').focus();scrollTo(0,900);1").await;
    let place = "(()=>{const r=[...document.querySelectorAll('tr[id]')].find(r=>r.getBoundingClientRect().top>0);\
        window.chosen=window.chosen||r;return Math.round(window.chosen.getBoundingClientRect().top)})()";
    let before = tab.value(place).await;
    let height = tab.value("document.body.scrollHeight").await;
    // Rows above it come and go.
    page.sample.look(customers, 0, "UNKNOWN", true, 2).await;
    page.sample.look(gateway, 0, "FAILED", false, 2).await;
    page.sample.fact(gateway, 0, Ended::new(EndResult::Failed)).await;
    tab.until("document.querySelector('h1').innerText!=='90 of 300 need you'").await;
    tab.until(
        "document.querySelector('tr[id^=needs-you-failed] .names').innerText.includes('gateway')",
    )
    .await;
    println!("{height} to {}", tab.value("document.body.scrollHeight").await);
    assert_eq!(tab.value(place).await, before);
    assert_eq!(tab.value("document.querySelector('#live td details').open").await, true);
    assert_eq!(tab.value("document.querySelector('details.plan').open").await, false);
    assert_eq!(tab.text("document.activeElement.nodeName").await, "SUMMARY");
    tab.check(&page.url("")).await;
}
