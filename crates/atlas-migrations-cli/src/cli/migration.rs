//! The options of `validate`, `validation`, `create`, `describe` and `cutover`.

use std::time::Duration;

use atlas_migrations::{LiveMigrationId, ValidationId};
use clap::Args;

use super::duration;
use super::request::RequestOptions;
use super::shared::{Confirmation, NewName, Project, Wait, WaitLimit};
use super::target::IdOrName;
use super::watch::WatchOptions;
use crate::name_completion;

/// Validate a migration request without starting it
#[derive(Args)]
pub struct Validate {
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub name: NewName,
    #[command(flatten)]
    pub wait: Wait,
    /// Print the request with its password masked; send nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub request: RequestOptions,
}

/// Show the status of a validation
#[derive(Args)]
pub struct Validation {
    /// Validation ID, or the name of a migration: its last validation
    #[arg(value_name = "VALIDATION_ID|NAME", add = name_completion::completer())]
    pub id: IdOrName<ValidationId>,
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub wait: Wait,
}

/// Start a live migration
///
/// The journal records that the request is sent, and then what came back. If that is unknown, nothing more is sent for the
/// migration until `journal resolve` says whether it exists.
#[derive(Args)]
pub struct Create {
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub name: NewName,
    /// Validate the request first; start the migration only if the validation succeeds
    #[arg(long)]
    pub validate_first: bool,
    #[command(flatten)]
    pub limit: WaitLimit,
    #[command(flatten)]
    pub confirmation: Confirmation,
    /// Print the request with its password masked; send nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub request: RequestOptions,
}

/// Show the status of a live migration
#[derive(Args)]
#[command(visible_alias = "get")]
pub struct Describe {
    /// Live migration ID, or name in the journal: orders, or weekend-12/orders
    #[arg(value_name = "LIVE_MIGRATION_ID|NAME", add = name_completion::completer())]
    pub id: IdOrName<LiveMigrationId>,
    #[command(flatten)]
    pub project: Project,
}

/// Cut a live migration over to Atlas; this cannot be undone
///
/// With --when-ready, the command waits until the migration is ready, checks it once more, sends the cutover once,
/// and watches the migration to its end. If it is unknown whether Atlas received the request, it is not sent again;
/// the watch shows the result.
#[derive(Args)]
pub struct Cutover {
    /// Live migration ID, or name in the journal: orders, or weekend-12/orders
    #[arg(value_name = "LIVE_MIGRATION_ID|NAME", add = name_completion::completer())]
    pub id: IdOrName<LiveMigrationId>,
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub confirmation: Confirmation,
    /// Wait until the migration is ready, cut it over, and watch it to its end; allows the watch options
    #[arg(long)]
    pub when_ready: bool,
    /// Also wait until the lag is at most this, such as 5s
    #[arg(long, value_name = "DURATION", requires = "when_ready", value_parser = duration::parse)]
    pub max_lag: Option<Duration>,
    /// Cut over whatever holds, approvals and the plan of the migration say. The reason is recorded in the journal
    #[arg(long, value_name = "REASON", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub override_policy: Option<String>,
    #[command(flatten)]
    pub watch: WatchOptions,
}
