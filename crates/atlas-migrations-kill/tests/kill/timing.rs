//! The time limits of the journal, short enough for thousands of kills.

use std::time::Duration;

use atlas_migrations_journal::{Options, RetryPolicy, state::Rules};
use atlas_migrations_runs::kill_points;

/// How long an intent may be used.
pub const SEND_WINDOW: Duration = Duration::from_millis(700);
/// How long after an intent another process may call it unclear. The gap keeps a process that a busy machine delays between
/// its last check and its first byte out of the results; with the real limits it is 50 seconds.
pub const UNCLEAR_AFTER: Duration = Duration::from_millis(1500);
/// How long after a cutover's intent a person may say that it took no effect.
pub const DID_NOT_AFTER: Duration = Duration::from_millis(1600);
/// How long a lease lasts.
pub const LEASE: Duration = Duration::from_millis(900);
/// How long after its renewal a lease may be used.
pub const LEASE_USE: Duration = Duration::from_millis(600);
/// How often a lease is renewed.
pub const RENEW: Duration = Duration::from_millis(200);
/// How often the state is looked at.
pub const POLL: Duration = Duration::from_millis(15);

/// Waits until something is looked at again. No clock can be injected instead: the processes are killed and stopped for
/// real, and their leases go by the clock of the journal.
pub async fn pause() {
    tokio::time::sleep(POLL).await;
}

/// Returns the limits as the command reads them from its environment.
pub fn environment() -> [(&'static str, String); 3] {
    let [send_window, unclear_after, lease] = kill_points::TIMES;
    [(send_window, SEND_WINDOW), (unclear_after, UNCLEAR_AFTER), (lease, LEASE)]
        .map(|(name, limit)| (name, limit.as_millis().to_string()))
}

pub fn options() -> Options {
    let mut rules = Rules::default();
    rules.send_window = SEND_WINDOW;
    rules.unclear_after = UNCLEAR_AFTER;
    rules.cutover_did_not_after = DID_NOT_AFTER;
    let mut options = Options::default();
    options.rules = rules;
    options.lease = LEASE;
    options.lease_use = LEASE_USE;
    options.read_retry = RetryPolicy::never();
    options
}
