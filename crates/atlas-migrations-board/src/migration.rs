//! [`Migration`]: one migration, as a view shows it.

use std::{collections::BTreeMap, time::Duration};

use atlas_migrations_journal::{
    event::EventRecord,
    overview::{MigrationSummary, Urgency, event_text, without_repeated_looks},
};

use crate::{
    brief::brief,
    choice::{Choice, choices},
    estimate::{Estimate, pace},
    lags::{LagPoint, lags},
    policy::Policy,
    spark::{Spark, spark},
    steps::{Step, steps},
    times::{Moment, Times, duration},
    words::{Context, Kind, Tone, words},
};

/// The name of the program in commands to copy.
const PROGRAM: &str = "atlas-migrations";

/// A link to a migration or a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The stream.
    pub id: String,
    /// The name as the command line takes it.
    pub name: String,
}

/// One migration.
#[derive(Clone, Debug)]
pub struct Migration {
    /// The stream and the name.
    pub pointer: Pointer,
    /// The stream of the plan.
    pub plan: Option<String>,
    /// The state.
    pub kind: Kind,
    /// Which start of the migration this is, from 1.
    pub attempt: u32,
    /// `source → destination`, as far as it is known.
    pub clusters: Option<String>,
    /// Since when it is in its phase.
    pub since: Option<Moment>,
    /// How long that is.
    pub since_for: Option<String>,
    /// What is true.
    pub line: String,
    /// What it waits for, or what to do next, in a few words. Empty if only its lag says something.
    pub brief: String,
    /// What becomes urgent.
    pub warning: Option<String>,
    /// What a person does next.
    pub next: Option<String>,
    /// The command for that.
    pub command: Option<String>,
    /// The command with `NAME` in it, for several migrations alike.
    pub command_for_all: Option<String>,
    /// The lag that was recorded last.
    pub lag: Option<Lag>,
    /// The lags of the last 12 hours.
    pub spark: Spark,
    /// When it catches up, if it replicates and enough lags were recorded.
    pub estimate: Option<Estimate>,
    /// The first look that found it ready.
    pub ready: Option<Moment>,
    /// When it expires, if it is ready.
    pub deadline: Option<Deadline>,
    /// The project.
    pub project: Option<String>,
    /// The ID that Atlas gave the migration.
    pub atlas_id: Option<String>,
    /// The `status` that Atlas showed last.
    pub atlas_status: Option<String>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// The way from its validation to its end.
    pub steps: Vec<Step>,
    /// What a person can decide now.
    pub choices: Vec<Choice>,
    sort_key: (bool, Urgency, Duration, i64),
}

/// The lag that was recorded last.
#[derive(Clone, Debug)]
pub struct Lag {
    /// The lag in seconds.
    pub seconds: u64,
    /// The lag as text.
    pub text: String,
    /// When it was seen.
    pub seen: Moment,
    /// The same, in milliseconds since 1970.
    pub seen_ms: i64,
}

/// When a ready migration expires.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// The time of the expiry.
    pub at: Moment,
    /// How long that is from now, as text.
    pub left: String,
    /// Whether it can expire before that, at a time that nobody saw.
    pub is_latest: bool,
    /// The latest time of the expiry.
    pub latest: Moment,
}

/// One event.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// The number of the event in its stream.
    pub seq: u64,
    /// When it was recorded.
    pub at: Moment,
    /// What happened.
    pub what: String,
    /// Who recorded it.
    pub who: String,
}

impl Migration {
    /// Makes a migration from what the journal says.
    pub fn new(
        name: String,
        summary: &MigrationSummary,
        records: &[EventRecord],
        policies: &BTreeMap<String, Policy>,
        times: &Times,
    ) -> Self {
        let lags = lags(records, summary.state.attempt);
        let context = Context { summary, records, policies, times };
        let words = words(&context);
        let brief = brief(&context, words.kind);
        let urgency = summary.urgency(times.now_ms);
        let is_near = urgency == Urgency::DeadlineNear;
        let deadline = deadline(summary, times);
        let warning = deadline.as_ref().filter(|_| is_near).map(|deadline| {
            let word = if deadline.is_latest { "before" } else { "by" };
            format!("Expires in Atlas {word} {}, in {}.", deadline.at.text, deadline.left)
        });
        let is_replicating = words.kind == Kind::Replicating;
        let estimate = pace(&lags).filter(|_| is_replicating);
        let estimate = estimate.and_then(|pace| pace.estimate(&lags, times));
        let policy = policies.get(&summary.row.name);
        let closes_ms = policy.and_then(|policy| policy.closes_ms(times));
        let warning = warning.or_else(|| late(estimate.as_ref()?, closes_ms?, times));
        // Without a deadline, the one that catches up next comes first.
        let lag_left = || summary.lag().filter(|_| words.kind == Kind::Replicating);
        let left = summary.time_left(times.now_ms).or_else(lag_left).unwrap_or(Duration::MAX);
        let not_seen_ms =
            summary.state.polls_failing_since_ms.filter(|_| words.kind == Kind::NotSeen);
        let since_ms = not_seen_ms.or(summary.phase_since_ms);
        let time = since_ms.unwrap_or(0);
        let is_broken = words.kind.tone() == Tone::Broken;
        let needs_person = words.kind.needs_person() || is_near;
        let newest_first = if urgency == Urgency::Ended { time.saturating_neg() } else { time };
        let order = match words.kind {
            Kind::NotSeen if !is_near => Urgency::WaitsForPerson,
            Kind::Decision => Urgency::WaitsForPerson,
            _ => urgency,
        };
        Self {
            plan: summary.row.plan.map(|plan| plan.to_string()),
            kind: words.kind,
            attempt: summary.state.attempt,
            clusters: clusters(summary),
            since: since_ms.map(|ms| times.moment(ms)),
            since_for: since_ms.map(|ms| times.passed(ms)),
            line: words.line,
            brief,
            warning: warning.filter(|_| !is_broken),
            next: words.next,
            command: words
                .command
                .map(|command| format!("{PROGRAM} {}", command.replace("NAME", &name))),
            command_for_all: words.command.map(|command| format!("{PROGRAM} {command}")),
            lag: lag(summary, times),
            spark: spark(&lags, times.now_ms),
            estimate,
            ready: summary.ready_since_ms.map(|ms| times.moment(ms)),
            deadline,
            project: summary.row.group_id.clone(),
            atlas_id: summary.row.migration_id.clone(),
            atlas_status: summary.state.look.as_ref().map(|look| look.status.clone()),
            ended: summary.ended_ms.map(|ms| times.moment(ms)),
            steps: steps(summary, words.kind, policy, times),
            choices: choices(&summary.state, times.now_ms),
            sort_key: (!needs_person, order, left, newest_first),
            pointer: Pointer { id: summary.row.id.to_string(), name },
        }
    }

    /// Returns whether nothing happens, or it expires, until a person acts.
    pub fn needs_person(&self) -> bool {
        !self.sort_key.0
    }

    /// Returns how it looks.
    pub fn tone(&self) -> Tone {
        match self.kind.tone() {
            Tone::Moving | Tone::Idle if self.needs_person() => Tone::Yours,
            tone => tone,
        }
    }

    /// Sets the lag, if this one is newer: a process sees more lags than it records.
    pub fn update_lag(&mut self, point: LagPoint, times: &Times) {
        if self.lag.as_ref().is_some_and(|lag| lag.seen_ms >= point.at_ms) {
            return;
        }
        let left = Duration::from_secs(point.seconds);
        self.lag = Some(Lag {
            seconds: point.seconds,
            text: duration(left),
            seen: times.moment(point.at_ms),
            seen_ms: point.at_ms,
        });
        if self.kind == Kind::Replicating {
            self.sort_key.2 = left;
        }
    }

    /// Returns what migrations are sorted by: those that need a person first, the most urgent first.
    pub fn sort_key(&self) -> ((bool, Urgency, Duration, i64), &str) {
        (self.sort_key, &self.pointer.name)
    }
}

/// Returns the events, the newest first, without looks that found nothing new but another lag.
pub fn log(records: &[EventRecord], times: &Times) -> Vec<LogLine> {
    let line = |record: &EventRecord| {
        let user = record.db_user.as_ref().map(|user| format!(" ({user} in the database)"));
        LogLine {
            seq: record.seq,
            at: times.moment(record.at_ms),
            what: event_text(record),
            who: format!("{}{}", record.actor, user.unwrap_or_default()),
        }
    };
    without_repeated_looks(records).into_iter().rev().map(line).collect()
}

fn clusters(summary: &MigrationSummary) -> Option<String> {
    let or_unknown = |name: &Option<String>| name.as_deref().unwrap_or("?").to_owned();
    match (&summary.source, &summary.destination) {
        (None, None) => None,
        (source, destination) => {
            Some(format!("{} → {}", or_unknown(source), or_unknown(destination)))
        }
    }
}

fn lag(summary: &MigrationSummary, times: &Times) -> Option<Lag> {
    let look = summary.state.look.as_ref()?;
    let seconds = look.lag_seconds?;
    let text = duration(Duration::from_secs(seconds));
    Some(Lag { seconds, text, seen: times.moment(look.polled_ms), seen_ms: look.polled_ms })
}

/// Returns a warning if a migration may catch up after its window closes.
fn late(estimate: &Estimate, closes_ms: i64, times: &Times) -> Option<String> {
    let (earliest_ms, latest_ms) = estimate.bounds_ms;
    let word = match closes_ms {
        _ if closes_ms < earliest_ms => "Misses",
        _ if closes_ms < latest_ms => "May miss",
        _ => return None,
    };
    Some(format!("{word} its window: closes {}.", times.moment(closes_ms).text))
}

fn deadline(summary: &MigrationSummary, times: &Times) -> Option<Deadline> {
    let latest_ms = summary.deadline_ms()?;
    let at_ms = summary.earliest_expiry_ms.unwrap_or(latest_ms);
    Some(Deadline {
        at: times.moment(at_ms),
        left: times.ahead(at_ms),
        is_latest: summary.earliest_expiry_ms.is_none(),
        latest: times.moment(latest_ms),
    })
}
