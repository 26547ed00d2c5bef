//! The options of the commands by which a person decides about migrations and plans of the journal.

use std::time::Duration;

use clap::Args;

use super::duration;
use super::moment::{self, Moment};
use super::shared::Confirmation;
use crate::name_completion;

/// The migrations that a command decides about.
#[derive(Args)]
pub struct MigrationNames {
    /// Names of migrations in the journal: NAME, PLAN/NAME, or the ID of a stream
    #[arg(value_name = "NAME", required = true, add = name_completion::completer())]
    pub names: Vec<String>,
}

/// The migrations and plans that a command decides about.
#[derive(Args)]
pub struct MigrationOrPlanNames {
    /// Names of migrations or plans in the journal: NAME, PLAN/NAME, or the ID of a stream
    #[arg(value_name = "NAME", required = true, add = name_completion::completer())]
    pub names: Vec<String>,
}

/// Who decides.
#[derive(Args)]
pub struct Decider {
    /// Name of the person who decides, as a note beside your user name. It proves nothing and never counts as a second
    /// person
    #[arg(long, value_name = "PERSON")]
    pub by: Option<String>,
}

/// Why a person decides so.
#[derive(Args)]
pub struct Reason {
    /// Reason, for the journal
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Approve the cutover of migrations
///
/// An approval is for the request and the policy that a migration has now: if one of them changes, it no longer counts.
/// It counts once per database user, so a plan that needs two approvals needs a PostgreSQL journal and two of its users.
/// `withdraw` takes it back until the cutover is sent.
#[derive(Args)]
pub struct Approve {
    #[command(flatten)]
    pub migrations: MigrationNames,
    #[command(flatten)]
    pub decider: Decider,
    /// How long the approval counts, such as 24h. Default: as long as the request and the policy stay the same
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub expires: Option<Duration>,
    /// Approve the start of a migration that drops all data of its destination, not the cutover
    #[arg(long)]
    pub create: bool,
    /// Comment, for the journal
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
}

/// Withdraw all approvals of migrations
#[derive(Args)]
pub struct Withdraw {
    #[command(flatten)]
    pub migrations: MigrationNames,
    #[command(flatten)]
    pub decider: Decider,
    /// Withdraw the approval to drop all data of the destination, not that of the cutover
    #[arg(long)]
    pub create: bool,
    /// Comment, for the journal
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
}

/// Hold migrations or whole plans: nothing that changes them is sent until they are released
///
/// The response is definite: either the hold was recorded first and no cutover was sent, or a cutover was recorded
/// first and the hold is too late (exit code 5). Atlas goes on replicating a migration that is held.
#[derive(Args)]
pub struct Hold {
    #[command(flatten)]
    pub streams: MigrationOrPlanNames,
    #[command(flatten)]
    pub reason: Reason,
    #[command(flatten)]
    pub decider: Decider,
}

/// Release held migrations or plans, and migrations that a hook has vetoed
#[derive(Args)]
pub struct Release {
    #[command(flatten)]
    pub streams: MigrationOrPlanNames,
    #[command(flatten)]
    pub reason: Reason,
    #[command(flatten)]
    pub decider: Decider,
}

/// Send no cutover of migrations or plans before a time
#[derive(Args)]
pub struct PostponeUntil {
    /// Time with an offset, such as 2026-12-05T22:00:00+01:00, or a duration from now, such as +2h; `now` ends a
    /// postponement
    #[arg(value_name = "TIME", value_parser = moment::parse)]
    pub until: Moment,
    #[command(flatten)]
    pub streams: MigrationOrPlanNames,
    #[command(flatten)]
    pub reason: Reason,
    #[command(flatten)]
    pub decider: Decider,
}

/// Give up the cutover of migrations; this cannot be undone
///
/// Sends nothing: Atlas has no request that ends a live migration. Atlas goes on replicating until the migration expires,
/// and the destination stays occupied until then. A migration that was not started yet ends at once.
#[derive(Args)]
pub struct AbortBeforeCutover {
    #[command(flatten)]
    pub migrations: MigrationNames,
    #[command(flatten)]
    pub confirmation: Confirmation,
    #[command(flatten)]
    pub reason: Reason,
    #[command(flatten)]
    pub decider: Decider,
}

/// Start the next attempt of a migration that failed, expired or was refused
///
/// Records the decision; `run` then validates and creates the migration again. Approvals do not carry over.
#[derive(Args)]
pub struct Retry {
    /// Name of the migration in the journal: NAME, PLAN/NAME, or the ID of a stream
    #[arg(value_name = "NAME", add = name_completion::completer())]
    pub name: String,
    #[command(flatten)]
    pub reason: Reason,
    #[command(flatten)]
    pub decider: Decider,
}
