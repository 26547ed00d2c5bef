//! What a fleet costs by its size: memory and its growth, processor time a poll, and how late polls are.
//!
//! ```sh
//! cargo run --release -p atlas-benchmarks --bin fleet_cost
//! ```
//!
//! It prints a line of JSON for each size. The simulated Atlas is a process of its own, so that what is
//! measured is the fleet's alone. Memory is read from `/proc`, so that this runs on Linux.
//!
//! Cost and memory are those of polls in a time that is not the machine's: it is moved on as soon as no poll
//! is under way. No poll can be late in it, so that lateness is then measured in the machine's own time.

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
/// How many polls there are of each size, besides the first of each migration.
const POLLS: u64 = 100_000;
/// How far apart the polls of a migration are where lateness is measured: the shortest that a fleet polls at
/// unless told otherwise, at which it has the most to do.
const INTERVAL: Duration = Duration::from_secs(5);
/// How many polls of each migration can be late: those after its first.
const LATER_POLLS: usize = 2;
/// In so many steps the migrations join while lateness is measured, so that their polls are spread.
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
    let mut said = String::new();
    BufReader::new(atlas.stdout.take().ok_or("no output")?).read_line(&mut said)?;
    let mut words = said.split_whitespace();
    let (url, token) = (words.next().ok_or("no URL")?, words.next().ok_or("no token")?);
    let followed = Command::new(&program).args(["follow", &size, url, token]).status();
    // It ends with its input.
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
    let late = lateness(size, url, token).await?;
    println!("{{\"migrations\":{size},{cost},{late}}}");
    Ok(())
}

/// Memory, and what a poll costs.
async fn cost(size: usize, url: &str, token: &str) -> Result<String, Box<dyn Error>> {
    let clock = Hurried::default();
    let client =
        Client::builder().base_url(url).bearer_token(token).clock(clock.clone()).build()?;
    let mut fleet = client.fleet().options(every_poll()).with(migrations(size)?).updates();
    let handle = fleet.handle();
    clock.fleet.set(handle.clone()).map_err(|_| "the clock has a fleet")?;
    let first = u64::try_from(size)?;
    let mut memory = Vec::new();
    let (mut began, mut used) = (Instant::now(), processor_time()?);
    for quarter in 0..=4 {
        while handle.stats().polls < first + POLLS / 4 * quarter {
            fleet.next().await.ok_or("the fleet is over")??;
        }
        if quarter == 0 {
            (began, used) = (Instant::now(), processor_time()?);
        }
        memory.push(format!("{:.1}", megabytes("VmRSS:")?));
    }
    let (took, used) = (began.elapsed(), processor_time()?.saturating_sub(used));
    let micros = used.as_micros() / u128::from(POLLS);
    let rate = u128::from(POLLS) * 1_000 / took.as_millis().max(1);
    let (memory, peak) = (memory.join(","), megabytes("VmHWM:")?);
    Ok(format!(
        r#""polls":{},"polls_per_second":{rate},"cpu_us_per_poll":{micros},"mb_by_quarter":[{memory}],"peak_mb":{peak:.1}"#,
        POLLS + first
    ))
}

/// How long after its interval was over a migration was seen again, the answer's own time included.
async fn lateness(size: usize, url: &str, token: &str) -> Result<String, Box<dyn Error>> {
    let client = Client::builder().base_url(url).bearer_token(token).build()?;
    // The simulated limit allows it, and to wait for a limit is not to be late.
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

/// What the kernel says of this process's memory.
fn megabytes(name: &str) -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).ok_or("no such line")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kilobytes / 1024.0)
}

/// How much processor time this process has used, in the kernel's hundredths of a second.
fn processor_time() -> Result<Duration, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no fields")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// Time that is moved on as soon as no poll is under way.
#[derive(Clone, Debug, Default)]
struct Hurried {
    hand: ManualClock,
    fleet: Arc<OnceLock<FleetHandle>>,
}

impl Clock for Hurried {
    fn now(&self) -> Duration {
        self.hand.now()
    }

    fn wall(&self) -> SystemTime {
        self.hand.wall()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let is_busy = || self.fleet.get().is_some_and(|fleet| fleet.stats().in_flight > 0);
            // The answer to a poll that is under way wakes the fleet, and has it look here again.
            poll_fn(|_| if is_busy() { Poll::Pending } else { Poll::Ready(()) }).await;
            self.hand.advance(duration);
        })
    }

    fn random(&self) -> u64 {
        self.hand.random()
    }
}
