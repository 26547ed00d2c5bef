//! `serve`: a web page over the journal.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::atlas::{GROUP, http, id};
use crate::journal::TestJournal;
use crate::process::{code, text};

/// No request goes to Atlas.
const NOWHERE: &str = "http://127.0.0.1:1";

async fn with_orders() -> TestJournal {
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", &id(0)).await;
    journal
}

fn start(journal: &TestJournal, arguments: &[&str]) -> (Child, String) {
    let mut command = journal.command_at(NOWHERE, arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim_end().to_owned())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn serve_prints_its_address_and_stays_until_a_signal_ends_it() {
    let journal = with_orders().await;
    for signal in ["INT", "TERM"] {
        let (mut child, line) = start(&journal, &["serve", "-o", "json"]);
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["event"], "ready");
        let url = ready["url"].as_str().unwrap();
        let address = url.strip_prefix("http://127.0.0.1:").unwrap().trim_end_matches('/');
        let address = format!("127.0.0.1:{address}");
        let page = http(&address, "GET /", "");
        assert!(page.contains("orders") && page.contains("It goes on by itself"), "{page}");
        crate::process::signal(&child, signal);
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
        let mut errors = String::new();
        child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!(errors, "", "{signal}");
    }
    let (mut child, line) = start(&journal, &["serve"]);
    assert!(line.starts_with("http://127.0.0.1:"), "{line}");
    crate::process::signal(&child, "TERM");
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_refuses_what_others_could_read_or_what_is_not_there() {
    let journal = with_orders().await;
    let token_env = ["serve", "--listen", "0.0.0.0:0", "--token-env", "PAGE_TOKEN"];
    for (arguments, said) in [
        (&["serve", "--listen", "0.0.0.0:0"][..], "needs a token"),
        (&token_env[..], "PAGE_TOKEN"),
        (&["serve", "--plan", "weekend"][..], "weekend"),
        (&["serve", "--token-file", "/dev/null"][..], "/dev/null"),
        (&["serve", "--token-file", "a", "--token-env", "B"][..], "cannot be used with"),
    ] {
        let output = journal.command_at(NOWHERE, arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "");
    }
    let mut short = journal.command_at(NOWHERE, &token_env);
    let output = short.env("PAGE_TOKEN", "short-secret").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(!text(&output.stderr).contains("short-secret"), "{}", text(&output.stderr));
    let none = TestJournal::new().command_at(NOWHERE, &["serve"]).output().unwrap();
    assert_eq!(code(&none), 2);
}
