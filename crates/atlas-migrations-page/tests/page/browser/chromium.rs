//! [`Chromium`]: a browser for one test.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::tab::Tab;
use crate::client::LIMIT;

/// Set to `1` where a missing browser is a failure.
pub const REQUIRED: &str = "ATLAS_REQUIRE_BROWSER";
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser. It ends with the test.
pub struct Chromium {
    _child: Child,
    _profile: TempDir,
    endpoint: String,
}

impl Chromium {
    /// Starts the browser, or says loudly that there is none.
    pub async fn start() -> Option<Self> {
        let program = find()?;
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new(program)
            // Tests run as root in containers, where the sandbox of the browser does not start.
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-extensions"])
            .args(["--disable-component-update", "--disable-sync", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let endpoint = timeout(LIMIT, endpoint(profile.path())).await.unwrap();
        Some(Self { _child: child, _profile: profile, endpoint })
    }

    /// Opens a tab that is 1280 × 800 pixels large.
    pub async fn tab(&self) -> Tab {
        Tab::open(&self.endpoint).await
    }
}

/// Returns the browser, or says loudly that there is none.
fn find() -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        assert!(!is_required(), "{REQUIRED}=1, and PATH has no Chromium");
        eprintln!("SKIPPED: no Chromium on PATH ({REQUIRED}=1 makes this a failure)");
    }
    found
}

/// Returns whether a test that cannot run is a failure.
pub fn is_required() -> bool {
    env::var_os(REQUIRED).is_some_and(|value| value == "1")
}

/// Waits until the browser has written where it listens.
async fn endpoint(profile: &Path) -> String {
    let file = profile.join("DevToolsActivePort");
    loop {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if let Some((port, path)) = text.trim_end().split_once('\n') {
            return format!("ws://127.0.0.1:{port}{path}");
        }
        sleep(Duration::from_millis(20)).await;
    }
}
