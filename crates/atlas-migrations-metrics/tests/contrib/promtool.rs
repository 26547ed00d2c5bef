//! Runs `promtool`, the checker of Prometheus.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Set to `1` where a missing `promtool` is a failure.
const REQUIRED: &str = "ATLAS_REQUIRE_PROMTOOL";

/// Runs `promtool` with a text on stdin, and checks that it finds nothing. Says loudly if there is none.
pub fn promtool<S: AsRef<OsStr>>(arguments: &[S], input: &str) {
    let mut command = Command::new("promtool");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let is_required = std::env::var_os(REQUIRED).is_some_and(|value| value == "1");
            assert!(!is_required, "{REQUIRED}=1, and promtool does not start: {error}");
            eprintln!("SKIPPED: no promtool on PATH ({REQUIRED}=1 makes this a failure)");
            return;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    // It may refuse its arguments without reading.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "promtool: {said}\n{input}");
}
