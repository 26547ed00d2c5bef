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

/// The environment variables that shorten the times of the journal, in milliseconds: how long an intent may be used, after
/// how long it may be called unclear, and how long a lease lasts (it may be used for two thirds of that).
pub const TIMES: [&str; 3] = [
    "ATLAS_MIGRATIONS_SEND_WINDOW_MS",
    "ATLAS_MIGRATIONS_UNCLEAR_AFTER_MS",
    "ATLAS_MIGRATIONS_LEASE_MS",
];

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

/// Sets the probe and the times of a journal as the environment says.
pub fn set_options(options: &mut Options) {
    options.probe = Some(probe);
    let [send_window, unclear_after, lease] = TIMES.map(milliseconds);
    options.rules.send_window = send_window.unwrap_or(options.rules.send_window);
    options.rules.unclear_after = unclear_after.unwrap_or(options.rules.unclear_after);
    options.lease = lease.unwrap_or(options.lease);
    options.lease_use = lease.map_or(options.lease_use, |lease| lease * 2 / 3);
}

fn milliseconds(variable: &str) -> Option<Duration> {
    std::env::var(variable).ok()?.parse().ok().map(Duration::from_millis)
}
