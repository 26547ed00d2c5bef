//! Compares calls through the facade with handwritten calls.

use std::error::Error;
use std::process::Command;

use atlas_migrations::Credentials;
use atlas_simulator::{Control, Scenario};
use serde::Deserialize;

use crate::callers::{Caller, Service};
use crate::measure::median;
use crate::page::{Figure, Figures, Target, shown};
use crate::profile;
use crate::program::program;
use crate::rounds::interleave_calls;
use crate::servers::{self, Server, current_thread};

/// The rounds of each comparison. Other load on the machine disturbs some of them.
const ROUNDS: usize = 25;
/// The calls of each client in a round.
const CALLS: usize = 4000;
const AT_ONCE: usize = 32;

pub fn run() -> Figures {
    let (simulator, control) = servers::simulator(Scenario::default())?;
    let same_bytes = servers::same_bytes(&simulator)?;
    let service = same_bytes.service()?;
    let mut figures = with_plain_reqwest(&service)?;
    figures.extend(with_equivalent_client(&service)?);
    figures.extend(profile::instructions(&service)?);
    figures.push(allocations(&service)?);
    figures.extend(digest(&simulator, &control)?);
    Ok(figures)
}

/// A line that `call_rate` prints.
#[derive(Deserialize)]
struct Line {
    client: String,
    mode: String,
    rps: f64,
    p50_ms: f64,
    p99_ms: f64,
    errors: usize,
}

/// Reads a figure from a line.
type Read = fn(&Line) -> f64;

/// Compares the facade with plain `reqwest`, by running `call_rate`.
fn with_plain_reqwest(service: &Service) -> Figures {
    let mut rate = Command::new(program("call_rate")?);
    service.to_env(&mut rate);
    rate.env("BENCH_N", CALLS.to_string()).env("BENCH_C", AT_ONCE.to_string());
    let mut lines = Vec::new();
    for _ in 0..ROUNDS {
        let output = rate.output()?;
        for line in String::from_utf8(output.stdout)?.lines() {
            let line: Line = serde_json::from_str(line)?;
            if line.errors > 0 {
                return Err(format!("{} calls of {} failed", line.errors, line.client).into());
            }
            lines.push(line);
        }
    }
    let mut figures = Vec::new();
    for mode in ["sequential", "concurrent"] {
        let of = |client: &str, figure: Read| -> Vec<f64> {
            let lines = lines.iter().filter(|line| line.client == client && line.mode == mode);
            lines.map(figure).collect()
        };
        let both = |figure| (of("atlas-migrations", figure), of("reqwest", figure));
        let rows: [(_, _, Read, _); 3] = [
            ("calls per second", "/s", |line| line.rps, Some(Target::AtLeast(0.97))),
            ("latency, median", " ms", |line| line.p50_ms, None),
            ("latency, 99th percentile", " ms", |line| line.p99_ms, Some(Target::AtMost(1.1))),
        ];
        for (what, unit, figure, target) in rows {
            let (ours, plain) = both(figure);
            let ratios = ours.iter().zip(&plain).map(|(ours, plain)| ours / plain).collect();
            let show = |values| format!("{}{unit}", shown(median(values)));
            let (ours, plain) = (show(ours), show(plain));
            let figure = Figure::ratio(format!("{what}, {mode}"), ours, plain, median(ratios));
            figures.push(Figure { target, ..figure });
        }
    }
    Ok(figures)
}

/// Compares the facade with a handwritten client that has the same timeouts and headers.
fn with_equivalent_client(service: &Service) -> Figures {
    let token = Credentials::bearer_token(&*service.token);
    let callers = [Caller::facade(service, token)?, Caller::plain(service, true)?];
    let figures = compared(&callers, CALLS, "compared with the equivalent client")?;
    Ok(figures.into())
}

/// Compares the call rates of two interleaved clients. The second is the baseline.
fn compared(
    callers: &[Caller; 2],
    calls: usize,
    what: &str,
) -> Result<[Figure; 2], Box<dyn Error>> {
    let runtime = current_thread()?;
    let figure = |mode, at_once| {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let tallies = runtime.block_on(interleave_calls(callers, calls, at_once));
            if tallies.iter().any(|tally| tally.errors > 0) {
                return Err("a call failed");
            }
            first.push(tallies[0].rate());
            second.push(tallies[1].rate());
        }
        let ratios = first.iter().zip(&second).map(|(first, second)| first / second).collect();
        let show = |values| format!("{}/s", shown(median(values)));
        let what = format!("calls per second {what}, {mode}");
        Ok(Figure::ratio(what, show(first), show(second), median(ratios)))
    };
    Ok([figure("sequential", 1)?, figure("concurrent", AT_ONCE)?])
}

/// Counts allocations in a separate program, because counting slows calls down.
fn allocations(service: &Service) -> Result<Figure, Box<dyn Error>> {
    let mut counting = Command::new(program("allocations")?);
    service.to_env(&mut counting);
    let output = counting.output()?;
    let [ours, plain]: [(f64, f64); 2] = serde_json::from_slice(&output.stdout)?;
    let show = |(count, bytes): (f64, f64)| format!("{} of {} bytes", shown(count), shown(bytes));
    Ok(Figure {
        what: "allocations per call".to_owned(),
        measured: show(ours),
        baseline: show(plain),
        result: (ours.0 - plain.0).round(),
        unit: "more",
        target: Some(Target::AtMost(2.0)),
    })
}

/// Compares an API key with a bearer token, both through the facade and on the simulator.
fn digest(simulator: &Server, control: &Control) -> Figures {
    let service = simulator.service()?;
    let scenario = Scenario::default();
    let key = scenario.api_key().ok_or("there is no API key")?;
    let key = Credentials::api_key(&*key.public_key, &*key.private_key);
    let token = Credentials::bearer_token(&*service.token);
    let callers = [Caller::facade(&service, key)?, Caller::facade(&service, token)?];
    let figures = compared(&callers, CALLS / 2, "with digest")?;
    let mut figures = Vec::from(figures.map(|figure| figure.target(Target::AtLeast(0.9))));
    let before = control.request_count();
    let calls = 1000;
    current_thread()?.block_on(async {
        for _ in 0..calls {
            callers[0].call().await;
        }
    });
    #[allow(clippy::cast_precision_loss, reason = "there are few")]
    let trips = (control.request_count() - before) as f64 / f64::from(calls);
    let figure = Figure::plain("round trips per call with digest", trips, "");
    figures.push(figure.target(Target::Exactly(1.0)));
    Ok(figures)
}
