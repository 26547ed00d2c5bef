//! Measures a run of 1,000 migrations with its journal, beside a watch of the same migrations without one.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use atlas_migrations_journal::event::{Actor, NewEvent, Observed};
use atlas_migrations_journal::store::{Append, StreamFilter};
use atlas_migrations_journal::{Location, Options, open};
use atlas_simulator::{Cluster, Control, Deployment, Project, Scenario, SourceProject};

use crate::page::{Figure, Figures, Target, shown};
use crate::processes::{Running, cpu_time, wait};
use crate::program::program;
use crate::servers::{Server, current_thread, simulator};

const MIGRATIONS: u64 = 1_000;
/// The polls over which a run is measured, after all migrations are created. The limit of one project allows some hundred
/// in a minute.
const POLLS: u64 = 1_000;
/// The appends of which the latency is measured.
const APPENDS: u32 = 1_000;
const PROCESSES: usize = 4;

/// Runs the plan on both databases, and watches its migrations without a journal.
pub fn run() -> Figures {
    if !cfg!(target_os = "linux") {
        return Ok(Vec::new());
    }
    let mut figures = Vec::new();
    let folder = tempfile::tempdir()?;
    let journal = folder.path().join("state").join("journal.db");
    let journal = journal.to_str().ok_or("the temporary folder has no UTF-8 name")?;
    let (watched, sqlite) = compare(folder.path(), journal)?;
    sqlite.figures("SQLite, one process", &watched, &mut figures);
    appends("SQLite", journal, &mut figures)?;

    let database = current_thread()?
        .block_on(async { Some(atlas_test_postgres::shared().await?.new_database().await) });
    let Some(database) = database else {
        eprintln!("runs: there is no PostgreSQL: skipped");
        return Ok(figures);
    };
    let postgres = share(folder.path(), &database)?;
    postgres.figures("PostgreSQL, four processes", &watched, &mut figures);
    appends("PostgreSQL", &database, &mut figures)?;
    Ok(figures)
}

/// What processes used between two moments.
struct Used {
    cpu_per_poll: Duration,
    /// The largest peak of one process.
    peak_mb: f64,
    /// What the journal grew by, if there is one.
    new_events: Option<u64>,
    /// The size of the journal for each migration, if it is a file.
    kilobytes_per_migration: Option<f64>,
}

impl Used {
    fn figures(&self, what: &str, watched: &Self, figures: &mut Vec<Figure>) {
        let micros = |used: &Self| used.cpu_per_poll.as_secs_f64() * 1e6;
        let show = |used| format!("{} µs", shown(micros(used)));
        figures.push(Figure::ratio(
            format!("CPU time per poll, {what}"),
            show(self),
            show(watched),
            micros(self) / micros(watched),
        ));
        figures.push(Figure::ratio(
            format!("peak memory of a process, {what}"),
            format!("{} MB", shown(self.peak_mb)),
            format!("{} MB", shown(watched.peak_mb)),
            self.peak_mb / watched.peak_mb,
        ));
        if let Some(events) = self.new_events {
            #[allow(clippy::cast_precision_loss, reason = "the number is small")]
            let figure = Figure::plain(
                format!("new events in {POLLS} polls without news, {what}"),
                events as f64,
                "events",
            );
            figures.push(figure.target(Target::Exactly(0.0)));
        }
        if let Some(kilobytes) = self.kilobytes_per_migration {
            let what = format!("journal for each migration that replicates, {what}");
            figures.push(Figure::plain(what, kilobytes, "kB"));
        }
    }
}

/// An Atlas in which 1,000 migrations can be created. They replicate for longer than anything is measured.
struct Atlas {
    server: Server,
    control: Control,
    scenario: Scenario,
}

impl Atlas {
    fn start() -> Result<Self, Box<dyn Error>> {
        let names = || (0..MIGRATIONS).map(|number| format!("c{number}"));
        let mut scenario = Scenario { linked: true, ..Scenario::default() };
        scenario.validation_rules.pending_seconds = 0;
        scenario.new_migrations.new_seconds = 0;
        scenario.new_migrations.initial_lag_seconds = 1_000_000;
        scenario.new_migrations.replication_seconds = 1_000_000;
        scenario.source_projects = vec![SourceProject {
            deployments: names()
                .map(|name| Deployment { name, cluster_id: None, ..Deployment::default() })
                .collect(),
            ..SourceProject::default()
        }];
        scenario.projects = vec![Project {
            live_migrations: Vec::new(),
            clusters: names().map(|name| Cluster { name, ..Cluster::default() }).collect(),
            ..Project::default()
        }];
        let (server, control) = simulator(scenario.clone())?;
        Ok(Self { server, control, scenario })
    }

    fn project(&self) -> Result<&str, Box<dyn Error>> {
        Ok(&self.scenario.projects.first().ok_or("there is no project")?.id)
    }

    fn plan(&self, folder: &Path) -> Result<(), Box<dyn Error>> {
        let source = &self.scenario.source_projects.first().ok_or("there is no source")?.id;
        let mut plan = format!(
            "version: 1\nname: scale\nproject: \"{}\"\ndefaults:\n  source: {{project: \"{source}\", \
             authentication: managed}}\n  migration_host: vm001.example.com\nmigrations:\n",
            self.project()?
        );
        for number in 0..MIGRATIONS {
            writeln!(
                plan,
                "  - {{name: m{number}, source: {{cluster: c{number}}}, destination: {{cluster: c{number}}}}}"
            )?;
        }
        Ok(fs::write(folder.join("plan.yaml"), plan)?)
    }

    fn targets(&self, folder: &Path) -> Result<(), Box<dyn Error>> {
        let project = self.project()?;
        let ids = self.control.created_live_migrations(project);
        let targets: Vec<_> = ids
            .iter()
            .map(|id| serde_json::json!({ "project_id": project, "live_migration_id": id }))
            .collect();
        Ok(fs::write(folder.join("targets.json"), serde_json::to_string(&targets)?)?)
    }

    fn start_command(&self, folder: &Path, arguments: &[&str]) -> Result<Running, Box<dyn Error>> {
        let mut command = Command::new(program("atlas-migrations")?);
        command
            .current_dir(folder)
            .env_clear()
            .env("MONGODB_ATLAS_BASE_URL", &self.server.base_url)
            .env("MONGODB_ATLAS_ACCESS_TOKEN", self.scenario.bearer_token().ok_or("no token")?)
            .env("XDG_STATE_HOME", folder)
            .args(arguments)
            .args(["--interval", "2s", "--output", "json"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Ok(Running(command.spawn()?))
    }

    /// Waits until so many requests were received.
    fn wait_for(&self, requests: u64, running: &mut [Running]) -> Result<(), Box<dyn Error>> {
        wait(running, || Ok(self.control.request_count() >= requests))
    }

    fn wait_until_created(&self, running: &mut [Running]) -> Result<(), Box<dyn Error>> {
        let project = self.project()?;
        wait(running, || {
            Ok(self.control.created_live_migrations(project).len() as u64 == MIGRATIONS)
        })?;
        // Each one is seen for the first time, which is an event.
        self.wait_for(self.control.request_count() + MIGRATIONS * 5 / 4, running)
    }

    /// Measures processes over some polls.
    fn measure(&self, running: &mut [Running]) -> Result<Used, Box<dyn Error>> {
        let polls = self.control.request_count();
        let before = cpu_time(running)?;
        self.wait_for(polls + POLLS, running)?;
        let used = cpu_time(running)?.saturating_sub(before);
        let polls = u32::try_from(self.control.request_count() - polls)?;
        let peaks = running.iter().map(Running::peak_mb).collect::<Result<Vec<_>, _>>()?;
        Ok(Used {
            cpu_per_poll: used / polls,
            peak_mb: peaks.into_iter().fold(0.0, f64::max),
            new_events: None,
            kilobytes_per_migration: None,
        })
    }
}

/// Measures one run on SQLite, and then a watch of the same migrations.
fn compare(folder: &Path, journal: &str) -> Result<(Used, Used), Box<dyn Error>> {
    let atlas = Atlas::start()?;
    atlas.plan(folder)?;
    let arguments = ["run", "plan.yaml", "--start", "--journal", journal];
    let mut running = [atlas.start_command(folder, &arguments)?];
    atlas.wait_until_created(&mut running)?;
    let events = count_events(journal)?;
    let mut run = atlas.measure(&mut running)?;
    run.new_events = Some(count_events(journal)? - events);
    drop(running);
    #[allow(clippy::cast_precision_loss, reason = "a journal is small")]
    let size = fs::metadata(journal)?.len() as f64 / 1e3 / MIGRATIONS as f64;
    run.kilobytes_per_migration = Some(size);

    atlas.targets(folder)?;
    let arguments = ["watch", "--no-journal", "--file", "targets.json"];
    let mut running = [atlas.start_command(folder, &arguments)?];
    atlas.wait_for(atlas.control.request_count() + MIGRATIONS * 5 / 4, &mut running)?;
    Ok((atlas.measure(&mut running)?, run))
}

/// Measures four processes that share a run on PostgreSQL.
fn share(folder: &Path, journal: &str) -> Result<Used, Box<dyn Error>> {
    let atlas = Atlas::start()?;
    atlas.plan(folder)?;
    let arguments = ["run", "plan.yaml", "--start", "--journal", journal];
    let start = || atlas.start_command(folder, &arguments);
    let mut running = (0..PROCESSES).map(|_| start()).collect::<Result<Vec<_>, _>>()?;
    atlas.wait_until_created(&mut running)?;
    let events = count_events(journal)?;
    let mut run = atlas.measure(&mut running)?;
    run.new_events = Some(count_events(journal)? - events);
    Ok(run)
}

fn count_events(journal: &str) -> Result<u64, Box<dyn Error>> {
    let journal: Location = journal.parse()?;
    current_thread()?.block_on(async {
        let store = open(&journal, Options::default()).await?;
        let events = store.info().await?.events;
        store.close().await;
        Ok(events)
    })
}

/// Measures how long one more event takes in the journal of 1,000 migrations, until it is on the disk.
fn appends(what: &str, journal: &str, figures: &mut Vec<Figure>) -> Result<(), Box<dyn Error>> {
    let journal: Location = journal.parse()?;
    let mut latencies = current_thread()?.block_on(async {
        let store = open(&journal, Options::default()).await?;
        let streams = store.streams(StreamFilter::default()).await?;
        let stream = streams.iter().find(|row| row.migration_id.is_some());
        let stream = stream.ok_or("the journal has no migration")?.id;
        let mut latencies = Vec::new();
        for number in 0..APPENDS {
            let mut look = Observed::new("WORKING".to_owned(), i64::from(number));
            look.lag_seconds = Some(number.into());
            let event = NewEvent::new(Actor::new("benchmark", "localhost"), look);
            let start = Instant::now();
            store.append(Append::fact(stream, event)).await?;
            latencies.push(start.elapsed());
        }
        store.close().await;
        Ok::<_, Box<dyn Error>>(latencies)
    })?;
    latencies.sort_unstable();
    for (name, percent) in [("median", 50), ("99th percentile", 99)] {
        let at = latencies[latencies.len() * percent / 100].as_secs_f64() * 1e3;
        figures.push(Figure::plain(format!("append to the journal, {what}, {name}"), at, "ms"));
    }
    Ok(())
}
