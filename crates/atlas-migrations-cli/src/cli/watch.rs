//! The options of `watch`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use atlas_migrations::{LiveMigrationId, PollInterval};
use clap::{Args, ValueEnum};

use super::duration;
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

With --output json, stdout gets one JSON object per line. Each has \"event\", \"name\", \"group_id\" and
\"live_migration_id\"; times are RFC 3339, durations are seconds, and unknown values are null:
    update       a change: observed_at, job (as the API returns it), lag_seconds,
                 trend {catch_up_rate, low, high}, estimate {expected_seconds, earliest_seconds, latest_seconds},
                 deadline {earliest, latest}, changed [first, status, lag, ready_for_cutover, other], failed_polls;
                 with `cutover` also waiting_for: readiness, lag (above --max-lag), or null
    poll_failed  the first failed poll of a series: at, error, status, failed_polls, next_poll_seconds
    cutover      at, state (sending, accepted, unclear, refused, postponed), error; only with `cutover`
    end          at, outcome (ready, complete, failed, expired, error, timed_out, interrupted), error, exit_code,
                 status, lag_seconds, ready_for_cutover, cutover (the last state, or null), polls, failed_polls,
                 left_out (number of updates that were dropped because stdout was not read in time);
                 with `cutover` also waiting_for, as above

Metrics of --metrics, each with the labels project_id, live_migration_id and name:
    atlas_live_migration_lag_seconds, if the service reports it
    atlas_live_migration_time_to_deadline_at_most_seconds, while the migration is ready for cutover
    atlas_live_migration_time_to_deadline_at_least_seconds, absent if the migration was ready when first seen,
        because it is then unknown since when
    atlas_live_migration_status, 1 for the current status, which is in the label status
    atlas_live_migration_ready_for_cutover, 0 or 1
    atlas_live_migration_polls_total and atlas_live_migration_poll_errors_total
The metrics server stops with the command. Use --linger so that the final states are scraped.

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
    /// Serve Prometheus metrics at /metrics, on a local port, such as 9464, or on an address. On an address that
    /// other machines reach, anyone can read IDs, names and states (no secrets)
    #[arg(long, value_name = "PORT|ADDR", value_parser = metrics_address)]
    pub metrics: Option<SocketAddr>,
    /// Keep serving metrics for this long after the last migration ends, such as 5m: a few scrape intervals.
    /// Default: 0s. A signal ends it early; the exit code does not change
    #[arg(long, value_name = "DURATION", requires = "metrics", value_parser = duration::parse)]
    pub linger: Option<Duration>,
}

impl WatchOptions {
    /// Returns the name of the first option that is given.
    pub fn first_given(&self) -> Option<&'static str> {
        let Self { timeout, interval, error_timeout, chart, chart_interval, metrics, linger } =
            self;
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

fn metrics_address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse()
        .map_err(|_| "expected a port, such as 9464, or an address, such as 127.0.0.1:9464".into())
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

    #[test]
    fn metrics_are_served_on_loopback_by_default() {
        for local in ["9464", ":9464", "localhost:9464", "127.0.0.1:9464"] {
            assert_eq!(metrics_address(local).unwrap().to_string(), "127.0.0.1:9464", "{local}");
        }
        assert_eq!(metrics_address("0.0.0.0:1").unwrap().to_string(), "0.0.0.0:1");
        assert_eq!(metrics_address("[::1]:1").unwrap().to_string(), "[::1]:1");
        for wrong in ["", "example.com:1", "70000", "::1"] {
            assert!(metrics_address(wrong).is_err(), "{wrong}");
        }
    }
}
