//! Measures the cost of a fleet by size: memory and its growth, CPU time per poll, and the delay of polls.
//!
//! ```sh
//! cargo run --release -p atlas-benchmarks --bin fleet_cost
//! ```
//!
//! Prints one line of JSON for each size. The simulator is a separate process, so that the figures are those of the fleet
//! alone. Memory is read from `/proc`, so this needs Linux.
//!
//! Cost and memory are measured with a simulated clock that advances whenever no poll is in flight. With this clock no
//! poll can be late, so the delay is measured in real time.

#![allow(clippy::print_stdout, reason = "a program that people run")]

use std::collections::HashMap;
use std::error::Error;
use std::future::poll_fn;
use std::io::{BufRead as _, BufReader, Read as _};
use std::num::NonZeroU32;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use atlas_migrations::{
    Client, Clock, FleetHandle, LiveMigrationRef, ManualClock, ParseIdError, PollInterval,
    WatchOptions,
};
use atlas_simulator::{LiveMigration, Project, Scenario, Simulator, Timeline};

const PROJECTS: usize = 20;
const SIZES: [usize; 3] = [100, 1_000, 10_000];
/// The polls of each size, after the first of each migration.
const POLLS: u64 = 100_000;
/// The poll interval while the delay is measured: the shortest default, which causes the most load.
const INTERVAL: Duration = Duration::from_secs(5);
/// The measured polls of each migration. The first one cannot be late.
const LATER_POLLS: usize = 2;
/// The steps in which migrations are added while the delay is measured, to spread their polls.
const STEPS: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", size] => serve(size.parse()?).await,
        ["follow", size, url, token] => follow(size.parse()?, url, token).await,
        _ => SIZES.into_iter().try_for_each(measure),
    }
}

/// Measures a size in two new processes.
fn measure(size: usize) -> Result<(), Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let size = size.to_string();
    let mut atlas = Command::new(&program)
        .args(["serve", &size])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(atlas.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (url, token) = (words.next().ok_or("no URL")?, words.next().ok_or("no token")?);
    let followed = Command::new(&program).args(["follow", &size, url, token]).status();
    // The process ends when its input is closed.
    drop(atlas.stdin.take());
    atlas.wait()?;
    if followed?.success() { Ok(()) } else { Err("the fleet failed".into()) }
}

fn ids(size: usize) -> impl Iterator<Item = (String, String)> {
    (0..size)
        .map(|number| (format!("{:024x}", 0xa000 + number % PROJECTS), format!("{number:024x}")))
}

fn migrations(size: usize) -> Result<Vec<LiveMigrationRef>, ParseIdError> {
    ids(size).map(|(group, id)| Ok(LiveMigrationRef::new(group.parse()?, id.parse()?))).collect()
}

fn every_poll() -> WatchOptions {
    WatchOptions::new().emit_unchanged(true).emit_transient_errors(true)
}

async fn serve(size: usize) -> Result<(), Box<dyn Error>> {
    let timeline = Timeline {
        new_seconds: 0,
        initial_lag_seconds: 1_000_000,
        replication_seconds: 1_000_000,
        ..Timeline::default()
    };
    let mut scenario = Scenario::default();
    scenario.rate_limits.group.capacity = 1_000_000_000;
    scenario.projects = (0..PROJECTS.min(size))
        .map(|project| Project {
            live_migrations: ids(size)
                .skip(project)
                .step_by(PROJECTS)
                .map(|(_, id)| LiveMigration {
                    id,
                    timeline: timeline.clone(),
                    ..LiveMigration::default()
                })
                .collect(),
            id: format!("{:024x}", 0xa000 + project),
            ..Project::default()
        })
        .collect();
    let simulator = Simulator::builder().scenario(scenario).start().await?;
    let token = simulator.scenario().bearer_token().ok_or("no token")?;
    println!("{} {token}", simulator.base_url());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

async fn follow(size: usize, url: &str, token: &str) -> Result<(), Box<dyn Error>> {
    let cost = cost(size, url, token).await?;
    let late = delay(size, url, token).await?;
    println!("{{\"migrations\":{size},{cost},{late}}}");
    Ok(())
}

/// Measures memory and the cost of a poll.
async fn cost(size: usize, url: &str, token: &str) -> Result<String, Box<dyn Error>> {
    let clock = SkippingClock::default();
    let client =
        Client::builder().base_url(url).bearer_token(token).clock(clock.clone()).build()?;
    let mut fleet = client.fleet().options(every_poll()).with(migrations(size)?).updates();
    let handle = fleet.handle();
    clock.fleet.set(handle.clone()).map_err(|_| "the clock has a fleet")?;
    let first = u64::try_from(size)?;
    let mut memory = Vec::new();
    let (mut start, mut used) = (Instant::now(), cpu_time()?);
    for quarter in 0..=4 {
        while handle.stats().polls < first + POLLS / 4 * quarter {
            fleet.next().await.ok_or("the fleet is over")??;
        }
        if quarter == 0 {
            (start, used) = (Instant::now(), cpu_time()?);
        }
        memory.push(format!("{:.1}", megabytes("VmRSS:")?));
    }
    let (time, used) = (start.elapsed(), cpu_time()?.saturating_sub(used));
    let micros = used.as_micros() / u128::from(POLLS);
    let rate = u128::from(POLLS) * 1_000 / time.as_millis().max(1);
    let (memory, peak) = (memory.join(","), megabytes("VmHWM:")?);
    Ok(format!(
        r#""polls":{},"polls_per_second":{rate},"cpu_us_per_poll":{micros},"mb_by_quarter":[{memory}],"peak_mb":{peak:.1}"#,
        POLLS + first
    ))
}

/// Measures the time from the end of a poll interval to the next response of a migration.
async fn delay(size: usize, url: &str, token: &str) -> Result<String, Box<dyn Error>> {
    let client = Client::builder().base_url(url).bearer_token(token).build()?;
    // No limit, because waiting for a limit is not a delay.
    let mut fleet = client
        .fleet()
        .options(every_poll().poll_interval(PollInterval::fixed(INTERVAL)?))
        .polls_per_minute(NonZeroU32::MAX)
        .updates();
    let migrations = migrations(size)?;
    let handle = fleet.handle();
    tokio::spawn(async move {
        let mut steps = tokio::time::interval(INTERVAL / u32::try_from(STEPS).unwrap_or(u32::MAX));
        for some in migrations.chunks(migrations.len().div_ceil(STEPS).max(1)) {
            steps.tick().await;
            for migration in some {
                handle.add(*migration);
            }
        }
    });
    let (mut late, mut seen) = (Vec::new(), HashMap::new());
    while late.len() < size * LATER_POLLS {
        let update = fleet.next().await.ok_or("the fleet is over")??;
        let now = update.observed_at;
        if let Some(before) = seen.insert(update.migration, now) {
            late.push(now.duration_since(before)?.saturating_sub(INTERVAL));
        }
    }
    late.sort_unstable();
    let at = |percent: usize| late[late.len() * percent / 100].as_secs_f64() * 1000.0;
    Ok(format!(r#""late_p50_ms":{:.2},"late_p99_ms":{:.2}"#, at(50), at(99)))
}

/// Returns a memory figure of this process in megabytes.
fn megabytes(name: &str) -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).ok_or("no such line")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kilobytes / 1024.0)
}

/// Returns the CPU time of this process, which the kernel counts in hundredths of a second.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no fields")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// A clock that advances whenever no poll is in flight.
#[derive(Clone, Debug, Default)]
struct SkippingClock {
    clock: ManualClock,
    fleet: Arc<OnceLock<FleetHandle>>,
}

impl Clock for SkippingClock {
    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn wall(&self) -> SystemTime {
        self.clock.wall()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let is_busy = || self.fleet.get().is_some_and(|fleet| fleet.stats().in_flight > 0);
            // The response to a poll in flight wakes the fleet, which polls this future again.
            poll_fn(|_| if is_busy() { Poll::Pending } else { Poll::Ready(()) }).await;
            self.clock.advance(duration);
        })
    }

    fn random(&self) -> u64 {
        self.clock.random()
    }
}
