//! The arguments of following migrations.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use atlas_migrations::{LiveMigrationId, PollInterval};
use clap::{Args, ValueEnum};

use super::{Project, duration};

const AFTER_HELP: &str = "\
The file of --file is a list; a name is what the migration is called where it is shown:
    [{\"project_id\": \"32b6e34b3d91647abb20e7b8\",
      \"live_migration_id\": \"6296fb4c7c7aa997cf94e9a8\",
      \"name\": \"orders\"}]

On a terminal there is a live view on stderr, and where each migration stands on stdout in the end. Where stdout is
not a terminal it gets one line a change; of changes of the lag alone only those by a quarter. Whether stdout is read or
not, polls, metrics and cutovers go on: of what waits too long to be read only the newest update of each is kept.

With --output json stdout gets one JSON object a line. All have \"event\", \"name\", \"group_id\" and
\"live_migration_id\"; times are RFC 3339, durations are seconds, and what is not known is null:
    update       a change: observed_at, job (as the service has it), lag_seconds,
                 trend {catch_up_rate, low, high}, estimate {expected_seconds, earliest_seconds, latest_seconds},
                 deadline {earliest, latest}, changed [first, status, lag, ready_for_cutover, other], failed_polls;
                 with `cutover` also waiting_for: readiness, lag (above --max-lag), or null
    poll_failed  the first of some polls that failed: at, error, status, failed_polls, next_poll_seconds
    cutover      at, state (sending, accepted, unclear, refused, put_off), error; only with `cutover`
    end          at, outcome (ready, complete, failed, expired, error, timed_out, interrupted), error, exit_code,
                 status, lag_seconds, ready_for_cutover, cutover (the last state, or null), polls, failed_polls,
                 left_out (how many of its updates were left out, for stdout was not read in time);
                 with `cutover` also waiting_for, as above

--metrics serves, each with the labels project_id, live_migration_id and name:
    atlas_live_migration_lag_seconds, where the service says so
    atlas_live_migration_time_to_deadline_at_most_seconds, while the migration can be cut over
    atlas_live_migration_time_to_deadline_at_least_seconds, absent if the migration was ready when first seen:
        how long it had been ready is unknown then
    atlas_live_migration_status, which is 1 with the label status for the status that it has
    atlas_live_migration_ready_for_cutover, which is 0 or 1
    atlas_live_migration_polls_total and atlas_live_migration_poll_errors_total
The metrics end with the command. Use --linger to let the final states be scraped.

Exit codes, the worst of several migrations: a failed one before an expired one, before one whose state is not known,
before one that was not done in time:
    0  each got as far as --until says
    8  a migration failed
    9  a migration expired
   10  timed out
   11  done, but stdout could not be written
  130  interrupted (SIGINT, SIGTERM or SIGHUP)
  141  the reader of stdout, such as `head`, went before the end
and those of `atlas-migrations --help` where polls failed for longer than --patience, or the service refused.";

/// Follow live migrations to their ends.
///
/// Migrations go on whether they are watched or not, and a poll that fails is not a migration that fails.
#[derive(Args)]
#[command(after_long_help = AFTER_HELP, after_help = "More, with the exit codes and the form of JSON: --help")]
pub struct Watch {
    /// The migrations' ids.
    #[arg(value_name = "LIVE_MIGRATION_ID", required_unless_present = "file")]
    pub ids: Vec<LiveMigrationId>,
    #[command(flatten)]
    pub project: Project,
    /// A file that lists migrations, of any projects; `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ids", "group_id"])]
    pub file: Option<PathBuf>,
    /// How far to follow each.
    #[arg(long, value_enum, default_value_t)]
    pub until: Until,
    #[command(flatten)]
    pub following: Following,
}

/// How far to follow a migration. One that comes to another end is not followed any further.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// It can be cut over, or is complete.
    Ready,
    /// It is complete.
    Complete,
    /// It is complete, has failed or has expired.
    #[default]
    Terminal,
}

/// How to follow migrations.
#[derive(Args)]
#[command(next_help_heading = "Following")]
pub struct Following {
    /// How long to follow in all, such as 90s or 12h: for ever unless given.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub timeout: Option<Duration>,
    /// The time from one poll to the next: one, such as 10s, or the bounds between which it adapts: 5s..60s
    /// unless given. Many migrations of one project are polled less often, to keep within its rate limit.
    #[arg(long, value_name = "DURATION", value_parser = Interval::parse)]
    pub interval: Option<Interval>,
    /// How long polls may keep failing: 15m unless given.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub patience: Option<Duration>,
    /// Draw the lags and what happened into this SVG when it ends, however it ends. The file must be new, or a
    /// regular file, which is replaced. If the chart cannot be written at the end, that is a warning.
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// Serve Prometheus metrics at /metrics while it follows: at a port of this machine, such as 9464, or at
    /// an address. At one that is not of this machine whoever reaches it can read ids, names and states
    /// without a credential; there is no secret in them.
    #[arg(long, value_name = "PORT|ADDR", value_parser = metrics_address)]
    pub metrics: Option<SocketAddr>,
    /// Keep serving the metrics for this long after the last migration is settled, such as 5m: 0s unless given, so
    /// that scripts do not wait. Alerts need it: without it the final state is gone before it is scraped. Use a few
    /// scrape intervals. A signal ends it early. The exit code stays that of the migrations.
    #[arg(long, value_name = "DURATION", requires = "metrics", value_parser = humantime::parse_duration)]
    pub linger: Option<Duration>,
}

impl Following {
    /// The first option that was given.
    pub fn given(&self) -> Option<&'static str> {
        let Self { timeout, interval, patience, chart, metrics, linger } = self;
        [
            (timeout.is_some(), "--timeout"),
            (interval.is_some(), "--interval"),
            (patience.is_some(), "--patience"),
            (chart.is_some(), "--chart"),
            (metrics.is_some(), "--metrics"),
            (linger.is_some(), "--linger"),
        ]
        .into_iter()
        .find_map(|(is_given, name)| is_given.then_some(name))
    }
}

/// The bounds of the time between two polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub shortest: Duration,
    pub longest: Duration,
}

impl Interval {
    fn parse(text: &str) -> Result<Self, String> {
        let read = |text: &str| duration::parse(text).map_err(|error| format!("{text:?}: {error}"));
        let (shortest, longest) = text.split_once("..").unwrap_or((text, text));
        let longest = longest.strip_prefix('=').unwrap_or(longest);
        let (shortest, longest) = (read(shortest)?, read(longest)?);
        if shortest > longest {
            return Err("the longest time comes after the `..`".to_owned());
        }
        PollInterval::new(shortest..=longest).map_err(|error| error.to_string())?;
        Ok(Self { shortest, longest })
    }
}

fn metrics_address(text: &str) -> Result<SocketAddr, String> {
    let on_loopback = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(on_loopback(port));
    }
    text.parse().map_err(|_| "neither a port, such as 9464, nor an address: 127.0.0.1:9464".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_one_duration_or_two() {
        let seconds = |shortest, longest| Interval {
            shortest: Duration::from_secs(shortest),
            longest: Duration::from_secs(longest),
        };
        assert_eq!(Interval::parse("10s"), Ok(seconds(10, 10)));
        assert_eq!(Interval::parse("5s..2m"), Ok(seconds(5, 120)));
        assert_eq!(Interval::parse("5s ..= 2m"), Ok(seconds(5, 120)));
        for wrong in ["", "5", "5s..", "2m..5s", "-5s", "9ms"] {
            assert!(Interval::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn metrics_are_on_this_machine_unless_told_otherwise() {
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
