//! What people need who cannot see, or use the keyboard: checked by axe-core.

use std::{env, time::Duration};

use serde_json::{Value, json};

use super::{
    chromium::{Chromium, REQUIRED, is_required},
    tab::Tab,
};
use crate::client::{Page, settings};
use crate::decisions::behind_proxy;

/// The file `axe.min.js` of the npm package `axe-core`.
const AXE: &str = "ATLAS_AXE";

/// Returns axe-core, or says loudly that it is not there.
fn axe() -> Option<String> {
    let Some(file) = env::var_os(AXE) else {
        assert!(!is_required(), "{REQUIRED}=1, and {AXE} names no axe.min.js");
        eprintln!("SKIPPED: {AXE} names no axe.min.js ({REQUIRED}=1 makes this a failure)");
        return None;
    };
    Some(std::fs::read_to_string(file).unwrap())
}

/// Returns what axe-core finds wrong: the rule, and the elements.
async fn violations(tab: &mut Tab, axe: &str) -> Value {
    tab.value(&format!("{axe};1")).await;
    tab.value(
        "axe.run(document,{resultTypes:['violations']}).then(r=>r.violations.map(v=>\
         v.id+': '+v.help+': '+v.nodes.map(n=>n.html.slice(0,160)+' '+n.any.map(a=>a.message)).join(' | ')))",
    )
    .await
}

#[tokio::test]
async fn axe_finds_nothing_wrong_on_any_page() {
    let (Some(browser), Some(axe)) = (Chromium::start().await, axe()) else { return };
    let mut tab = browser.tab().await;
    for count in [0, 6, 30] {
        let page = Page::serve(count, settings()).await;
        let mut paths = vec![String::new()];
        if count > 0 {
            paths.push(format!("migrations/{}", page.stream_of("shipping").await));
            paths.push(format!("plans/{}", page.stream_of("weekend-48").await));
        }
        for path in paths {
            for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 390)] {
                tab.media("prefers-color-scheme", scheme).await;
                tab.size(width, 800).await;
                tab.go(&page.url(&path)).await;
                let found = violations(&mut tab, &axe).await;
                assert_eq!(found, json!([]), "{count} migrations, {scheme}, {width} px, /{path}");
            }
        }
    }
}

/// The bug: colors of states that pass are never looked at.
#[tokio::test]
async fn axe_finds_nothing_wrong_on_changed_cells_and_when_the_page_is_old() {
    let (Some(browser), Some(axe)) = (Chromium::start().await, axe()) else { return };
    let mut quick = behind_proxy();
    quick.heartbeat = Duration::from_millis(200);
    let mut page = Page::serve(30, quick).await;
    let mut tab = browser.tab().await;
    tab.header("X-Forwarded-User", "mira").await;
    for (scheme, tint) in [("light", "rgb(220, 235, 250)"), ("dark", "rgb(23, 50, 74)")] {
        tab.media("prefers-color-scheme", scheme).await;
        for width in [1280, 390] {
            tab.size(width, 800).await;
            tab.go(&page.url("")).await;
            tab.value(
                "for(const c of document.querySelectorAll('table[role] td')){\
                 c.style.animationPlayState='paused';c.dataset.changed=''}1",
            )
            .await;
            let shown = "getComputedStyle(document.querySelector('tr.broken td')).backgroundColor";
            assert_eq!(tab.text(shown).await, tint);
            assert_eq!(violations(&mut tab, &axe).await, json!([]), "changed, {scheme}, {width}");
        }
    }
    for path in ["", "migrations/"] {
        let stream = page.stream_of("orders").await;
        let path = if path.is_empty() { String::new() } else { format!("{path}{stream}") };
        tab.go(&page.url(&path)).await;
        page.end().await;
        tab.until("!document.getElementById('stale').hidden").await;
        assert_eq!(tab.value("!!document.querySelector('.act[aria-disabled]')").await, true);
        for scheme in ["light", "dark"] {
            tab.media("prefers-color-scheme", scheme).await;
            for width in [1280, 390] {
                tab.size(width, 800).await;
                let found = violations(&mut tab, &axe).await;
                assert_eq!(found, json!([]), "old, {scheme}, {width} px, /{path}");
            }
        }
        page.begin_again().await;
    }
}

#[tokio::test]
async fn axe_finds_nothing_wrong_where_readers_decide() {
    let (Some(browser), Some(axe)) = (Chromium::start().await, axe()) else { return };
    let page = Page::serve(6, behind_proxy()).await;
    let orders = page.stream_of("orders").await;
    let mut tab = browser.tab().await;
    tab.header("X-Forwarded-User", "mira").await;
    for scheme in ["light", "dark"] {
        tab.media("prefers-color-scheme", scheme).await;
        for path in [
            String::new(),
            format!("migrations/{orders}"),
            format!("decide/{orders}/approve"),
            format!("decide/{orders}/hold"),
        ] {
            tab.go(&page.url(&path)).await;
            assert_eq!(violations(&mut tab, &axe).await, json!([]), "{scheme}, /{path}");
        }
    }
    tab.click("form button").await;
    tab.until("location.pathname.startsWith('/decisions/')").await;
    assert_eq!(violations(&mut tab, &axe).await, json!([]));
}
