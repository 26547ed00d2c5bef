//! Ends or stops the process at a named point, for tests. Exists only with the feature `kill-points`, which no release may have.

use std::{
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use atlas_migrations_journal::Options;
use rustix::process::{Signal, getpid, kill_process};

/// The environment variable that names the point and the pass: `changes.before_send:2`.
pub const VARIABLE: &str = "ATLAS_MIGRATIONS_KILL_AT";

/// The same for a point at which the process is stopped with SIGSTOP, to be continued.
pub const STOP_VARIABLE: &str = "ATLAS_MIGRATIONS_STOP_AT";

/// The environment variable with short time limits in milliseconds, separated by commas: the send window, the time until a
/// request is unclear, that until a person may say that a cutover took no effect, the lease, and its use.
pub const TIMING_VARIABLE: &str = "ATLAS_MIGRATIONS_TIMING";

static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
static PASSES: AtomicU64 = AtomicU64::new(0);
static LOCK: Mutex<()> = Mutex::new(());

/// Ends this process with SIGKILL if the environment names this point and this is the named pass. Use it as the probe of
/// the journal and of the changes.
pub fn probe(point: &'static str) {
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var(VARIABLE).or_else(|_| std::env::var(STOP_VARIABLE)).ok()?;
        let (name, pass) = text.split_once(':').unwrap_or((&text, "1"));
        Some((name.to_owned(), pass.parse().unwrap_or(1)))
    });
    let Some((name, pass)) = wanted else { return };
    if name != point {
        return;
    }
    // Nothing else passes a point while this one decides.
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    if PASSES.fetch_add(1, Ordering::SeqCst) + 1 == *pass {
        if std::env::var_os(VARIABLE).is_some() {
            let _ = kill_process(getpid(), Signal::KILL);
        } else {
            stop();
        }
    }
}

/// Sets the probe of a journal, and the time limits that the environment names.
pub fn instrument(mut options: Options) -> Options {
    options.probe = Some(probe);
    let text = std::env::var(TIMING_VARIABLE).unwrap_or_default();
    let limits: Vec<_> =
        text.split(',').filter_map(|limit| limit.parse().ok().map(Duration::from_millis)).collect();
    if let [send_window, unclear_after, did_not_after, lease, lease_use] = limits[..] {
        options.rules.send_window = send_window;
        options.rules.unclear_after = unclear_after;
        options.rules.cutover_did_not_after = did_not_after;
        (options.lease, options.lease_use) = (lease, lease_use);
    }
    options
}

/// Stops this process, and returns when it is continued. The signal can reach another thread first, so that this one would
/// go on for a moment.
fn stop() {
    let mut before = Instant::now();
    let _ = kill_process(getpid(), Signal::STOP);
    // A gap in time shows that it was stopped.
    while before.elapsed() < Duration::from_millis(200) {
        before = Instant::now();
        std::thread::sleep(Duration::from_millis(1));
    }
}
