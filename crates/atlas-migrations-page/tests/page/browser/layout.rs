//! How the page is laid out, and that it works as it is.

use serde_json::json;

use super::chromium::Chromium;
use crate::client::{Page, settings};

/// Elements whose right edge is outside the window.
const TOO_WIDE: &str = "(()=>{const w=document.documentElement.clientWidth;\
    if(document.documentElement.scrollWidth<=w)return [];\
    return [...document.querySelectorAll('body *')].filter(e=>e.getBoundingClientRect().right>w+1)\
    .slice(0,5).map(e=>e.outerHTML.slice(0,120))})()";
/// Texts that are smaller than 11 pixels.
const TOO_SMALL: &str = "(()=>{const t=document.createTreeWalker(document.body,4),out=new Set();\
    while(t.nextNode()){const n=t.currentNode,p=n.parentElement;\
    if(n.data.trim()&&!p.closest('script,style,title')&&parseFloat(getComputedStyle(p).fontSize)<11)out.add(n.data.slice(0,60))}\
    return [...out]})()";
/// Links and buttons that are outside of texts and lower than a finger needs.
const TOO_LOW: &str = "[...document.querySelectorAll('.act,th.name a,.names a')]\
    .filter(e=>e.getBoundingClientRect().height>0&&e.getBoundingClientRect().height<24).map(e=>e.outerHTML.slice(0,120))";

#[tokio::test]
async fn no_width_scrolls_sideways_and_no_text_is_tiny() {
    let Some(browser) = Chromium::start().await else { return };
    let mut tab = browser.tab().await;
    for count in [0, 1, 6, 30] {
        let page = Page::serve(count, settings()).await;
        let mut paths = vec![String::new()];
        if count > 0 {
            paths.push(format!("migrations/{}", page.stream_of("shipping").await));
            paths.push(format!("plans/{}", page.stream_of("weekend-48").await));
        }
        for path in paths {
            for (width, height) in [(1280, 800), (800, 1000), (390, 844), (320, 640)] {
                tab.size(width, height).await;
                tab.go(&page.url(&path)).await;
                let found = tab.value(TOO_WIDE).await;
                assert_eq!(found, json!([]), "{count} migrations, {width} px, /{path}");
                assert_eq!(tab.value(TOO_SMALL).await, json!([]), "{count}, {width} px, /{path}");
                if width < 700 {
                    assert_eq!(tab.value(TOO_LOW).await, json!([]), "{count}, {width}, /{path}");
                }
            }
        }
        tab.check(&page.url("")).await;
        tab.go("about:blank").await;
        tab.forget();
    }
}

#[tokio::test]
async fn five_hundred_migrations_are_shown_in_one_small_page() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(500, settings()).await;
    let mut tab = browser.tab().await;
    for (width, height) in [(1280, 800), (320, 640)] {
        tab.size(width, height).await;
        tab.go(&page.url("")).await;
        tab.until("document.getElementById('mode').textContent.startsWith('Live')").await;
        let names = "new Set([...document.querySelectorAll('table a')].map(a=>a.textContent)).size";
        assert_eq!(tab.value(names).await, 500, "{width}");
        assert_eq!(tab.value(TOO_WIDE).await, json!([]), "{width}");
        // The first row is one that needs a person.
        assert_eq!(
            tab.text("document.querySelector('tbody tr th').innerText.split(' ')[0]").await,
            "Needs"
        );
    }
    assert!(page.get("/").await.body.len() < 100_000);
    tab.check(&page.url("")).await;
}

#[tokio::test]
async fn the_page_is_dark_in_the_dark() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(6, settings()).await;
    let mut tab = browser.tab().await;
    for (scheme, background) in [("dark", "rgb(16, 20, 24)"), ("light", "rgb(255, 255, 255)")] {
        tab.media("prefers-color-scheme", scheme).await;
        tab.go(&page.url("")).await;
        let shown = tab.text("getComputedStyle(document.body).backgroundColor").await;
        assert_eq!(shown, background);
    }
    tab.check(&page.url("")).await;
}

#[tokio::test]
async fn without_scripts_the_page_shows_all_and_reloads_itself() {
    let Some(browser) = Chromium::start().await else { return };
    let page = Page::serve(6, settings()).await;
    let mut tab = browser.tab().await;
    tab.without_scripts().await;
    tab.go(&page.url("")).await;
    assert_eq!(tab.text("document.querySelector('h1').innerText").await, "3 of 6 need you");
    let refresh = "document.querySelector('noscript meta[http-equiv=refresh]').content";
    assert_eq!(tab.text(refresh).await, "15");
    assert_eq!(tab.text("document.getElementById('mode').innerText").await, "Read");
    tab.check(&page.url("")).await;
}
