//! Runs one scenario: starts, kills and restarts processes until the migration ended.

use std::time::Duration;

use atlas_migrations_journal::event::{Event, EventRecord};

use crate::{
    driver::Badness,
    oracle::Oracle,
    person::{self, Habits},
    process::{End, Process, Start, prepare},
    proxy::Proxy,
    report::Outcome,
    scenario::{Kill, Rival, Scenario},
    world::{Journaled, World},
};

/// More starts than that mean that nothing goes on.
const MOST_STARTS: u32 = 40;
const MOST_FAILURES: u32 = 3;
const LONGEST: Duration = Duration::from_mins(2);

/// Runs a scenario. Returns `None` where there is no PostgreSQL.
pub async fn run(scenario: &Scenario, badness: Option<Badness>) -> Option<Outcome> {
    let world = World::new(scenario.store, scenario.program, scenario.fault).await?;
    world.inject(&scenario.fault_on);
    let oracle = Oracle::new(&world);
    let mut outcome = Outcome::new(scenario);
    {
        let habits = Habits { holds: scenario.holds, ..Habits::default() };
        let work = work(scenario, badness, &world, &oracle, &mut outcome);
        let person = person::answer(&world, habits, &oracle);
        let in_time = async {
            tokio::select! {
                () = work => {}
                () = person => {}
            }
        };
        if tokio::time::timeout(LONGEST, in_time).await.is_err() {
            oracle.violation("8: the migration did not end in time");
        }
    }
    oracle.check_end(&world).await;
    let all = world.journaled().await;
    outcome.finish(&all, oracle.violations());
    if !outcome.violations.is_empty() {
        outcome.story = story(&all);
        outcome.logs = logs(&world);
    }
    world.store.close().await;
    Some(outcome)
}

async fn work(
    scenario: &Scenario,
    badness: Option<Badness>,
    world: &World,
    oracle: &Oracle,
    outcome: &mut Outcome,
) {
    let mut kills = scenario.kills.iter();
    let (mut rival, mut failures) = (None, 0);
    if scenario.rival == Rival::Alive {
        rival = Some(start(world, oracle, None, badness).await);
        outcome.starts += 1;
    }
    loop {
        if outcome.starts >= MOST_STARTS {
            return oracle.violation(format!("8: nothing ended after {MOST_STARTS} starts"));
        }
        let (process, _proxy) = start(world, oracle, kills.next(), badness).await;
        outcome.starts += 1;
        match process.ended().await {
            End::Done => break,
            End::Failed if failures < MOST_FAILURES => failures += 1,
            End::Failed => return oracle.violation("8: the program fails again and again"),
            End::Killed => outcome.killed(&world.journaled().await),
        }
        if scenario.rival == Rival::After && rival.is_none() {
            rival = Some(start(world, oracle, None, badness).await);
            outcome.starts += 1;
        }
    }
    if let Some((rival, _proxy)) = rival {
        // It may have failed at the start of the plan. What it left is done.
        rival.ended().await;
    }
}

async fn start(
    world: &World,
    oracle: &Oracle,
    kill: Option<&Kill>,
    badness: Option<Badness>,
) -> (Process, Proxy) {
    start_with(world, oracle, kill, Start { badness, ..Start::default() }).await
}

/// Starts a process behind a proxy of its own.
pub async fn start_with(
    world: &World,
    oracle: &Oracle,
    kill: Option<&Kill>,
    start: Start,
) -> (Process, Proxy) {
    let (process, starter) = prepare();
    let base_url = world.simulator.base_url();
    let proxy = Proxy::start(base_url, process.clone(), oracle.clone(), kill.cloned()).await;
    let kill_at = match kill {
        Some(Kill::Point(name, pass)) => Some(format!("{name}:{pass}")),
        _ => None,
    };
    let start = Start { base_url: proxy.base_url.clone(), kill_at, ..start };
    starter.start(world, &start);
    (process, proxy)
}

/// Returns the events of all migrations, a line each.
fn story(all: &[Journaled]) -> Vec<String> {
    let line = |one: &Journaled, record: &EventRecord| {
        let fields = match &record.event {
            Event::Planned(_) => String::new(),
            event => serde_json::Value::from(event.to_fields()).to_string(),
        };
        let (name, seq, at_ms) = (&one.name, record.seq, record.at_ms);
        format!("{name:<6} {seq:>3} {at_ms} {} {fields}", record.event.event_type())
    };
    all.iter().flat_map(|one| one.records.iter().map(move |record| line(one, record))).collect()
}

fn logs(world: &World) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(world.folder.path()).unwrap().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "log") {
            text.push_str(&std::fs::read_to_string(entry.path()).unwrap_or_default());
        }
    }
    text
}
