//! Many scenarios: a sample in each test run, all of them on demand.

use std::{
    env,
    time::{SystemTime, UNIX_EPOCH},
};

use futures_util::{StreamExt as _, stream};

use crate::{
    report::Summary,
    runner,
    scenario::{Random, Scenario, kills, singles},
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
        }
    }
    summary
}

/// A hundred scenarios, each kind of kill in turn, the rest at random.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sample_of_kills_breaks_no_invariant() {
    let base = base();
    eprintln!("KILL_SEED={base} repeats this sample");
    let (kinds, mut random) = (kills().len() as u64, Random(base));
    let sample = (0..100).map(|place| {
        let kind = (base + place) % kinds;
        kind + kinds * random.below(singles() / kinds)
    });
    let summary = run_all(sample.collect()).await;
    eprintln!("{summary}");
    assert!(summary.kills() >= 50, "only {} processes were killed", summary.kills());
    assert!(summary.broken().is_empty(), "{} scenarios", summary.broken().len());
}

/// `KILL_SEED=1234 cargo test … -- --ignored one_scenario`.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "replays one scenario"]
async fn one_scenario() {
    let summary = run_all(vec![base()]).await;
    eprintln!("{summary}");
    assert!(summary.broken().is_empty());
}

/// Every single kill with every rival, store and fault, and then random scenarios with several kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes long"]
async fn all_kills_break_no_invariant() {
    let scenarios = number(SCENARIOS).unwrap_or_else(|| singles() + 200);
    let base = base();
    eprintln!("KILL_SEED={base} repeats the random part");
    let numbers = (0..scenarios)
        .map(|place| if place < singles() { place } else { singles() + base + place });
    let summary = run_all(numbers.collect()).await;
    eprintln!("{summary}");
    assert!(summary.broken().is_empty(), "{} scenarios", summary.broken().len());
}
