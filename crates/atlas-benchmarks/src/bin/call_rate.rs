//! Compares calls through the facade with handwritten calls: plain `reqwest` without timeouts, retries or limits, and a
//! struct for `serde`.
//!
//! ```sh
//! cargo run --release -p atlas-benchmarks --bin call_rate
//! ```
//!
//! | Variable | Meaning | Default |
//! |---|---|---|
//! | `ATLAS_BASE_URL` | base URL of the service | a simulator in this process |
//! | `ATLAS_ACCESS_TOKEN` | bearer token | the token of the simulator |
//! | `GROUP_ID`, `LIVE_MIGRATION_ID` | project and migration | the example of the documentation |
//! | `BENCH_N` | calls of each client in each mode | 5000 |
//! | `BENCH_C` | concurrent calls in the concurrent mode | 32 |
//!
//! The clients alternate in rounds, so that other load on the machine affects both. Prints one line of JSON for each
//! client and mode.

#![allow(clippy::print_stdout, reason = "a program that people run")]

#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../callers.rs"]
mod callers;
#[path = "../rounds.rs"]
mod rounds;
#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../servers.rs"]
mod servers;

use std::error::Error;

use atlas_migrations::Credentials;
use atlas_simulator::Scenario;

use self::callers::{Caller, Service};
use self::servers::Server;

fn main() -> Result<(), Box<dyn Error>> {
    let calls = number("BENCH_N", 5000)?;
    let at_once = number("BENCH_C", 32)?;
    let (_server, service) = service()?;
    let runtime = servers::current_thread()?;
    let token = Credentials::bearer_token(&*service.token);
    let callers = [Caller::plain(&service, false)?, Caller::facade(&service, token)?];
    for (mode, at_once) in [("sequential", 1), ("concurrent", at_once)] {
        let tallies = runtime.block_on(rounds::interleave_calls(&callers, calls, at_once));
        for (caller, tally) in callers.iter().zip(&tallies) {
            let (name, rps, errors) = (caller.name(), tally.rate(), tally.errors);
            let at = |percent| tally.latency(percent).as_secs_f64() * 1000.0;
            let (p50, p99) = (at(50), at(99));
            println!(
                r#"{{"client":"{name}","mode":"{mode}","rps":{rps:.1},"p50_ms":{p50:.4},"p99_ms":{p99:.4},"errors":{errors}}}"#
            );
        }
    }
    Ok(())
}

/// Returns the service of the environment, or a simulator on its own thread.
fn service() -> Result<(Option<Server>, Service), Box<dyn Error>> {
    let (server, base_url) = match variable("ATLAS_BASE_URL") {
        Some(url) => (None, url.trim_end_matches('/').to_owned()),
        None => {
            let (server, _) = servers::simulator(Scenario::default())?;
            let url = server.base_url.clone();
            (Some(server), url)
        }
    };
    let mut service = servers::example_service(base_url)?;
    if let Some(token) = variable("ATLAS_ACCESS_TOKEN") {
        service.token = token;
    }
    if let Some(group) = variable("GROUP_ID") {
        service.group = group.parse()?;
    }
    if let Some(migration) = variable("LIVE_MIGRATION_ID") {
        service.migration = migration.parse()?;
    }
    Ok((server, service))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn number(name: &str, default: usize) -> Result<usize, Box<dyn Error>> {
    let Some(text) = variable(name) else {
        return Ok(default);
    };
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("{name} must be a number above 0, not {text:?}").into())
}
