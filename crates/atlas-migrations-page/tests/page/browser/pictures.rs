//! Pictures of the page, to be looked at.

use std::{env, path::PathBuf};

use super::chromium::Chromium;
use crate::client::Page;
use crate::decisions::behind_proxy;

/// The folder for the pictures.
const FOLDER: &str = "ATLAS_PICTURES";

#[tokio::test]
#[ignore = "writes pictures for people into the folder that ATLAS_PICTURES names"]
async fn pictures_of_every_size() {
    let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    let browser = Chromium::start().await.unwrap();
    let mut tab = browser.tab().await;
    for count in [0, 1, 6, 30, 300] {
        let page = Page::serve(count, behind_proxy()).await;
        let mut paths = vec![("list", String::new())];
        if count == 6 {
            let orders = page.stream_of("orders").await;
            paths.push(("one", format!("migrations/{orders}")));
            paths.push(("failed", format!("migrations/{}", page.stream_of("shipping").await)));
            paths.push(("plan", format!("plans/{}", page.stream_of("weekend-48").await)));
            paths.push(("approve", format!("decide/{orders}/approve")));
        }
        for (what, path) in paths {
            for (width, height) in [(1440, 900), (1280, 800), (390, 844), (320, 700)] {
                for (kind, name, value) in [
                    ("light", "prefers-color-scheme", "light"),
                    ("dark", "prefers-color-scheme", "dark"),
                    ("forced", "forced-colors", "active"),
                ] {
                    tab.header("X-Forwarded-User", "jon").await;
                    tab.media(name, value).await;
                    tab.size(width, height).await;
                    tab.go(&page.url(&path)).await;
                    let picture = tab.picture(width, height * 2).await;
                    let file = format!("{what}-{count}-{width}-{kind}.png");
                    std::fs::write(folder.join(file), picture).unwrap();
                }
            }
        }
    }
    let mut quick = behind_proxy();
    quick.heartbeat = std::time::Duration::from_millis(300);
    for scheme in ["light", "dark"] {
        let mut page = Page::serve(30, quick.clone()).await;
        let fraud = page.stream_of("fraud").await;
        tab.media("prefers-color-scheme", scheme).await;
        for (width, height) in [(1440, 900), (390, 844)] {
            tab.size(width, height).await;
            tab.go(&page.url("")).await;
            tab.until("document.getElementById('mode').textContent.startsWith('Live')").await;
            page.sample.look(fraud, 0, "WORKING", false, u64::from(width)).await;
            tab.until("!!document.querySelector('[data-changed]')").await;
            let picture = tab.picture(width, height * 2).await;
            std::fs::write(folder.join(format!("changed-30-{width}-{scheme}.png")), picture)
                .unwrap();
        }
        page.end().await;
        tab.until("!document.getElementById('stale').hidden").await;
        for (width, height) in [(1440, 900), (390, 844)] {
            tab.size(width, height).await;
            let picture = tab.picture(width, height).await;
            std::fs::write(folder.join(format!("stale-30-{width}-{scheme}.png")), picture).unwrap();
        }
    }
}
