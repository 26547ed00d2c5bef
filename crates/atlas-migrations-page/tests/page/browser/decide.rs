//! Decisions on the page.

use atlas_migrations_journal::event::Event;

use tokio::time::timeout;

use super::chromium::Chromium;
use crate::client::{LIMIT, Page};
use crate::decisions::behind_proxy;

#[tokio::test]
async fn a_reader_approves_with_two_clicks_and_sees_it_in_the_log() {
    let Some(browser) = Chromium::start().await else { return };
    for has_scripts in [true, false] {
        let page = Page::serve(6, behind_proxy()).await;
        let orders = page.stream_of("orders").await;
        let mut tab = browser.tab().await;
        if !has_scripts {
            tab.without_scripts().await;
        }
        tab.header("X-Forwarded-User", "mira").await;
        tab.go(&page.url("")).await;
        assert!(
            tab.text("document.querySelector('header').innerText")
                .await
                .contains("Signed in: mira")
        );
        tab.click(&format!("a[href='/decide/{orders}/approve']")).await;
        tab.until("!!document.querySelector('form')").await;
        let asked = tab.text("document.querySelector('main').innerText").await;
        for said in [
            "orders: approve the cutover?",
            "orders-rs0 → orders-prod",
            "Atlas has no way back",
            "mira (named by the proxy)",
        ] {
            assert!(asked.contains(said), "{said}: {asked}");
        }
        assert_eq!(page.approvals(orders).await.len(), 0, "a question changes nothing");
        tab.value("document.getElementById('comment').value='checked by hand';1").await;
        tab.click("form button").await;
        tab.until("location.pathname.startsWith('/decisions/')&&!!document.querySelector('main')")
            .await;
        let said = tab.text("document.querySelector('main').innerText").await;
        assert!(said.contains("Approved: 1 of 1."), "{said}");
        // A reload asks for the result, and does not decide again.
        tab.call("Page.reload", serde_json::json!({})).await;
        tab.until("document.readyState==='complete'").await;
        let approvals = page.approvals(orders).await;
        assert_eq!(approvals.len(), 1);
        assert!(
            approvals[0].actor.as_str().starts_with("mira (named by the proxy) at the page of ")
        );
        let Event::Approved(approved) = &approvals[0].event else { panic!("{approvals:?}") };
        assert_eq!(approved.comment.as_ref().unwrap().as_str(), "checked by hand");
        let path = format!("migrations/{orders}");
        let is_shown = async {
            let headers = "X-Forwarded-User: mira";
            while !page.get_with(&format!("/{path}"), headers).await.body.contains("named by the") {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, is_shown).await.unwrap();
        tab.go(&page.url(&path)).await;
        let log = tab.text("[...document.querySelectorAll('.log')].pop().innerText").await;
        assert!(log.contains("mira (named by the proxy)"), "{log}");
        tab.check(&page.url("")).await;
    }
}
