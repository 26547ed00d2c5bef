//! Makes calls of two clients in interleaved rounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::callers::Caller;

/// The number of rounds. Few, because fewer than 32 calls are in flight at the start and the end of a round.
const ROUNDS: usize = 4;

/// The results of a client's calls.
#[derive(Default)]
pub struct Tally {
    /// Sorted by `interleave_calls`.
    latencies: Vec<Duration>,
    pub errors: usize,
    time: Duration,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.errors += other.errors;
        self.time += other.time;
    }

    /// Returns the calls per second.
    pub fn rate(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "there are few calls")]
        let calls = self.latencies.len() as f64;
        calls / self.time.as_secs_f64()
    }

    /// Returns a percentile of the latencies.
    pub fn latency(&self, percent: usize) -> Duration {
        let index = self.latencies.len() * percent / 100;
        self.latencies.get(index).or(self.latencies.last()).copied().unwrap_or_default()
    }
}

/// Makes the same number of calls with each client, in interleaved rounds.
pub async fn interleave_calls(callers: &[Caller; 2], calls: usize, at_once: usize) -> [Tally; 2] {
    let mut tallies = [Tally::default(), Tally::default()];
    let round = calls.div_ceil(ROUNDS);
    for caller in callers {
        // Opens the connections and fills the caches.
        run(caller, round, at_once).await;
    }
    let mut left = calls;
    for number in 0..ROUNDS {
        let round = round.min(left);
        left -= round;
        if round == 0 {
            break;
        }
        for place in 0..callers.len() {
            let index = (number + place) % callers.len();
            tallies[index].add(run(&callers[index], round, at_once).await);
        }
    }
    for tally in &mut tallies {
        tally.latencies.sort_unstable();
    }
    tallies
}

/// Makes calls with one client, `at_once` of them concurrently.
pub async fn run(caller: &Caller, calls: usize, at_once: usize) -> Tally {
    let start = Instant::now();
    let taken = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..at_once {
        let (caller, taken) = (caller.clone(), Arc::clone(&taken));
        workers.spawn(async move {
            let mut tally = Tally::default();
            while taken.fetch_add(1, Ordering::Relaxed) < calls {
                let start = Instant::now();
                tally.errors += usize::from(!caller.call().await);
                tally.latencies.push(start.elapsed());
            }
            tally
        });
    }
    let mut whole = Tally::default();
    while let Some(worker) = workers.join_next().await {
        // The calls of a worker that panicked are missing in the count.
        whole.add(worker.unwrap_or_default());
    }
    Tally { time: start.elapsed(), ..whole }
}
