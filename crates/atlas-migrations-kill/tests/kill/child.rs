//! The program that is killed: this test program, started again with the environment below.

use std::{env, path::PathBuf};

use atlas_migrations_journal::Location;

use crate::{
    driver::{Badness, Driver},
    plan_run::PlanRun,
};

pub const LOCATION: &str = "KILL_CHILD_LOCATION";
pub const BASE_URL: &str = "KILL_CHILD_BASE_URL";
/// The migration of a program that takes one to its end. Without it the program runs the plan.
pub const STREAM: &str = "KILL_CHILD_STREAM";
pub const FOLDER: &str = "KILL_CHILD_FOLDER";
pub const TAKE_OVER: &str = "KILL_CHILD_TAKE_OVER";
pub const BADNESS: &str = "KILL_CHILD_BADNESS";

/// Run as a test it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(location) = env::var(LOCATION) else { return };
    let location: Location = location.parse().unwrap();
    let folder = PathBuf::from(env::var(FOLDER).unwrap());
    let base_url = env::var(BASE_URL).unwrap();
    let take_over = env::var_os(TAKE_OVER).is_some();
    let Ok(stream) = env::var(STREAM) else {
        return PlanRun { location, base_url, folder, take_over }.run().await;
    };
    let driver = Driver {
        location,
        base_url,
        stream: stream.parse().unwrap(),
        outcomes: folder.join("outcomes"),
        take_over,
        badness: env::var(BADNESS).ok().and_then(|word| Badness::of(&word)),
    };
    driver.run().await;
}
