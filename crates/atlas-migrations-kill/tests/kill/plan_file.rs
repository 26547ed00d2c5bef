//! The plan that is run: two migrations, one approval each, a hook before the cutover and one for the news.

use std::fmt::Write as _;

use crate::driver::{GROUP, PASSWORD};

/// The environment variable with the password of the source.
pub const PASSWORD_VARIABLE: &str = "KILL_CHILD_PASSWORD";
pub const NAMES: [&str; 2] = ["orders", "users"];
pub const FILE: &str = "weekend.yaml";

/// Returns the plan file.
pub fn text() -> String {
    let mut text = format!(
        "version: 1
name: weekend
project: {GROUP}
approvers: 1
defaults:
  source: {{project: 5f0a1b2c3d4e5f6071829304, tls: true}}
  destination: {{network: public}}
  migration_host: vm001.example.com
hooks:
  - {{name: stop-writes, on: [before_cutover], exec: [sh, -c, 'cat >> asked.jsonl; echo >> asked.jsonl']}}
  - {{name: note, on: [created, complete, unclear], exec: [sh, -c, 'cat >> told.jsonl; echo >> told.jsonl']}}
migrations:
"
    );
    for name in NAMES {
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "  - name: {name}
    source:
      cluster: {name}-rs0
      authentication: {{username: migrator, password: {{env: {PASSWORD_VARIABLE}}}}}
    destination: {{cluster: {name}}}
"
        );
    }
    text
}

/// Returns the environment that the plan needs.
pub fn environment() -> (&'static str, &'static str) {
    (PASSWORD_VARIABLE, PASSWORD)
}
