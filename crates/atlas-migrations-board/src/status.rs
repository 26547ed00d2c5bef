//! [`Status`]: the page as JSON.

use serde::Serialize;

use crate::reader::Published;
use crate::{board::Board, migration::Migration, plan::PlanView, times::Times};

/// What `/status.json` has. Fields may be added; `version` grows when one changes or goes.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The version of this format.
    pub version: u32,
    /// The time of the response, in RFC 3339.
    pub at: String,
    /// When the journal was read last, in RFC 3339.
    pub journal_read_at: String,
    /// Why the journal cannot be read now; what is below is old then.
    pub problem: Option<String>,
    /// How many migrations need a person.
    pub need_person: usize,
    /// The plans, the worst first.
    pub plans: Vec<StatusPlan>,
    /// The migrations, the most urgent first.
    pub migrations: Vec<StatusMigration>,
}

/// A plan in [`Status`].
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StatusPlan {
    /// The identifier of the stream.
    pub stream: String,
    /// The name.
    pub name: String,
    /// `no_go`, `wait`, `go` or `over`.
    pub verdict: &'static str,
    /// What the verdict follows from.
    pub conditions: Vec<String>,
}

/// A migration in [`Status`].
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StatusMigration {
    /// The identifier of the stream.
    pub stream: String,
    /// The name as the command line takes it.
    pub name: String,
    /// The identifier of the plan's stream.
    pub plan: Option<String>,
    /// The state, as the page has it.
    pub state: String,
    /// Since when, in RFC 3339.
    pub since: Option<String>,
    /// Whether a person has to act.
    pub needs_person: bool,
    /// What it waits for.
    pub waits_for: String,
    /// What a person does next.
    pub next_step: Option<String>,
    /// The command for that.
    pub command: Option<String>,
    /// The attempt, from 1.
    pub attempt: u32,
    /// The lag that was recorded last, in seconds.
    pub lag_seconds: Option<u64>,
    /// When that was seen, in RFC 3339.
    pub lag_seen_at: Option<String>,
    /// When it expires in Atlas, in RFC 3339: the earliest time if that is known.
    pub deadline: Option<String>,
    /// Whether it can expire before `deadline`.
    pub deadline_is_latest: bool,
    /// The project in Atlas.
    pub project_id: Option<String>,
    /// The migration in Atlas.
    pub live_migration_id: Option<String>,
}

impl Status {
    /// Makes the status from the board.
    pub fn new(board: &Board, published: &Published, times: &Times) -> Self {
        Self {
            version: 1,
            at: times.moment(times.now_ms).iso,
            journal_read_at: times.moment(published.read_ms).iso,
            problem: published.problem.clone(),
            need_person: board.need_person(),
            plans: board.plans.iter().map(StatusPlan::new).collect(),
            migrations: board.migrations.iter().map(StatusMigration::new).collect(),
        }
    }
}

impl StatusPlan {
    fn new(plan: &PlanView) -> Self {
        let condition = |condition: &crate::plan::Condition| {
            let names: Vec<_> = condition.about.iter().map(|one| one.name.as_str()).collect();
            let more =
                if condition.more == 0 { String::new() } else { format!(" +{}", condition.more) };
            let separator = if names.is_empty() { "" } else { ": " };
            format!("{}{more}{separator}{}", names.join(", "), condition.text)
        };
        Self {
            stream: plan.pointer.id.clone(),
            name: plan.pointer.name.clone(),
            verdict: plan.verdict.word(),
            conditions: plan.conditions.iter().map(condition).collect(),
        }
    }
}

impl StatusMigration {
    fn new(one: &Migration) -> Self {
        Self {
            stream: one.pointer.id.clone(),
            name: one.pointer.name.clone(),
            plan: one.plan.clone(),
            state: one.kind.code(),
            since: one.since.as_ref().map(|since| since.iso.clone()),
            needs_person: one.needs_person(),
            waits_for: one.line.clone(),
            next_step: one.next.clone(),
            command: one.command.clone(),
            attempt: one.attempt,
            lag_seconds: one.lag.as_ref().map(|lag| lag.seconds),
            lag_seen_at: one.lag.as_ref().map(|lag| lag.seen.iso.clone()),
            deadline: one.deadline.as_ref().map(|deadline| deadline.at.iso.clone()),
            deadline_is_latest: one.deadline.as_ref().is_some_and(|deadline| deadline.is_latest),
            project_id: one.project.clone(),
            live_migration_id: one.atlas_id.clone(),
        }
    }
}
