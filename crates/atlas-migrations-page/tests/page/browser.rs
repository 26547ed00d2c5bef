//! The page in a real browser.

use std::{env, process::Stdio};

use tokio::{process::Command, time::timeout};

use crate::client::{LIMIT, Page, settings};

/// Set to `1` where a missing browser is a failure.
const REQUIRED: &str = "ATLAS_REQUIRE_BROWSER";
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Returns the browser, or says loudly that there is none.
fn browser() -> Option<std::path::PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        assert!(
            env::var_os(REQUIRED).is_none_or(|value| value != "1"),
            "{REQUIRED}=1, and PATH has no Chromium"
        );
        eprintln!("SKIPPED: no Chromium on PATH ({REQUIRED}=1 makes this a failure)");
    }
    found
}

#[tokio::test]
async fn a_browser_shows_the_page_live_without_an_error() {
    let Some(browser) = browser() else { return };
    let page = Page::serve(30, settings()).await;
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--timeout=8000", "--dump-dom"])
        .args(["--enable-logging=stderr", "--window-size=390,844"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://{}/", page.address))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(LIMIT, output).await.unwrap().unwrap();
    let (dom, log) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // The console of the page; the browser has troubles of its own beside it.
    assert!(!log.contains("CONSOLE"), "{log}");
    assert!(dom.contains("need you"), "{dom}");
    // The script says so when the first events came.
    assert!(dom.contains("Live · read"), "{dom}");
}
