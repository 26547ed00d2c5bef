//! Many scenarios: a sample in each test run, all of them on demand.

use std::{
    env,
    time::{SystemTime, UNIX_EPOCH},
};

use futures_util::{StreamExt as _, stream};

use crate::{
    report::Summary,
    runner,
    scenario::{Kill, Random, Scenario, kills, singles},
};

/// Replays one scenario.
const SEED: &str = "KILL_SEED";
/// How many scenarios the long version runs.
const SCENARIOS: &str = "KILL_SCENARIOS";
/// How many scenarios run at once.
const AT_ONCE: &str = "KILL_AT_ONCE";

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

fn base() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    number(SEED).unwrap_or_else(|| Random(now.as_secs()).below(1_000_000_000))
}

async fn run_all(numbers: Vec<u64>) -> Summary {
    let mut summary = Summary::default();
    let at_once = usize::try_from(number(AT_ONCE).unwrap_or(8)).unwrap();
    let mut outcomes = stream::iter(numbers)
        .map(|number| async move { runner::run(&Scenario::numbered(number), None).await })
        .buffer_unordered(at_once);
    while let Some(outcome) = outcomes.next().await {
        if let Some(outcome) = outcome {
            if !outcome.violations.is_empty() {
                eprintln!("{outcome}");
            }
            summary.add(outcome);
            if summary.scenarios().is_multiple_of(100) {
                eprintln!("{} scenarios, {} kills", summary.scenarios(), summary.kills());
            }
        }
    }
    summary
}

/// Returns numbers of scenarios with a single kill: in turn one in an exchange and one at a named point, the rest at random.
fn sample(base: u64, count: u64) -> Vec<u64> {
    let kills = kills();
    let is_point = |kill: &&Kill| matches!(kill, Kill::Point(..));
    let points = kills.iter().filter(is_point).count() as u64;
    let (kinds, mut random) = (kills.len() as u64, Random(base));
    let exchanges = kinds - points;
    let number = |place: u64| {
        let turn = base + place / 2;
        let kind = match place % 2 {
            0 => turn % exchanges,
            // In steps, so that a few of them are of every kind.
            _ => exchanges + turn * 29 % points,
        };
        kind + kinds * random.below(singles() / kinds)
    };
    (0..count).map(number).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sample_of_kills_breaks_no_invariant() {
    let base = base();
    eprintln!("KILL_SEED={base} repeats this sample");
    let summary = run_all(sample(base, 100)).await;
    eprintln!("{summary}");
    assert!(summary.kills() >= 50, "only {} processes were killed", summary.kills());
    assert!(summary.broken().is_empty(), "{} scenarios", summary.broken().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "replays the scenario of KILL_SEED"]
async fn one_scenario() {
    let summary = run_all(vec![base()]).await;
    eprintln!("{summary}");
    assert!(summary.broken().is_empty());
}

/// Every kind of kill about ten times, with rivals, stores and faults at random, and then scenarios with several kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes half an hour"]
async fn thousands_of_kills_break_no_invariant() {
    let count = number(SCENARIOS).unwrap_or(2600);
    let base = base();
    eprintln!("KILL_SEED={base} repeats this run");
    let several = count / 10;
    let mut numbers = sample(base, count - several);
    numbers.extend((0..several).map(|place| singles() + base + place));
    let summary = run_all(numbers).await;
    eprintln!("{summary}");
    assert!(summary.broken().is_empty(), "{} scenarios", summary.broken().len());
}
