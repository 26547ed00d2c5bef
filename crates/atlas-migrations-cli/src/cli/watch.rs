//! The options of `watch`.

use std::path::PathBuf;
use std::time::Duration;

use atlas_migrations::{LiveMigrationId, PollInterval};
use clap::{Args, ValueEnum};

use super::duration;
use super::metrics::MetricsOptions;
use super::serve::ServeBeside;
use super::shared::Project;
use super::target::IdOrName;
use crate::name_completion;

const AFTER_HELP: &str = "\
The file of --file is a JSON list; `name` is optional and only displayed:
    [{\"project_id\": \"32b6e34b3d91647abb20e7b8\",
      \"live_migration_id\": \"6296fb4c7c7aa997cf94e9a8\",
      \"name\": \"orders\"}]

A terminal of at least 40 x 10 gets a live view on stderr: `?` shows its keys, `q` ends it, and the states that were
seen last stay on the screen. If stdout is not a terminal, or the terminal is smaller, stdout gets one line per change;
changes of only the lag are shown when they exceed a quarter. Polls, metrics and cutovers continue even if nobody reads
stdout: of the lines that wait too long, only the newest update of each migration is kept.

With --output json, stdout gets one JSON object per line, and a terminal on stderr the final states. Each object has
\"version\", \"at\", \"event\", \"name\", \"project_id\" and \"live_migration_id\"; times are RFC 3339, durations are seconds,
and unknown values are null. `atlas-migrations schema events` prints the JSON Schema:
    update       a change: job (as the API returns it), lag_seconds, trend {catch_up_rate, low, high},
                 estimate {expected_seconds, earliest_seconds, latest_seconds}, deadline {earliest, latest},
                 changed [first, status, lag, ready_for_cutover, other], failed_polls,
                 waiting_for (what the cutover waits for: readiness, lag above --max-lag, or null)
    poll_failed  the first failed poll of a series: error, status, failed_polls, next_poll_seconds
    cutover      state (sending, accepted, unclear, refused, postponed), error; only with `cutover`
    end          outcome (ready, complete, failed, expired, error, timed_out, interrupted), error, exit_code,
                 status, lag_seconds, ready_for_cutover, cutover (the last state, or null), waiting_for, polls,
                 failed_polls, left_out (number of updates that were dropped because stdout was not read in time)

Metrics of --metrics are in docs/metrics.md, with alerts and a dashboard. The server stays up for --linger after the end, so
that the final states are scraped.

Exit codes; for several migrations the worst outcome decides: failed, then expired, then unknown, then timed out:
    0  each migration reached the state of --until
    8  a migration failed
    9  a migration expired
   10  timed out
   11  done, but stdout could not be written
  130  interrupted (SIGINT, SIGTERM or SIGHUP)
  141  the reader of stdout, such as `head`, closed it before the end
If polls failed for longer than --error-timeout, or the service refused the request, the exit codes of
`atlas-migrations --help` apply.";

/// Watch live migrations until they end
///
/// Migrations continue whether they are watched or not. A failed poll is not a failed migration.
#[derive(Args)]
#[command(after_long_help = AFTER_HELP, after_help = "Exit codes, JSON and metrics: see --help")]
pub struct Watch {
    /// Live migration IDs, or names in the journal: orders, or weekend-12/orders
    #[arg(value_name = "LIVE_MIGRATION_ID|NAME", required_unless_present = "file", add = name_completion::completer())]
    pub ids: Vec<IdOrName<LiveMigrationId>>,
    #[command(flatten)]
    pub project: Project,
    /// JSON file that lists migrations of any projects; `-` reads stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ids", "group_id"])]
    pub file: Option<PathBuf>,
    /// State at which the watch of a migration ends successfully
    #[arg(long, value_enum, default_value_t)]
    pub until: Until,
    #[command(flatten)]
    pub options: WatchOptions,
    #[command(flatten)]
    pub page: ServeBeside,
}

/// The state at which the watch of a migration ends. A migration that ends otherwise is not watched further.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// Ready for cutover, or complete
    Ready,
    /// Complete
    Complete,
    /// Complete, failed or expired
    #[default]
    Terminal,
}

/// How to watch migrations.
#[derive(Args)]
#[command(next_help_heading = "Watch options")]
pub struct WatchOptions {
    /// Maximum time to watch, such as 90s or 12h. Default: no limit
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub timeout: Option<Duration>,
    /// Time between polls: fixed, such as 10s, or a range that adapts. Default: 5s..60s. Many migrations of one
    /// project are polled less often to stay within its rate limit
    #[arg(long, value_name = "DURATION", value_parser = poll_interval)]
    pub interval: Option<PollInterval>,
    /// How long polls may fail before the watch gives up. Default: 15m
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub error_timeout: Option<Duration>,
    /// Write an SVG chart of the lags and events, each minute and when the watch ends. An existing regular file is
    /// replaced; a failure to write is a warning
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// Time between two charts, for tests
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, hide = true)]
    pub chart_interval: Option<Duration>,
    #[command(flatten)]
    pub metrics: MetricsOptions,
}

impl WatchOptions {
    /// Returns the name of the first option that is given.
    pub fn first_given(&self) -> Option<&'static str> {
        let Self { timeout, interval, error_timeout, chart, chart_interval, metrics } = self;
        let MetricsOptions { metrics, linger } = metrics;
        [
            (timeout.is_some(), "--timeout"),
            (interval.is_some(), "--interval"),
            (error_timeout.is_some(), "--error-timeout"),
            (chart.is_some(), "--chart"),
            (chart_interval.is_some(), "--chart-interval"),
            (metrics.is_some(), "--metrics"),
            (linger.is_some(), "--linger"),
        ]
        .into_iter()
        .find_map(|(is_given, name)| is_given.then_some(name))
    }
}

pub fn poll_interval(text: &str) -> Result<PollInterval, String> {
    let parse = |text: &str| duration::parse(text).map_err(|error| format!("{text:?}: {error}"));
    let (shortest, longest) = text.split_once("..").unwrap_or((text, text));
    let longest = longest.strip_prefix('=').unwrap_or(longest);
    PollInterval::new(parse(shortest)?..=parse(longest)?).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_one_duration_or_a_range() {
        let seconds = |shortest, longest| {
            let bounds = Duration::from_secs(shortest)..=Duration::from_secs(longest);
            Ok(PollInterval::new(bounds).unwrap())
        };
        assert_eq!(poll_interval("10s"), seconds(10, 10));
        assert_eq!(poll_interval("5s..2m"), seconds(5, 120));
        assert_eq!(poll_interval("5s ..= 2m"), seconds(5, 120));
        for wrong in ["", "5", "5s..", "2m..5s", "-5s", "9ms"] {
            assert!(poll_interval(wrong).is_err(), "{wrong}");
        }
    }
}
