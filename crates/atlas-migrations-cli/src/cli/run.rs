//! The options of `run`.

use std::path::PathBuf;
use std::time::Duration;

use atlas_migrations::PollInterval;
use clap::{Args, ValueEnum};

use super::duration;
use super::metrics::MetricsOptions;
use super::serve::ServeBeside;
use super::watch::poll_interval;

const AFTER_HELP: &str = "\
The run validates, starts, follows and cuts over each migration, as the plan and people allow. All that counts is in the
journal: a run that ended in any way, even by the loss of its machine, goes on with the same command, here or elsewhere.
Several runs of one plan share its migrations and never send a request twice. Ctrl-C ends the run, not the migrations.

A terminal of at least 40 x 10 gets a live view: `?` shows its keys, `a` approves and `h` holds the selected migration,
`q` ends the run like Ctrl-C. Elsewhere a line is printed for each event.

People decide from any shell that uses the same journal: approve, withdraw, hold, release, postpone-until,
abort-before-cutover, retry, journal resolve.

With --output json, stdout gets one JSON object per line, and a terminal on stderr the final states. Each object has
\"version\", \"at\", \"event\" and \"name\"; times are RFC 3339. `atlas-migrations schema events` prints the JSON Schema:
    recorded     an event of the journal: type, seq, actor, attempt, event_id, fields
    waits        what a migration waits for now: state, waits_for
    claimed      this run works on the migration: taken_over
    given_up     another run works on it
    problem      something went wrong, and the run goes on: problem
    end          for each migration: attempt, state, project_id, live_migration_id, result, waits_for, planned

Metrics of --metrics are in docs/metrics.md, with alerts and a dashboard.

Exit codes; the worst decides:
    0  every migration is complete or given up; with --until idle also: or waits for a person
    5  Atlas refused a request, or a hook vetoed a cutover
    7  it is not known whether a request took effect
    8  a migration failed
    9  a migration expired
   12  the journal cannot be used
  130  interrupted (SIGINT, SIGTERM or SIGHUP)
The others are in `atlas-migrations --help`.";

/// Run a plan: validate, start, follow and cut over its migrations
#[derive(Args)]
#[command(after_long_help = AFTER_HELP, after_help = "Exit codes and JSON: see --help")]
pub struct Run {
    /// Plan file
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Start a plan that this journal has never seen. A plan that was started goes on with or without this
    #[arg(long)]
    pub start: bool,
    /// Print what would be done next for each migration. Sends and writes nothing
    #[arg(long = "dry-run")]
    pub preview: bool,
    /// When the run ends
    #[arg(long, value_enum, default_value_t)]
    pub until: RunEnd,
    /// Take migrations from another run that is not known to be gone, such as one that is stopped or cut off. Requests
    /// that it may have sent are not sent again
    #[arg(long)]
    pub take_over: bool,
    /// Time between looks at a migration: fixed, such as 10s, or a range that adapts. Default: 5s..60s
    #[arg(long, value_name = "DURATION", value_parser = poll_interval)]
    pub interval: Option<PollInterval>,
    #[command(flatten)]
    pub metrics: MetricsOptions,
    /// Time between looks at the journal, for tests
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, hide = true)]
    pub journal_interval: Option<Duration>,
    /// Time between renewals of the lease, for tests
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, hide = true)]
    pub lease_interval: Option<Duration>,
    /// Time before a failed step is tried again, for tests
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, hide = true)]
    pub retry_pause: Option<Duration>,
    /// Write the report of the plan as one HTML file, each minute and when the run ends. An existing regular file is
    /// replaced; a failure to write is a warning
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
    /// Time between two reports, for tests
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, hide = true)]
    pub report_interval: Option<Duration>,
    #[command(flatten)]
    pub page: ServeBeside,
}

/// When a run ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum RunEnd {
    /// When every migration ended
    #[default]
    Ended,
    /// When every migration ended or waits for a person
    Idle,
}
