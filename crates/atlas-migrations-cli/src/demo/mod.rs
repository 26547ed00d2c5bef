//! `atlas-migrations demo`.

mod clock;

use std::time::Duration;

use atlas_migrations::{Client, Clock as _, Credentials, RetryPolicy};
use atlas_simulator::{
    Clock, Control, Fault, FaultRule, LiveMigration, Project, Scenario, Simulator, Timeline,
};
use serde_json::json;
use tokio::time::interval;

use self::clock::SpedUp;
use crate::arguments::{Common, Demo, Interval, Output, Until};
use crate::failure::Failure;
use crate::terminal::{note, print};
use crate::watch::{self, CutOver, Plan, Target};

/// How many times faster than real time everything goes: ten hours pass in a second.
const SPEED: u32 = 36_000;
const HOUR: u64 = 3600;
/// Longer than the demo takes, in simulated time.
const MONTH: Duration = Duration::from_secs(30 * 24 * HOUR);

/// Between two polls.
const INTERVAL: Interval =
    Interval { shortest: Duration::from_secs(HOUR / 2), longest: Duration::from_secs(2 * HOUR) };
/// How often, in real time, the network of one migration goes away, and for how many requests.
const FLAPS: Duration = Duration::from_millis(1200);
const LOST: u64 = 3;

/// What becomes of a migration, in hours of simulated time.
struct Fate {
    name: &'static str,
    project: &'static str,
    id: &'static str,
    new: u64,
    replicates: u64,
    lag: u64,
    /// After how long it fails, where it does.
    fails: Option<u64>,
    /// Whether nobody cuts it over.
    is_forgotten: bool,
}

const SHOP: &str = "32b6e34b3d91647abb20e7b8";
const PLANT: &str = "32b6e34b3d91647abb20e7b9";
/// The one whose network comes and goes.
const FLAPPING: &str = "6296fb4c7c7aa997cf94e9a9";

#[rustfmt::skip]
const FATES: [Fate; 5] = [
    Fate { name: "orders", project: SHOP, id: "6296fb4c7c7aa997cf94e9a8", new: 2, replicates: 36, lag: 12,
        fails: None, is_forgotten: false },
    Fate { name: "customers", project: SHOP, id: FLAPPING, new: 3, replicates: 50, lag: 20,
        fails: None, is_forgotten: false },
    Fate { name: "invoices", project: SHOP, id: "6296fb4c7c7aa997cf94e9aa", new: 5, replicates: 64, lag: 30,
        fails: None, is_forgotten: false },
    Fate { name: "telemetry", project: PLANT, id: "6296fb4c7c7aa997cf94e9ab", new: 2, replicates: 60, lag: 48,
        fails: Some(46), is_forgotten: false },
    Fate { name: "archive", project: PLANT, id: "6296fb4c7c7aa997cf94e9ac", new: 1, replicates: 9, lag: 4,
        fails: None, is_forgotten: true },
];

pub async fn run(common: &Common, arguments: &Demo) -> Result<(), Failure> {
    let failed =
        |error: &dyn std::error::Error| Failure::new("the demo did not start").because(error);
    let clock = Clock::with_speed(SPEED.into()).map_err(|error| failed(&error))?;
    let simulator = Simulator::builder().scenario(scenario(arguments.happy)).clock(clock);
    let simulator = simulator.start().await.map_err(|error| failed(&error))?;
    let control = simulator.control();
    let account = simulator.scenario().service_account();
    let account = account.ok_or_else(|| Failure::new("the demo's scenario is not whole"))?;
    let account =
        Credentials::service_account(account.client_id.clone(), account.client_secret.clone());
    // The client lives in the simulated time: its waits, its estimates and the time to cut over are of it.
    let clock = SpedUp::new(SPEED);
    let client = Client::builder()
        .base_url(simulator.base_url())
        .credentials(account)
        .retry(RetryPolicy::default().deadline(MONTH))
        .clock(clock);
    let client = client.build().map_err(|error| failed(&error))?;

    let mut targets = Vec::new();
    for fate in FATES {
        let group = fate.project.parse().map_err(|error| failed(&error))?;
        let id = fate.id.parse().map_err(|error| failed(&error))?;
        targets.push(Target::new(group, id, Some(fate.name)));
    }
    let forgotten = |fate: &Fate| fate.is_forgotten && !arguments.happy;
    let spared = FATES.iter().zip(&targets).filter(|(fate, _)| forgotten(fate));
    let spared = spared.map(|(_, target)| target.key).collect();
    note(&format!(
        "A simulated Atlas on {}: ten hours pass in a second, and what is ready is cut over.",
        simulator.base_url()
    ));
    let plan = Plan {
        targets,
        until: Until::Terminal,
        interval: INTERVAL,
        patience: Some(MONTH),
        timeout: None,
        cut_over: Some(CutOver { max_lag: None, spared }),
        lags: 64,
        now: Box::new(move || clock.wall()),
    };
    let board = tokio::select! {
        board = watch::show(&client, common.output, &plan) => board?,
        never = flap(&control) => match never {},
    };
    let (requests, tokens) = (control.request_count(), control.tokens_issued());
    let took = match common.output {
        Output::Json => {
            json!({"event": "took", "requests": requests, "tokens": tokens}).to_string()
        }
        Output::Table => {
            format!("\n{requests} requests, {tokens} token{}", if tokens == 1 { "" } else { "s" })
        }
    };
    print(format!("{took}\n").as_bytes())?;
    watch::ended(&board)
}

/// Takes the network away from one migration now and then.
async fn flap(control: &Control) -> std::convert::Infallible {
    let mut times = interval(FLAPS);
    loop {
        times.tick().await;
        control.inject(FaultRule::new(Fault::ResetConnection).on_path(FLAPPING).times(LOST));
    }
}

fn scenario(happy: bool) -> Scenario {
    let migration = |fate: &Fate| LiveMigration {
        id: fate.id.to_owned(),
        timeline: Timeline {
            new_seconds: fate.new * HOUR,
            initial_lag_seconds: fate.lag * HOUR,
            replication_seconds: fate.replicates * HOUR,
            cutover_seconds: 6 * HOUR,
            fails_after_seconds: fate.fails.filter(|_| !happy).map(|hours| hours * HOUR),
            ..Timeline::default()
        },
        ..LiveMigration::default()
    };
    let project = |id: &str| Project {
        id: id.to_owned(),
        live_migrations: FATES.iter().filter(|fate| fate.project == id).map(migration).collect(),
        validations: Vec::new(),
    };
    Scenario {
        projects: [SHOP, PLANT].map(project).into(),
        // By the client's clock, which is sped up.
        token_lifetime_seconds: MONTH.as_secs(),
        ..Scenario::default()
    }
}
