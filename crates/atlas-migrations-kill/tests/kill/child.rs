//! The program that is killed: this test program, started again with the environment below.

use std::{env, path::PathBuf};

use atlas_migrations_journal::StreamId;

use crate::driver::{Badness, Driver};

pub const LOCATION: &str = "KILL_CHILD_LOCATION";
pub const BASE_URL: &str = "KILL_CHILD_BASE_URL";
pub const STREAM: &str = "KILL_CHILD_STREAM";
pub const FOLDER: &str = "KILL_CHILD_FOLDER";
pub const TAKE_OVER: &str = "KILL_CHILD_TAKE_OVER";
pub const BADNESS: &str = "KILL_CHILD_BADNESS";

/// Run as a test it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(location) = env::var(LOCATION) else { return };
    let variable = |name| env::var(name).unwrap();
    let stream: StreamId = variable(STREAM).parse().unwrap();
    let driver = Driver {
        location: location.parse().unwrap(),
        base_url: variable(BASE_URL),
        stream,
        outcomes: PathBuf::from(variable(FOLDER)).join("outcomes"),
        take_over: env::var_os(TAKE_OVER).is_some(),
        badness: env::var(BADNESS).ok().and_then(|word| Badness::of(&word)),
    };
    driver.run().await;
}
