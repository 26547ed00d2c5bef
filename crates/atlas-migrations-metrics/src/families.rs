//! The table of all metrics.
//!
//! Names follow the conventions of Prometheus: base units, `_total` for counters, `_timestamp_seconds` for times.

use crate::family::{
    Exporter::{Run, Serve, Watch},
    Family,
    MetricType::{Counter, Gauge, Histogram},
};

/// 1 for the state that the migration is in, 0 for the other states.
pub const STATE: Family = Family {
    name: "atlas_live_migration_state",
    metric_type: Gauge,
    unit: "0 or 1",
    labels: &["plan", "name", "project_id", "live_migration_id", "state"],
    help: "1 for the state that the migration is in, 0 for the other states",
    exporters: &[Watch, Run, Serve],
};

/// 1 if nothing happens, or the migration expires, until a person acts.
pub const NEEDS_PERSON: Family = Family {
    name: "atlas_live_migration_needs_person",
    metric_type: Gauge,
    unit: "0 or 1",
    labels: &["plan", "name", "project_id", "live_migration_id"],
    help: "1 if nothing happens, or the migration expires, until a person acts",
    exporters: &[Watch, Run, Serve],
};

/// Source and destination cluster of the migration, and which start of it this is, from 1.
pub const INFO: Family = Family {
    name: "atlas_live_migration_info",
    metric_type: Gauge,
    unit: "1",
    labels: &["plan", "name", "project_id", "live_migration_id", "clusters", "attempt"],
    help: "Source and destination cluster of the migration, and which start of it this is, from 1",
    exporters: &[Run, Serve],
};

/// When the migration entered its state.
pub const STATE_SINCE: Family = Family {
    name: "atlas_live_migration_state_since_timestamp_seconds",
    metric_type: Gauge,
    unit: "seconds since 1970",
    labels: &["plan", "name", "project_id", "live_migration_id"],
    help: "When the migration entered its state",
    exporters: &[Run, Serve],
};

/// When the migration was first seen ready for the cutover; only while it is ready.
pub const READY_SINCE: Family = Family {
    name: "atlas_live_migration_ready_since_timestamp_seconds",
    metric_type: Gauge,
    unit: "seconds since 1970",
    labels: &["plan", "name", "project_id", "live_migration_id"],
    help: "When the migration was first seen ready for the cutover; only while it is ready",
    exporters: &[Watch, Run, Serve],
};

/// When Atlas stops a ready migration that is not cut over: bound is earliest or latest; without earliest it may expire at any time before latest.
pub const DEADLINE: Family = Family {
    name: "atlas_live_migration_deadline_timestamp_seconds",
    metric_type: Gauge,
    unit: "seconds since 1970",
    labels: &["plan", "name", "project_id", "live_migration_id", "bound"],
    help: "When Atlas stops a ready migration that is not cut over: bound is earliest or latest; without earliest it may expire at any time before latest",
    exporters: &[Watch, Run, Serve],
};

/// Lag of the destination behind the source, as the last successful poll of this process found it.
pub const LAG: Family = Family {
    name: "atlas_live_migration_lag_seconds",
    metric_type: Gauge,
    unit: "seconds",
    labels: &["plan", "name", "project_id", "live_migration_id"],
    help: "Lag of the destination behind the source, as the last successful poll of this process found it",
    exporters: &[Watch, Run],
};

/// When a poll of this process succeeded last.
pub const LAST_SUCCESS: Family = Family {
    name: "atlas_live_migration_last_success_timestamp_seconds",
    metric_type: Gauge,
    unit: "seconds since 1970",
    labels: &["plan", "name", "project_id", "live_migration_id"],
    help: "When a poll of this process succeeded last",
    exporters: &[Watch, Run],
};

/// Polls of the migration by this process.
pub const POLLS: Family = Family {
    name: "atlas_live_migration_polls_total",
    metric_type: Counter,
    unit: "polls",
    labels: &["plan", "name", "project_id", "live_migration_id"],
    help: "Polls of the migration by this process",
    exporters: &[Watch, Run],
};

/// Polls of the migration that failed.
pub const POLL_ERRORS: Family = Family {
    name: "atlas_live_migration_poll_errors_total",
    metric_type: Counter,
    unit: "polls",
    labels: &["plan", "name", "project_id", "live_migration_id"],
    help: "Polls of the migration that failed",
    exporters: &[Watch, Run],
};

/// Lag in the last look that the journal has; looks are recorded only when the state changes.
pub const RECORDED_LAG: Family = Family {
    name: "atlas_live_migration_recorded_lag_seconds",
    metric_type: Gauge,
    unit: "seconds",
    labels: &["plan", "name", "project_id", "live_migration_id"],
    help: "Lag in the last look that the journal has; looks are recorded only when the state changes",
    exporters: &[Run, Serve],
};

/// When the recorded lag was seen.
pub const RECORDED_LAG_AT: Family = Family {
    name: "atlas_live_migration_recorded_lag_timestamp_seconds",
    metric_type: Gauge,
    unit: "seconds since 1970",
    labels: &["plan", "name", "project_id", "live_migration_id"],
    help: "When the recorded lag was seen",
    exporters: &[Run, Serve],
};

/// Polls of any migration that failed, by the class of the error.
pub const POLL_ERRORS_BY_CODE: Family = Family {
    name: "atlas_migrations_poll_errors_total",
    metric_type: Counter,
    unit: "polls",
    labels: &["code"],
    help: "Polls of any migration that failed, by the class of the error",
    exporters: &[Watch, Run],
};

/// 1 for the verdict on the plan, 0 for the others: no_go, wait, go or over.
pub const PLAN_VERDICT: Family = Family {
    name: "atlas_migrations_plan_verdict",
    metric_type: Gauge,
    unit: "0 or 1",
    labels: &["plan", "verdict"],
    help: "1 for the verdict on the plan, 0 for the others: no_go, wait, go or over",
    exporters: &[Run, Serve],
};

/// 1 if the journal could be read when it was read last.
pub const JOURNAL_UP: Family = Family {
    name: "atlas_migrations_journal_up",
    metric_type: Gauge,
    unit: "0 or 1",
    labels: &[],
    help: "1 if the journal could be read when it was read last",
    exporters: &[Run, Serve],
};

/// When the journal was read last, by its own clock; all state in this scrape is as old.
pub const JOURNAL_LAST_READ: Family = Family {
    name: "atlas_migrations_journal_last_read_timestamp_seconds",
    metric_type: Gauge,
    unit: "seconds since 1970",
    labels: &[],
    help: "When the journal was read last, by its own clock; all state in this scrape is as old",
    exporters: &[Run, Serve],
};

/// Events in the journal, by type, except those of streams that were archived before this process started.
pub const JOURNAL_EVENTS: Family = Family {
    name: "atlas_migrations_journal_events_total",
    metric_type: Counter,
    unit: "events",
    labels: &["type"],
    help: "Events in the journal, by type, except those of streams that were archived before this process started",
    exporters: &[Run, Serve],
};

/// Time that the journal took to store an event of this process durably.
pub const JOURNAL_APPENDS: Family = Family {
    name: "atlas_migrations_journal_append_duration_seconds",
    metric_type: Histogram,
    unit: "seconds",
    labels: &[],
    help: "Time that the journal took to store an event of this process durably",
    exporters: &[Watch, Run],
};

/// Events that the journal did not store; conflict and refused are normal when several processes or people write.
pub const JOURNAL_APPEND_FAILURES: Family = Family {
    name: "atlas_migrations_journal_append_failures_total",
    metric_type: Counter,
    unit: "events",
    labels: &["reason"],
    help: "Events that the journal did not store; conflict and refused are normal when several processes or people write",
    exporters: &[Watch, Run],
};

/// Tries to tell a hook, by result; given_up means that no more tries follow.
pub const HOOK_DELIVERIES: Family = Family {
    name: "atlas_migrations_hook_deliveries_total",
    metric_type: Counter,
    unit: "tries",
    labels: &["plan", "hook", "result"],
    help: "Tries to tell a hook, by result; given_up means that no more tries follow",
    exporters: &[Run, Serve],
};

/// Deliveries that were tried, and are under way or are tried again.
pub const HOOK_PENDING: Family = Family {
    name: "atlas_migrations_hook_deliveries_pending",
    metric_type: Gauge,
    unit: "deliveries",
    labels: &["plan", "hook"],
    help: "Deliveries that were tried, and are under way or are tried again",
    exporters: &[Run, Serve],
};

/// Version of the program.
pub const BUILD_INFO: Family = Family {
    name: "atlas_migrations_build_info",
    metric_type: Gauge,
    unit: "1",
    labels: &["version"],
    help: "Version of the program",
    exporters: &[Watch, Run, Serve],
};

/// All metrics, in the order of the text.
pub const ALL: &[&Family] = &[
    &STATE,
    &NEEDS_PERSON,
    &INFO,
    &STATE_SINCE,
    &READY_SINCE,
    &DEADLINE,
    &LAG,
    &LAST_SUCCESS,
    &POLLS,
    &POLL_ERRORS,
    &RECORDED_LAG,
    &RECORDED_LAG_AT,
    &POLL_ERRORS_BY_CODE,
    &PLAN_VERDICT,
    &JOURNAL_UP,
    &JOURNAL_LAST_READ,
    &JOURNAL_EVENTS,
    &JOURNAL_APPENDS,
    &JOURNAL_APPEND_FAILURES,
    &HOOK_DELIVERIES,
    &HOOK_PENDING,
    &BUILD_INFO,
];
