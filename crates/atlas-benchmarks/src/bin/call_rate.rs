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

use std::error::Error;

use atlas_migrations::Credentials;
use atlas_simulator::{RateLimit, Scenario, Simulator};
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;

use self::callers::{Caller, Service};

/// Stops the simulator when dropped.
type Stop = oneshot::Sender<()>;

fn main() -> Result<(), Box<dyn Error>> {
    let calls = number("BENCH_N", 5000)?;
    let at_once = number("BENCH_C", 32)?;
    let (_stop, service) = service()?;
    let runtime = current_thread()?;
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

fn service() -> Result<(Option<Stop>, Service), Box<dyn Error>> {
    let scenario = unlimited();
    let known = scenario.bearer_token().ok_or("the scenario has no token")?.to_owned();
    let token = variable("ATLAS_ACCESS_TOKEN").unwrap_or(known);
    let (simulator, base_url) = match variable("ATLAS_BASE_URL") {
        Some(url) => (None, url.trim_end_matches('/').to_owned()),
        None => simulator(scenario).map(|(stop, url)| (Some(stop), url))?,
    };
    let id = |name, default: &str| variable(name).unwrap_or(default.to_owned());
    let group = id("GROUP_ID", "32b6e34b3d91647abb20e7b8").parse()?;
    let migration = id("LIVE_MIGRATION_ID", "6296fb4c7c7aa997cf94e9a8").parse()?;
    Ok((simulator, Service { base_url, token, group, migration }))
}

/// Returns the default scenario without rate limits.
fn unlimited() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.rate_limits.group = RateLimit { capacity: u32::MAX.into(), ..RateLimit::default() };
    scenario
}

/// Starts a simulator on its own thread. It stops when the sender is dropped.
fn simulator(scenario: Scenario) -> Result<(Stop, String), Box<dyn Error>> {
    let runtime = current_thread()?;
    let simulator = runtime.block_on(Simulator::builder().scenario(scenario).start())?;
    let base_url = simulator.base_url().to_owned();
    let (stop, stopped) = oneshot::channel();
    std::thread::spawn(move || {
        // Ends with an error when the sender is dropped, which stops the simulator.
        let _ = runtime.block_on(stopped);
        drop(simulator);
    });
    Ok((stop, base_url))
}

fn current_thread() -> std::io::Result<Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
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
