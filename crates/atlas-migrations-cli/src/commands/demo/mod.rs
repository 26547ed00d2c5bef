//! `atlas-migrations demo`: watches and cuts over migrations of a simulator.

mod sped_up_clock;

use std::ops::RangeInclusive;
use std::time::Duration;

use atlas_migrations::{Client, Credentials, PollInterval, RetryPolicy};
use atlas_simulator::{
    Clock, Control, Fault, FaultRule, LiveMigration, Project, Scenario, Simulator, Timeline,
};
use tokio::time::interval;

use self::sped_up_clock::SpedUpClock;
use crate::cli::{Demo, GlobalOptions, OutputFormat, Until};
use crate::error::CliError;
use crate::events::{Event, EventLine, Took};
use crate::output::EventWriter;
use crate::terminal::{note, print};
use crate::watch::{self, AutoCutover, Target, WatchConfig};

/// The speed as a multiple of real time: ten hours pass in a second.
const SPEED: u32 = 36_000;
const HOUR: u64 = 3600;
/// Longer than the demo takes, in simulated time.
const MONTH: Duration = Duration::from_secs(30 * 24 * HOUR);

const POLL_INTERVAL: RangeInclusive<Duration> =
    Duration::from_secs(HOUR / 2)..=Duration::from_secs(2 * HOUR);
/// The time between two outages of the unreliable network, in real time.
const OUTAGE_INTERVAL: Duration = Duration::from_millis(1200);
/// The number of requests that fail during an outage.
const REQUESTS_PER_OUTAGE: u64 = 3;

/// A migration of the demo. Times are in hours of simulated time.
struct DemoMigration {
    name: &'static str,
    project: &'static str,
    id: &'static str,
    new: u64,
    replication: u64,
    lag: u64,
    fails_after: Option<u64>,
    /// Whether it is never cut over, so that it expires.
    expires: bool,
}

const SHOP: &str = "32b6e34b3d91647abb20e7b8";
const PLANT: &str = "32b6e34b3d91647abb20e7b9";
/// The migration with the unreliable network.
const UNRELIABLE: &str = "6296fb4c7c7aa997cf94e9a9";

#[rustfmt::skip]
const MIGRATIONS: [DemoMigration; 5] = [
    DemoMigration { name: "orders", project: SHOP, id: "6296fb4c7c7aa997cf94e9a8", new: 2, replication: 36, lag: 12,
        fails_after: None, expires: false },
    DemoMigration { name: "customers", project: SHOP, id: UNRELIABLE, new: 3, replication: 50, lag: 20,
        fails_after: None, expires: false },
    DemoMigration { name: "invoices", project: SHOP, id: "6296fb4c7c7aa997cf94e9aa", new: 5, replication: 64, lag: 30,
        fails_after: None, expires: false },
    DemoMigration { name: "telemetry", project: PLANT, id: "6296fb4c7c7aa997cf94e9ab", new: 2, replication: 60, lag: 48,
        fails_after: Some(46), expires: false },
    DemoMigration { name: "archive", project: PLANT, id: "6296fb4c7c7aa997cf94e9ac", new: 1, replication: 9, lag: 4,
        fails_after: None, expires: true },
];

pub async fn run(global: &GlobalOptions, options: &Demo) -> Result<(), CliError> {
    let failed =
        |error: &dyn std::error::Error| CliError::new("cannot start the demo").caused_by(error);
    let clock = Clock::with_speed(SPEED.into()).map_err(|error| failed(&error))?;
    let simulator = Simulator::builder().scenario(scenario(options.happy)).clock(clock);
    let simulator = simulator.start().await.map_err(|error| failed(&error))?;
    let control = simulator.control();
    let account = simulator.scenario().service_account();
    let account =
        account.ok_or_else(|| CliError::new("the scenario of the demo has no service account"))?;
    let account =
        Credentials::service_account(account.client_id.clone(), account.client_secret.clone());
    // The client uses simulated time for its waits, estimates and deadlines.
    let client = Client::builder()
        .base_url(simulator.base_url())
        .credentials(account)
        .retry(RetryPolicy::default().deadline(MONTH))
        .clock(SpedUpClock::new(SPEED));
    let client = client.build().map_err(|error| failed(&error))?;

    let mut targets = Vec::new();
    let mut except = Vec::new();
    for migration in MIGRATIONS {
        let group = migration.project.parse().map_err(|error| failed(&error))?;
        let id = migration.id.parse().map_err(|error| failed(&error))?;
        let target = Target::new(group, id, Some(migration.name));
        if migration.expires && !options.happy {
            except.push(target.key);
        }
        targets.push(target);
    }
    note(&format!(
        "A simulated Atlas on {}: ten hours pass per second, and migrations are cut over when they are ready.",
        simulator.base_url()
    ));
    let config = WatchConfig {
        targets,
        until: Until::Terminal,
        interval: PollInterval::new(POLL_INTERVAL)
            .map_err(|error| CliError::new(error.to_string()))?,
        error_timeout: Some(MONTH),
        timeout: None,
        auto_cutover: Some(AutoCutover { except, ..AutoCutover::default() }),
        looks: None,
        max_lags: 64,
    };
    let state = tokio::select! {
        state = watch::run_demo(&client, global.output, &config) => state?,
        never = cause_outages(&control) => match never {},
    };
    let (requests, tokens) = (control.request_count(), control.tokens_issued());
    let totals = match global.output {
        OutputFormat::Json => {
            let took = Event::Took(Took { requests, tokens });
            EventWriter::default().text(&EventLine::now(None, took))?.unwrap_or_default()
        }
        OutputFormat::Table => {
            format!("\n{requests} requests, {tokens} token{}\n", if tokens == 1 { "" } else { "s" })
        }
    };
    print(totals.as_bytes())?;
    watch::worst_outcome(&state)
}

/// Resets the connections of one migration again and again.
async fn cause_outages(control: &Control) -> std::convert::Infallible {
    let mut ticks = interval(OUTAGE_INTERVAL);
    loop {
        ticks.tick().await;
        let rule = FaultRule::new(Fault::ResetConnection).on_path(UNRELIABLE);
        control.inject(rule.times(REQUESTS_PER_OUTAGE));
    }
}

fn scenario(happy: bool) -> Scenario {
    let live_migration = |migration: &DemoMigration| LiveMigration {
        id: migration.id.to_owned(),
        timeline: Timeline {
            new_seconds: migration.new * HOUR,
            initial_lag_seconds: migration.lag * HOUR,
            replication_seconds: migration.replication * HOUR,
            cutover_seconds: 6 * HOUR,
            fails_after_seconds: migration.fails_after.filter(|_| !happy).map(|hours| hours * HOUR),
            ..Timeline::default()
        },
        ..LiveMigration::default()
    };
    let project = |id: &str| {
        let migrations = MIGRATIONS.iter().filter(|migration| migration.project == id);
        Project {
            id: id.to_owned(),
            live_migrations: migrations.map(live_migration).collect(),
            validations: Vec::new(),
            clusters: Vec::new(),
        }
    };
    Scenario {
        projects: [SHOP, PLANT].map(project).into(),
        // The clock of the client runs faster, so tokens have to live longer.
        token_lifetime_seconds: MONTH.as_secs(),
        ..Scenario::default()
    }
}
