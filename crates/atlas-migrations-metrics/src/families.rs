//! The table of all metrics.
//!
//! Names follow the conventions of Prometheus: base units, `_total` for counters, `_timestamp_seconds` for times.

use crate::family::{
    Exporter::{Run, Serve, Watch},
    Family,
    MetricType::{Counter, Gauge, Histogram},
};

macro_rules! families {
    ($($constant:ident = $name:literal: $metric_type:ident of $unit:literal by [$($label:literal),*] from [$($exporter:ident),*],
        $help:literal;)*) => {
        $(
            #[doc = concat!($help, ".")]
            pub const $constant: Family = Family {
                name: $name,
                metric_type: $metric_type,
                unit: $unit,
                labels: &[$($label),*],
                help: $help,
                exporters: &[$($exporter),*],
            };
        )*

        /// All metrics, in the order of the text.
        pub const ALL: &[&Family] = &[$(&$constant),*];
    };
}

families! {
    STATE = "atlas_live_migration_state":
        Gauge of "0 or 1" by ["plan", "name", "project_id", "live_migration_id", "state"] from [Watch, Run, Serve],
        "1 for the state that the migration is in, 0 for the other states";

    NEEDS_PERSON = "atlas_live_migration_needs_person":
        Gauge of "0 or 1" by ["plan", "name", "project_id", "live_migration_id"] from [Watch, Run, Serve],
        "1 if nothing happens, or the migration expires, until a person acts";

    INFO = "atlas_live_migration_info":
        Gauge of "1" by ["plan", "name", "project_id", "live_migration_id", "clusters", "attempt"] from [Run, Serve],
        "Source and destination cluster of the migration, and which start of it this is, from 1";

    STATE_SINCE = "atlas_live_migration_state_since_timestamp_seconds":
        Gauge of "seconds since 1970" by ["plan", "name", "project_id", "live_migration_id"] from [Run, Serve],
        "When the migration entered its state";

    READY_SINCE = "atlas_live_migration_ready_since_timestamp_seconds":
        Gauge of "seconds since 1970" by ["plan", "name", "project_id", "live_migration_id"] from [Watch, Run, Serve],
        "When the migration was first seen ready for the cutover; only while it is ready";

    DEADLINE = "atlas_live_migration_deadline_timestamp_seconds":
        Gauge of "seconds since 1970" by ["plan", "name", "project_id", "live_migration_id", "bound"] from [Watch, Run, Serve],
        "When Atlas stops a ready migration that is not cut over: `bound` is `earliest` or `latest`; without `earliest` it may expire at any time before latest";

    LAG = "atlas_live_migration_lag_seconds":
        Gauge of "seconds" by ["plan", "name", "project_id", "live_migration_id"] from [Watch, Run],
        "Lag of the destination behind the source, as the last successful poll of this process found it";

    LAST_SUCCESS = "atlas_live_migration_last_success_timestamp_seconds":
        Gauge of "seconds since 1970" by ["plan", "name", "project_id", "live_migration_id"] from [Watch, Run],
        "When a poll of this process succeeded last";

    POLLS = "atlas_live_migration_polls_total":
        Counter of "polls" by ["plan", "name", "project_id", "live_migration_id"] from [Watch, Run],
        "Polls of the migration by this process";

    POLL_ERRORS = "atlas_live_migration_poll_errors_total":
        Counter of "polls" by ["plan", "name", "project_id", "live_migration_id"] from [Watch, Run],
        "Polls of the migration that failed";

    RECORDED_LAG = "atlas_live_migration_recorded_lag_seconds":
        Gauge of "seconds" by ["plan", "name", "project_id", "live_migration_id"] from [Run, Serve],
        "Lag in the last look that the journal has, until the end; while it replicates, at least once an hour if somebody follows it";

    RECORDED_LAG_AT = "atlas_live_migration_recorded_lag_timestamp_seconds":
        Gauge of "seconds since 1970" by ["plan", "name", "project_id", "live_migration_id"] from [Run, Serve],
        "When the recorded lag was seen";

    POLL_ERRORS_BY_CODE = "atlas_migrations_poll_errors_total":
        Counter of "polls" by ["code"] from [Watch, Run],
        "Polls of any migration that failed, by the class of the error";

    PLAN_VERDICT = "atlas_migrations_plan_verdict":
        Gauge of "0 or 1" by ["plan", "verdict"] from [Run, Serve],
        "1 for the verdict on the plan, 0 for the others: `no_go`, `wait`, `go` or `over`";

    JOURNAL_UP = "atlas_migrations_journal_up":
        Gauge of "0 or 1" by [] from [Run, Serve],
        "1 if the journal could be read when it was read last";

    JOURNAL_LAST_READ = "atlas_migrations_journal_last_read_timestamp_seconds":
        Gauge of "seconds since 1970" by [] from [Run, Serve],
        "When the journal was read last, by its own clock; all state in this scrape is as old";

    JOURNAL_EVENTS = "atlas_migrations_journal_events_total":
        Counter of "events" by ["type"] from [Run, Serve],
        "Events in the journal, by type, except those of streams that were archived before this process started";

    JOURNAL_APPENDS = "atlas_migrations_journal_append_duration_seconds":
        Histogram of "seconds" by [] from [Watch, Run],
        "Time that the journal took to store an event of this process durably";

    JOURNAL_APPEND_FAILURES = "atlas_migrations_journal_append_failures_total":
        Counter of "events" by ["reason"] from [Watch, Run],
        "Events that the journal did not store; `conflict` and `refused` are normal when several processes or people write";

    HOOK_DELIVERIES = "atlas_migrations_hook_deliveries_total":
        Counter of "tries" by ["plan", "hook", "result"] from [Run, Serve],
        "Tries to tell a hook, by result; `given_up` means that no more tries follow";

    HOOK_PENDING = "atlas_migrations_hook_deliveries_pending":
        Gauge of "deliveries" by ["plan", "hook"] from [Run, Serve],
        "Deliveries that were tried, and are under way or are tried again";

    BUILD_INFO = "atlas_migrations_build_info":
        Gauge of "1" by ["version"] from [Watch, Run, Serve],
        "Version of the program";
}
