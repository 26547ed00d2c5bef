//! Measures calls through this crate against the same calls by hand: plain `reqwest`, which has no
//! timeouts, retries or limits, and a struct for `serde`.
//!
//! ```sh
//! atlas-migrations simulate --port 8080 --scenario unlimited.json &
//! ATLAS_BASE_URL=http://127.0.0.1:8080 ATLAS_ACCESS_TOKEN=… \
//!     cargo run --release -p atlas-migrations --example bench
//! ```
//!
//! | Variable | What it is | Unless set |
//! |---|---|---|
//! | `ATLAS_BASE_URL` | where the service is | a simulator in this process |
//! | `ATLAS_ACCESS_TOKEN` | the bearer token | the simulator's |
//! | `GROUP_ID`, `LIVE_MIGRATION_ID` | what to ask for | those of the documentation |
//! | `BENCH_N` | calls of each client in each mode | 5000 |
//! | `BENCH_C` | calls at once in the concurrent mode | 32 |
//!
//! Each mode is run in rounds, in which the clients take turns, so that what else the machine does
//! meets both. It prints a line of JSON for each client and mode.

#![allow(clippy::print_stdout, reason = "a program that people run")]

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use atlas_migrations::{Client, GroupId, LiveMigrationId, RetryPolicy};
use atlas_simulator::{RateLimit, Scenario, Simulator};
use serde::Deserialize;
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// How often the clients take turns.
const ROUNDS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let calls = number("BENCH_N", 5000)?;
    let at_once = number("BENCH_C", 32)?;
    // The simulator goes on for as long as this is not dropped.
    let (_simulator, service) = service()?;
    let runtime = current_thread()?;
    let callers = [Caller::plain(&service)?, Caller::facade(&service)?];
    for (mode, at_once) in [("sequential", 1), ("concurrent", at_once)] {
        for (caller, tally) in callers.iter().zip(runtime.block_on(race(&callers, calls, at_once))) {
            println!("{}", tally.line(caller.name(), mode));
        }
    }
    Ok(())
}

/// Where the service is and what to ask it for.
struct Service {
    base_url: String,
    token: String,
    group: GroupId,
    migration: LiveMigrationId,
}

fn service() -> Result<(Option<oneshot::Sender<()>>, Service), Box<dyn Error>> {
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

/// The scenario that is built in, without limits to its rate.
fn unlimited() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.rate_limits.group = RateLimit { capacity: u32::MAX.into(), ..RateLimit::default() };
    scenario
}

/// A simulator on a thread of its own, which stops when the sender is dropped.
fn simulator(scenario: Scenario) -> Result<(oneshot::Sender<()>, String), Box<dyn Error>> {
    let runtime = current_thread()?;
    let simulator = runtime.block_on(Simulator::builder().scenario(scenario).start())?;
    let base_url = simulator.base_url().to_owned();
    let (stop, stopped) = oneshot::channel();
    std::thread::spawn(move || {
        // It fails when the sender is dropped, which is what it waits for.
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
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
        format!("{name} is to be a number above 0, not {text:?}").into()
    })
}

/// What the service answers, as one would write it down by hand.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByHand {
    #[serde(rename = "_id")]
    id: Option<String>,
    lag_time_seconds: Option<i64>,
    migration_hosts: Option<Vec<String>>,
    ready_for_cutover: Option<bool>,
    status: Option<String>,
}

/// A client, about to ask the same thing over and over.
#[derive(Clone)]
enum Caller {
    Plain(Arc<Plain>),
    Facade(Arc<Facade>),
}

struct Plain {
    http: reqwest::Client,
    base_url: String,
    token: String,
    group: String,
    migration: String,
}

struct Facade {
    client: Client,
    group: GroupId,
    migration: LiveMigrationId,
}

impl Caller {
    fn plain(service: &Service) -> Result<Self, Box<dyn Error>> {
        // A process has one provider, and nobody else has installed it yet.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder();
        if service.base_url.starts_with("http://") {
            http = http.no_proxy();
        }
        Ok(Self::Plain(Arc::new(Plain {
            http: http.build()?,
            base_url: service.base_url.clone(),
            token: service.token.clone(),
            group: service.group.to_string(),
            migration: service.migration.to_string(),
        })))
    }

    fn facade(service: &Service) -> Result<Self, Box<dyn Error>> {
        let builder = Client::builder().base_url(&service.base_url).bearer_token(&*service.token);
        Ok(Self::Facade(Arc::new(Facade {
            client: builder.retry(RetryPolicy::never()).build()?,
            group: service.group,
            migration: service.migration,
        })))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Plain(_) => "reqwest",
            Self::Facade(_) => "atlas-migrations",
        }
    }

    /// One call. Whether it returned the migration.
    async fn call(&self) -> bool {
        match self {
            Self::Plain(plain) => plain.call().await.is_ok_and(|job| job.is_whole()),
            Self::Facade(facade) => {
                let job = facade.client.live_migration(&facade.group, &facade.migration).await;
                job.is_ok_and(|job| job.id.is_some() && job.status.is_some())
            }
        }
    }
}

impl Plain {
    async fn call(&self) -> reqwest::Result<ByHand> {
        let Self { http, base_url, token, group, migration } = self;
        http.get(format!("{base_url}/api/atlas/v2/groups/{group}/liveMigrations/{migration}"))
            .header("accept", "application/vnd.atlas.2023-01-01+json")
            .bearer_auth(token)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
    }
}

impl ByHand {
    fn is_whole(&self) -> bool {
        let told = (&self.lag_time_seconds, &self.migration_hosts, &self.ready_for_cutover);
        std::hint::black_box(told);
        self.id.is_some() && self.status.is_some()
    }
}

/// What became of a client's calls.
#[derive(Default)]
struct Tally {
    latencies: Vec<Duration>,
    errors: usize,
    took: Duration,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.errors += other.errors;
        self.took += other.took;
    }

    fn line(mut self, client: &str, mode: &str) -> String {
        self.latencies.sort_unstable();
        let at = |percent: usize| {
            let index = (self.latencies.len() * percent / 100).min(self.latencies.len() - 1);
            self.latencies[index].as_secs_f64() * 1000.0
        };
        #[allow(clippy::cast_precision_loss, reason = "there are few calls")]
        let rps = self.latencies.len() as f64 / self.took.as_secs_f64();
        let (p50, p99, errors) = (at(50), at(99), self.errors);
        format!(
            r#"{{"client":"{client}","mode":"{mode}","rps":{rps:.1},"p50_ms":{p50:.4},"p99_ms":{p99:.4},"errors":{errors}}}"#
        )
    }
}

/// As many calls of each client, in rounds.
async fn race(callers: &[Caller; 2], calls: usize, at_once: usize) -> [Tally; 2] {
    let mut tallies = [Tally::default(), Tally::default()];
    let round = calls.div_ceil(ROUNDS);
    for caller in callers {
        // Opens the connections and fills the caches.
        run(caller, round, at_once).await;
    }
    let mut left = calls;
    for turn in 0..ROUNDS {
        let round = round.min(left);
        left -= round;
        if round == 0 {
            break;
        }
        for place in 0..callers.len() {
            let index = (turn + place) % callers.len();
            tallies[index].add(run(&callers[index], round, at_once).await);
        }
    }
    tallies
}

/// So many calls, with so many at once.
async fn run(caller: &Caller, calls: usize, at_once: usize) -> Tally {
    let began = Instant::now();
    let taken = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..at_once {
        let (caller, taken) = (caller.clone(), Arc::clone(&taken));
        workers.spawn(async move {
            let mut tally = Tally::default();
            while taken.fetch_add(1, Ordering::Relaxed) < calls {
                let began = Instant::now();
                tally.errors += usize::from(!caller.call().await);
                tally.latencies.push(began.elapsed());
            }
            tally
        });
    }
    let mut whole = Tally::default();
    while let Some(worker) = workers.join_next().await {
        // A worker that panicked has no calls to show, which its client's count then lacks.
        whole.add(worker.unwrap_or_default());
    }
    Tally { took: began.elapsed(), ..whole }
}
