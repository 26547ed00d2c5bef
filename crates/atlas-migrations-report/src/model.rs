//! What a report says. Times are in milliseconds since 1970.

use atlas_migrations_chart::{Series, Tone};
use jiff::tz::TimeZone;

/// What happened to some migrations.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What the report is about: the name of a plan, or of a migration.
    pub subject: String,
    /// The zone of the times in the page.
    pub zone: TimeZone,
    /// When the report was written.
    pub written_ms: i64,
    /// The version of the program.
    pub tool_version: String,
    /// Where the events come from: a file, or a host and a database.
    pub journal: String,
    /// The plans.
    pub plans: Vec<PlanReport>,
    /// The migrations, the most urgent first.
    pub migrations: Vec<MigrationReport>,
}

impl Report {
    /// Creates a report without plans and migrations.
    pub fn new(subject: impl Into<String>, zone: TimeZone, written_ms: i64) -> Self {
        Self {
            subject: subject.into(),
            zone,
            written_ms,
            tool_version: String::new(),
            journal: String::new(),
            plans: Vec::new(),
            migrations: Vec::new(),
        }
    }

    /// Returns the first and the last event.
    pub(crate) fn period(&self) -> Option<(i64, i64)> {
        let events = self.migrations.iter().flat_map(|migration| &migration.events);
        let plans = self.plans.iter().flat_map(|plan| &plan.events);
        let times: Vec<i64> = events.chain(plans).map(|entry| entry.at_ms).collect();
        Some((*times.iter().min()?, *times.iter().max()?))
    }

    /// Returns whether every migration ended.
    pub(crate) fn is_finished(&self) -> bool {
        self.migrations.iter().all(|migration| migration.ended_ms.is_some())
    }
}

/// One plan.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PlanReport {
    /// The name.
    pub name: String,
    /// The name of its file when it was last read.
    pub file: String,
    /// The hash of the plan.
    pub hash: String,
    /// The plan as it is applied, as text.
    pub applied: String,
    /// The events of the plan itself.
    pub events: Vec<Entry>,
}

impl PlanReport {
    /// Creates the report of a plan of which only the name is known.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// One migration.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MigrationReport {
    /// The name.
    pub name: String,
    /// Who acts next.
    pub tone: Tone,
    /// The sign of the state.
    pub glyph: char,
    /// The state in a few words.
    pub state: String,
    /// What it waits for.
    pub waits_for: Option<String>,
    /// What a person does next.
    pub next_step: Option<String>,
    /// The source: the project and the cluster.
    pub source: Option<String>,
    /// The destination: the project and the cluster.
    pub destination: Option<String>,
    /// The project that the migration runs in.
    pub project: Option<String>,
    /// The ID of the last attempt in Atlas.
    pub migration_id: Option<String>,
    /// The number of attempts.
    pub attempts: u32,
    /// When the last attempt was created.
    pub created_ms: Option<i64>,
    /// When it was first ready.
    pub ready_ms: Option<i64>,
    /// When the cutover was allowed to be sent.
    pub cutover_ms: Option<i64>,
    /// When the last attempt ended.
    pub ended_ms: Option<i64>,
    /// The approvals, oldest first.
    pub approvals: Vec<Approval>,
    /// What is unclear at the end of the report.
    pub unclear: Vec<String>,
    /// The events, oldest first.
    pub events: Vec<Entry>,
    /// The curve.
    pub series: Series,
}

impl MigrationReport {
    /// Creates the report of a migration of which little is known.
    pub fn new(name: impl Into<String>, series: Series) -> Self {
        Self {
            name: name.into(),
            tone: Tone::Idle,
            glyph: Tone::Idle.glyph(),
            state: String::new(),
            waits_for: None,
            next_step: None,
            source: None,
            destination: None,
            project: None,
            migration_id: None,
            attempts: 1,
            created_ms: None,
            ready_ms: None,
            cutover_ms: None,
            ended_ms: None,
            approvals: Vec::new(),
            unclear: Vec::new(),
            events: Vec::new(),
            series,
        }
    }
}

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Approval {
    /// When it was given.
    pub at_ms: i64,
    /// What it allows.
    pub action: String,
    /// Who gave it.
    pub who: String,
    /// What the person said.
    pub comment: Option<String>,
    /// Why it no longer counts: it was withdrawn, expired, or is for an earlier version.
    pub void: Option<String>,
}

impl Approval {
    /// Creates an approval that counts.
    pub fn new(at_ms: i64, action: impl Into<String>, who: impl Into<String>) -> Self {
        Self { at_ms, action: action.into(), who: who.into(), comment: None, void: None }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// When it was recorded.
    pub at_ms: i64,
    /// Its number in its log.
    pub seq: u64,
    /// The attempt that it belongs to.
    pub attempt: u32,
    /// What happened.
    pub what: String,
    /// Who wrote it.
    pub who: String,
    /// Whether it went wrong, or ended what went wrong.
    pub is_problem: bool,
}

impl Entry {
    /// Creates an event of the first attempt that is no problem.
    pub fn new(at_ms: i64, seq: u64, what: impl Into<String>, who: impl Into<String>) -> Self {
        Self { at_ms, seq, attempt: 1, what: what.into(), who: who.into(), is_problem: false }
    }
}
