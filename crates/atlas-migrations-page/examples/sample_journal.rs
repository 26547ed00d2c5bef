//! Writes a journal with migrations in many states: `sample_journal FILE COUNT`. `atlas-migrations serve` shows it.

#![allow(clippy::unwrap_used, reason = "a mistake ends the example")]

#[path = "../tests/page/sample.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod sample;

use std::path::PathBuf;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(arguments.next().unwrap());
    let count = arguments.next().unwrap().parse().unwrap();
    let sample = sample::Sample::open(&file).await;
    sample.fill(count).await;
    sample.store.close().await;
}
