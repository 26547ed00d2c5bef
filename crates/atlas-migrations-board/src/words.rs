//! What the state of a migration is called, what it waits for, and what to do next.

use std::collections::BTreeMap;

use atlas_migrations_journal::{
    event::{Action, Event, EventRecord, Operation},
    overview::MigrationSummary,
    state::{Conditions, Phase, SlotState, WaitsFor},
};

use crate::{
    estimate::{Pace, pace},
    lags::lags,
    policy::Policy,
    times::Times,
};

/// How a state looks. The glyph and the word say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Failed, expired or unclear.
    Broken,
    /// A person has to do something.
    Yours,
    /// It goes on by itself.
    Moving,
    /// It waits for its start.
    Idle,
    /// It is over.
    Done,
}

/// The state of a migration, as people act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Whether Atlas received a request is not known.
    Unclear,
    /// The journal has events that this version does not understand.
    Blocked,
    /// Atlas reports a failure.
    Failed,
    /// Atlas stopped it, since nobody cut over in time.
    Expired,
    /// Atlas does not respond to polls.
    NotSeen,
    /// Approvals are missing.
    Approval,
    /// A person has to decide how it goes on.
    Decision,
    /// It can be cut over.
    Ready,
    /// A person stopped it.
    Held,
    /// It is in a plan that nobody started.
    NotStarted,
    /// The cutover was sent.
    CuttingOver,
    /// It is ready, and waits for its window or for another migration.
    Waiting,
    /// Atlas copies and follows the source.
    Replicating,
    /// The request to create it was sent.
    Creating,
    /// Atlas validates it.
    Validating,
    /// Atlas's validation passed.
    Validated,
    /// It waits for its turn.
    Planned,
    /// Atlas reports that it is complete.
    Complete,
    /// A person ended it before its cutover.
    GivenUp,
}

impl Kind {
    /// All states.
    pub const ALL: [Self; 19] = [
        Self::Unclear,
        Self::Blocked,
        Self::Failed,
        Self::Expired,
        Self::NotSeen,
        Self::Approval,
        Self::Decision,
        Self::Ready,
        Self::Held,
        Self::NotStarted,
        Self::CuttingOver,
        Self::Waiting,
        Self::Replicating,
        Self::Creating,
        Self::Validating,
        Self::Validated,
        Self::Planned,
        Self::Complete,
        Self::GivenUp,
    ];

    /// Returns the word as programs get it, in JSON and in metrics.
    pub fn code(self) -> String {
        self.word().to_lowercase().replace(", ", "_").replace(' ', "_")
    }

    /// Returns the tone.
    pub fn tone(self) -> Tone {
        match self {
            Self::Unclear | Self::Blocked | Self::Failed | Self::Expired => Tone::Broken,
            Self::NotSeen | Self::Approval | Self::Decision | Self::Ready | Self::Held => {
                Tone::Yours
            }
            Self::CuttingOver
            | Self::Waiting
            | Self::Replicating
            | Self::Creating
            | Self::Validating => Tone::Moving,
            Self::NotStarted | Self::Validated | Self::Planned | Self::GivenUp => Tone::Idle,
            Self::Complete => Tone::Done,
        }
    }

    /// Returns the mark before the word.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Unclear | Self::Blocked => "?",
            Self::Failed | Self::Expired => "✗",
            Self::NotSeen | Self::Approval | Self::Decision | Self::Ready => "!",
            Self::Held => "‖",
            Self::CuttingOver => "»",
            Self::Waiting => "◷",
            Self::Replicating | Self::Creating | Self::Validating => "▸",
            Self::NotStarted | Self::Validated | Self::Planned | Self::GivenUp => "·",
            Self::Complete => "✓",
        }
    }

    /// Returns the word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unclear => "Unclear",
            Self::Blocked => "Not understood",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
            Self::NotSeen => "Not seen",
            Self::Approval => "Waiting for approval",
            Self::Decision => "Needs a decision",
            Self::Ready => "Ready",
            Self::Held => "Held",
            Self::NotStarted => "Not started",
            Self::CuttingOver => "Cutting over",
            Self::Waiting => "Ready, waiting",
            Self::Replicating => "Replicating",
            Self::Creating => "Creating",
            Self::Validating => "Validating",
            Self::Validated => "Validated",
            Self::Planned => "Planned",
            Self::Complete => "Complete",
            Self::GivenUp => "Given up",
        }
    }

    /// Returns whether nothing happens until a person acts.
    pub fn needs_person(self) -> bool {
        matches!(self.tone(), Tone::Broken | Tone::Yours) || self == Self::NotStarted
    }
}

/// What is true of a migration, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub kind: Kind,
    /// What is true.
    pub line: String,
    /// What a person does next.
    pub next: Option<String>,
    /// The command for that, without the name of the program, with `NAME` in place of the name.
    pub command: Option<&'static str>,
}

impl Words {
    fn new(kind: Kind, line: impl Into<String>) -> Self {
        Self { kind, line: line.into(), next: None, command: None }
    }

    fn next(mut self, next: impl Into<String>, command: &'static str) -> Self {
        self.next = Some(next.into());
        self.command = Some(command);
        self
    }
}

/// What the words about a migration depend on.
pub struct Context<'a> {
    pub summary: &'a MigrationSummary,
    pub records: &'a [EventRecord],
    pub policies: &'a BTreeMap<String, Policy>,
    pub times: &'a Times,
}

/// Returns the words about a migration.
pub fn words(context: &Context<'_>) -> Words {
    let (state, times) = (&context.summary.state, context.times);
    if let Some((key, slot)) = state.unclear() {
        let at = times.moment(slot.intent_ms).text;
        let line = format!(
            "The {} request was sent at {at} and no response came: it may have taken effect.",
            key.op
        );
        return Words::new(Kind::Unclear, line)
            .next("Look in the Atlas UI, then tell the journal.", "journal resolve NAME");
    }
    match context.summary.phase() {
        Phase::Blocked => blocked(context),
        Phase::Failed => Words::new(Kind::Failed, "Atlas reports FAILED; its API gives no reason.")
            .next("Read the reason in the Atlas UI, then start again.", "retry NAME"),
        Phase::Expired => {
            let line = "Not cut over within 120 h of being ready. Atlas stopped the sync.";
            Words::new(Kind::Expired, line).next("Start again.", "retry NAME")
        }
        Phase::Complete => Words::new(Kind::Complete, cut_over_at(context)),
        Phase::Forgone if state.ended.is_some() => {
            Words::new(Kind::GivenUp, "Its cutover was given up.")
        }
        Phase::Forgone => Words::new(
            Kind::GivenUp,
            "Its cutover was given up. Atlas replicates until it expires; the destination is occupied until then.",
        ),
        Phase::CuttingOver => cutting_over(context),
        Phase::Held => held(context),
        phase => match state.polls_failing_since_ms {
            Some(since_ms) => not_seen(context, phase, since_ms),
            None => open(context, phase),
        },
    }
}

fn blocked(context: &Context<'_>) -> Words {
    let why = context.summary.state.blocked.as_deref();
    let why = why.unwrap_or("this version does not understand its events");
    Words::new(Kind::Blocked, format!("Nothing is sent: {why}."))
        .next("Look at its events; a newer version may be needed.", "journal show NAME")
}

fn not_seen(context: &Context<'_>, phase: Phase, since_ms: i64) -> Words {
    let last = context.records.iter().rev().find_map(|record| match &record.event {
        Event::PollsFailing(polls) => Some((polls.count, polls.error_class.as_str())),
        _ => None,
    });
    let (count, class) = last.unwrap_or((0, "unknown"));
    let since = context.times.moment(since_ms).text;
    let line = format!(
        "Polls fail since {since} ({count} at the time of recording: {class}). Was {phase}."
    );
    Words::new(Kind::NotSeen, line)
        .next("Look at it in the Atlas UI; polling goes on.", "describe NAME")
}

fn cutting_over(context: &Context<'_>) -> Words {
    let slot = context.summary.state.slot(&Operation::Cutover);
    let sent = slot.map(|slot| format!(" at {}", context.times.moment(slot.intent_ms).text));
    let sent = sent.unwrap_or_default();
    Words::new(
        Kind::CuttingOver,
        match slot {
            Some(slot) if slot.state == SlotState::Open => {
                format!("Cutover may be sent since{sent}; waits for the response.")
                    .replace("since at", "since")
            }
            _ => format!("Cutover sent{sent}; waits for COMPLETE from Atlas."),
        },
    )
}

fn cut_over_at(context: &Context<'_>) -> String {
    let ended = context.summary.ended_ms.or(context.summary.phase_since_ms);
    let slot = context.summary.state.slot(&Operation::Cutover).filter(|slot| slot.intent_ms > 0);
    match (ended, slot) {
        (Some(ended_ms), Some(slot)) => {
            let took = std::time::Duration::from_millis(
                u64::try_from(ended_ms.saturating_sub(slot.intent_ms)).unwrap_or(0),
            );
            let (at, took) =
                (context.times.moment(slot.intent_ms).text, crate::times::duration(took));
            format!("Cutover sent {at}; seen complete {took} later.")
        }
        (Some(ended_ms), None) => {
            format!("Seen complete {}.", context.times.moment(ended_ms).text)
        }
        _ => "Complete.".to_owned(),
    }
}

fn held(context: &Context<'_>) -> Words {
    let is_ready = context.summary.ready_since_ms.is_some();
    let runs_on = if is_ready { " The 120 h to its expiry run on." } else { "" };
    let (records, times) = (context.records, context.times);
    let of = |seq| records.iter().find(|record| record.seq == seq);
    let Some(record) = context.summary.state.held.and_then(of) else {
        let line = format!("A hook forbids the cutover until a person releases it.{runs_on}");
        return Words::new(Kind::Held, line).next("Release it.", "release NAME");
    };
    let reason = match &record.event {
        Event::Held(held) => held.reason.as_ref().map(|reason| format!(": {reason}")),
        _ => None,
    };
    let (who, at) = (&record.actor, times.moment(record.at_ms).text);
    let line = format!("Held by {who} since {at}{}.{runs_on}", reason.unwrap_or_default());
    Words::new(Kind::Held, line).next("Release it.", "release NAME")
}

/// The states in which the journal knows all, and the plan decides.
fn open(context: &Context<'_>, phase: Phase) -> Words {
    let (summary, times) = (context.summary, context.times);
    let mut conditions = Conditions::new(times.now_ms);
    if let Some(policy) = context.policies.get(&summary.row.name) {
        conditions.window = policy.window(times);
    }
    let is_planned = summary.row.plan.is_some();
    let kind = match phase {
        Phase::Creating => Kind::Creating,
        Phase::Replicating => Kind::Replicating,
        Phase::Validating => Kind::Validating,
        Phase::Validated => Kind::Validated,
        Phase::Ready => Kind::Waiting,
        _ => Kind::Planned,
    };
    match summary.state.waits_for(&conditions) {
        WaitsFor::Approvals { action, have, need } => approvals(context, &action, have, need),
        WaitsFor::Person(what) => {
            let command = if phase == Phase::Ready { "journal show NAME" } else { "retry NAME" };
            Words::new(Kind::Decision, "A person has to decide.").next(sentence(&what), command)
        }
        WaitsFor::Runner(_) if phase == Phase::Ready && !is_planned => {
            Words::new(Kind::Ready, "Caught up. It is not in a plan, so nothing cuts it over.")
                .next("Cut it over.", "cutover NAME")
        }
        WaitsFor::Runner(_) if !is_planned => {
            Words::new(Kind::NotStarted, "It is not in a plan, so nothing starts it.")
                .next("Start it.", "create --name NAME")
        }
        WaitsFor::Runner(next) => {
            let caught_up = if phase == Phase::Ready { "Caught up. " } else { "" };
            let line = format!("{caught_up}Waits for a run, which {next} when the plan allows.");
            Words::new(kind, line)
        }
        WaitsFor::Ready => {
            let pace = pace(&lags(context.records, summary.state.attempt));
            let too_early =
                || "Atlas replicates. Too early to estimate when it is ready.".to_owned();
            Words::new(kind, pace.map_or_else(too_early, Pace::text))
        }
        WaitsFor::Window(opens) => {
            Words::new(kind, format!("Caught up. The window opens {opens}."))
        }
        WaitsFor::Postponement(until_ms) => {
            let until = times.moment(until_ms).text;
            Words::new(kind, format!("Caught up. Postponed until {until}."))
        }
        WaitsFor::Hook => Words::new(kind, "Caught up. A hook forbids the cutover for now."),
        WaitsFor::Response { op, actor } => {
            let sent = summary.state.undecided().map(|(_, slot)| slot.intent_ms);
            let sent = sent.map(|ms| format!(" since {}", times.moment(ms).text));
            let line = format!(
                "Waits for the response to {op}{}; {actor} records it.",
                sent.unwrap_or_default()
            );
            Words::new(kind, line)
        }
        other => Words::new(kind, sentence(&format!("waits for {other}"))),
    }
}

fn approvals(context: &Context<'_>, action: &Action, have: usize, need: usize) -> Words {
    let given = context.summary.state.valid_approvals(action, context.times.now_ms);
    let by: Vec<_> = context
        .records
        .iter()
        .filter(|record| given.contains(&record.seq))
        .map(|record| format!("{}, {}", record.actor, context.times.moment(record.at_ms).text))
        .collect();
    let by = if by.is_empty() { String::new() } else { format!(": {}", by.join("; ")) };
    let (what, command) = match action {
        Action::CreateWithDrop => (" to drop the data of the destination", "approve --create NAME"),
        _ => ("", "approve NAME"),
    };
    let missing = need.saturating_sub(have);
    let (s, more) = (if missing == 1 { "" } else { "s" }, if have == 0 { "" } else { " more" });
    let of = if need == usize::MAX {
        "An action that this version does not know".to_owned()
    } else {
        format!("{have} of {need} approvals{what}{by}")
    };
    Words::new(Kind::Approval, format!("{of}."))
        .next(format!("Give {missing}{more} approval{s}."), command)
}

/// Makes a sentence of a text.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str())
}
