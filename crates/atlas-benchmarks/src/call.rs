//! Calls through the facade beside the same calls by hand.

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
use crate::race::race;
use crate::servers::{self, Server, current_thread};

/// How often each comparison is made: often, as whatever else the machine does spoils some.
const TURNS: usize = 25;
/// Calls of each client in each.
const CALLS: usize = 4000;
const AT_ONCE: usize = 32;

pub fn run() -> Figures {
    let (simulator, control) = servers::simulator(Scenario::default())?;
    let same_bytes = servers::same_bytes(&simulator)?;
    let service = same_bytes.service()?;
    let mut figures = with_plain_reqwest(&service)?;
    figures.extend(with_its_equal(&service)?);
    figures.extend(profile::of_calls(&service)?);
    figures.push(allocations(&service)?);
    figures.extend(digest(&simulator, &control)?);
    Ok(figures)
}

/// A line that the program prints.
#[derive(Deserialize)]
struct Line {
    client: String,
    mode: String,
    rps: f64,
    p50_ms: f64,
    p99_ms: f64,
    errors: usize,
}

/// A figure of a line.
type Read = fn(&Line) -> f64;

/// What `cargo run --release -p atlas-benchmarks --bin call_rate` says.
fn with_plain_reqwest(service: &Service) -> Figures {
    let mut rate = Command::new(program("call_rate")?);
    service.to_env(&mut rate);
    rate.env("BENCH_N", CALLS.to_string()).env("BENCH_C", AT_ONCE.to_string());
    let mut lines = Vec::new();
    for _ in 0..TURNS {
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
        let told: [(_, _, Read, _); 3] = [
            ("calls a second", "/s", |line| line.rps, Some(Target::AtLeast(0.97))),
            ("latency, median", " ms", |line| line.p50_ms, None),
            ("latency, 99 of 100", " ms", |line| line.p99_ms, Some(Target::AtMost(1.1))),
        ];
        for (what, unit, figure, target) in told {
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

/// The facade beside a client by hand that sends the same headers and has timeouts too.
fn with_its_equal(service: &Service) -> Figures {
    let token = Credentials::bearer_token(&*service.token);
    let callers = [Caller::facade(service, token)?, Caller::plain(service, true)?];
    let figures = compared(&callers, CALLS, "beside its equal by hand")?;
    Ok(figures.into())
}

/// Calls of two clients in turns: the rates of the first, with those of the second as the baseline.
fn compared(
    callers: &[Caller; 2],
    calls: usize,
    what: &str,
) -> Result<[Figure; 2], Box<dyn Error>> {
    let runtime = current_thread()?;
    let figure = |mode, at_once| {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let tallies = runtime.block_on(race(callers, calls, at_once));
            if tallies.iter().any(|tally| tally.errors > 0) {
                return Err("a call failed");
            }
            first.push(tallies[0].rate());
            second.push(tallies[1].rate());
        }
        let ratios = first.iter().zip(&second).map(|(first, second)| first / second).collect();
        let show = |values| format!("{}/s", shown(median(values)));
        let what = format!("calls a second {what}, {mode}");
        Ok(Figure::ratio(what, show(first), show(second), median(ratios)))
    };
    Ok([figure("sequential", 1)?, figure("concurrent", AT_ONCE)?])
}

/// In a program of its own: counting costs, and so would slow down whatever allocates more.
fn allocations(service: &Service) -> Result<Figure, Box<dyn Error>> {
    let mut counting = Command::new(program("allocations")?);
    service.to_env(&mut counting);
    let output = counting.output()?;
    let [ours, plain]: [(f64, f64); 2] = serde_json::from_slice(&output.stdout)?;
    let show = |(count, bytes): (f64, f64)| format!("{} of {} bytes", shown(count), shown(bytes));
    Ok(Figure {
        what: "allocations a call".to_owned(),
        measured: show(ours),
        baseline: show(plain),
        result: (ours.0 - plain.0).round(),
        unit: "more",
        target: Some(Target::AtMost(2.0)),
    })
}

/// The facade with an API key beside the facade with a token, on the simulator.
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
    let figure = Figure::plain("round trips a call with digest", trips, "");
    figures.push(figure.target(Target::Exactly(1.0)));
    Ok(figures)
}
