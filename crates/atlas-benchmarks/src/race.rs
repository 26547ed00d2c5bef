//! Clients that take turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::callers::Caller;

/// How often the clients take turns. Not often: of 32 calls at once, those with which a round begins and ends are to
/// be few.
const ROUNDS: usize = 4;

/// What became of a client's calls.
#[derive(Default)]
pub struct Tally {
    /// In order, once a race is over.
    latencies: Vec<Duration>,
    pub errors: usize,
    took: Duration,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.errors += other.errors;
        self.took += other.took;
    }

    /// Calls a second.
    pub fn rate(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "there are few calls")]
        let calls = self.latencies.len() as f64;
        calls / self.took.as_secs_f64()
    }

    /// How long so many percent of the calls took at the most.
    pub fn latency(&self, percent: usize) -> Duration {
        let index = self.latencies.len() * percent / 100;
        self.latencies.get(index).or(self.latencies.last()).copied().unwrap_or_default()
    }
}

/// As many calls of each client, in rounds.
pub async fn race(callers: &[Caller; 2], calls: usize, at_once: usize) -> [Tally; 2] {
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
    for tally in &mut tallies {
        tally.latencies.sort_unstable();
    }
    tallies
}

/// So many calls, with so many at once.
pub async fn run(caller: &Caller, calls: usize, at_once: usize) -> Tally {
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
