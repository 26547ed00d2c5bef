//! [`PlanView`]: whether the migrations of a plan may be cut over.

use std::collections::BTreeMap;

use atlas_migrations_journal::{
    event::EventRecord,
    state::{StreamState, WindowView},
    store::StreamRow,
};

use crate::{
    choice::{Choice, choices},
    migration::{Migration, Pointer},
    policy::Policy,
    times::Times,
    words::{Kind, Tone},
};

/// Whether cutovers go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing more is cut over.
    NoGo,
    /// A decision of a person, or polls, stand in the way of some.
    Wait,
    /// Cutovers run when a migration is ready.
    Go,
    /// All migrations are over.
    Over,
}

/// A condition of the plan.
#[derive(Clone, Debug)]
pub struct Condition {
    /// How it looks.
    pub tone: Tone,
    /// The first few that it is about.
    pub about: Vec<Pointer>,
    /// How many more there are.
    pub more: usize,
    /// What is true.
    pub text: String,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct PlanView {
    /// The stream and the name.
    pub pointer: Pointer,
    /// Whether anything more is cut over.
    pub verdict: Verdict,
    /// What the verdict follows from.
    pub conditions: Vec<Condition>,
    /// The number of migrations.
    pub migrations: usize,
    /// What a person can decide now.
    pub choices: Vec<Choice>,
}

/// The number of migrations that a condition names.
const NAMED: usize = 3;

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 4] = [Self::NoGo, Self::Wait, Self::Go, Self::Over];

    /// Returns the verdict in one line.
    pub fn title(self) -> &'static str {
        match self {
            Self::NoGo => "NO GO: nothing more is cut over",
            Self::Wait => "WAIT: cutovers need a person",
            Self::Go => "GO: cutovers run when ready",
            Self::Over => "OVER: every migration ended",
        }
    }

    /// Returns the verdict in one word, as JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoGo => "no_go",
            Self::Wait => "wait",
            Self::Go => "go",
            Self::Over => "over",
        }
    }
}

impl PlanView {
    /// Judges a plan from its migrations.
    pub fn new(
        row: &StreamRow,
        records: &[EventRecord],
        members: &[&Migration],
        policies: &BTreeMap<String, Policy>,
        times: &Times,
    ) -> Self {
        let state = StreamState::fold(row.kind, records);
        let mut conditions = Vec::new();
        let stops = policies.values().any(|policy| policy.stops_on_failure);
        let failed: Vec<_> =
            members.iter().filter(|one| one.kind.tone() == Tone::Broken).copied().collect();
        let consequence = if stops { "the plan stops on failure" } else { "the others go on" };
        for kind in [Kind::Unclear, Kind::Blocked, Kind::Failed, Kind::Expired] {
            let word = kind.word().to_lowercase();
            conditions.extend(about(
                members,
                kind,
                Tone::Broken,
                &format!("{word}; {consequence}"),
            ));
        }
        if let Some(blocked) = &state.blocked {
            conditions.push(Condition::of_plan(
                Tone::Broken,
                format!("the plan is not understood: {blocked}"),
            ));
        }
        if state.held.is_some() {
            let text = format!("the plan is held; `release {}` ends that", row.name);
            conditions.push(Condition::of_plan(Tone::Yours, text));
        }
        for (kind, text) in [
            (Kind::Approval, "approval missing"),
            (Kind::Decision, "needs a decision"),
            (Kind::Held, "held"),
            (Kind::NotSeen, "not seen"),
        ] {
            conditions.extend(about(members, kind, Tone::Yours, text));
        }
        let is_over = !members.is_empty()
            && members.iter().all(|one| matches!(one.kind, Kind::Complete | Kind::GivenUp));
        let windows = (!is_over).then(|| window(policies, times)).flatten();
        let verdict = match () {
            () if is_over => Verdict::Over,
            () if (stops && !failed.is_empty()) || state.blocked.is_some() => Verdict::NoGo,
            () if windows.as_ref().is_some_and(|window| window.tone == Tone::Broken) => {
                Verdict::NoGo
            }
            () if conditions.is_empty()
                && windows.as_ref().is_none_or(|window| window.tone == Tone::Done) =>
            {
                Verdict::Go
            }
            () => Verdict::Wait,
        };
        conditions.extend(windows);
        let pointer = Pointer { id: row.id.to_string(), name: row.name.clone() };
        let choices = choices(&state, times.now_ms);
        Self { pointer, verdict, conditions, migrations: members.len(), choices }
    }

    /// Returns the verdict in one line.
    pub fn title(&self) -> &'static str {
        let waits_for_window =
            self.conditions.iter().all(|condition| condition.tone == Tone::Moving);
        match self.verdict {
            Verdict::Wait if waits_for_window => "WAIT: no window is open",
            verdict => verdict.title(),
        }
    }
}

impl Condition {
    fn of_plan(tone: Tone, text: String) -> Self {
        Self { tone, about: Vec::new(), more: 0, text }
    }
}

fn about(members: &[&Migration], kind: Kind, tone: Tone, text: &str) -> Option<Condition> {
    let alike: Vec<_> = members.iter().filter(|one| one.kind == kind).collect();
    let named: Vec<_> = alike.iter().take(NAMED).map(|one| one.pointer.clone()).collect();
    let more = alike.len().saturating_sub(NAMED);
    (!alike.is_empty()).then(|| Condition { tone, about: named, more, text: text.to_owned() })
}

/// Returns the condition of the windows, if all migrations have the same at the moment.
fn window(policies: &BTreeMap<String, Policy>, times: &Times) -> Option<Condition> {
    let open: Vec<_> = policies.values().map(|policy| (policy.window(times), policy)).collect();
    let closes = open.iter().filter_map(|(_, policy)| policy.closes_ms(times)).min();
    let opens = open.iter().find_map(|(window, _)| match window {
        WindowView::Opens(opens) => Some(opens),
        _ => None,
    });
    let is_open = open.iter().any(|(window, _)| matches!(window, WindowView::Open));
    match (closes, opens) {
        _ if open.is_empty() => None,
        (Some(closes), _) if is_open => {
            let (at, left) = (times.moment(closes).text, times.ahead(closes));
            Some(Condition::of_plan(Tone::Done, format!("Window open until {at}, {left} left")))
        }
        _ if is_open => None,
        (_, Some(opens)) => Some(Condition::of_plan(Tone::Moving, format!("Window opens {opens}"))),
        _ => Some(Condition::of_plan(
            Tone::Broken,
            "the last window is over; give the plan a new one".to_owned(),
        )),
    }
}
