//! Options that several commands share.

use std::time::Duration;

use atlas_migrations::{GroupId, OrgId};
use atlas_migrations_journal::Name;
use clap::Args;

use super::duration;

/// The project that a command works on.
#[derive(Args)]
pub struct Project {
    /// Project ID; Atlas also calls a project a group. Default: MONGODB_ATLAS_PROJECT_ID or the profile
    #[arg(long = "project-id", visible_alias = "group-id", aliases = ["projectId", "groupId"], value_name = "GROUP_ID")]
    pub group_id: Option<GroupId>,
}

/// The name that the journal gives to a new migration.
#[derive(Args)]
pub struct NewName {
    /// Name of the migration in the journal: lowercase letters, digits, `.`, `_` and `-`. Default: the destination
    /// cluster in lower case, with a number if that is taken
    #[arg(long, value_name = "NAME")]
    pub name: Option<Name>,
}

/// The organization that a command works on.
#[derive(Args)]
pub struct Organization {
    /// Organization ID. Default: MONGODB_ATLAS_ORG_ID or the profile
    #[arg(long, alias = "orgId", value_name = "ORG_ID")]
    pub org_id: Option<OrgId>,
}

/// Skips the confirmation prompt.
#[derive(Args)]
pub struct Confirmation {
    /// Do not ask for confirmation
    #[arg(long, short, visible_alias = "force")]
    pub yes: bool,
}

/// Whether to wait until a validation ends, and how long.
#[derive(Args)]
pub struct Wait {
    /// Wait until the validation ends; exit code 8 if it failed
    #[arg(long)]
    pub wait: bool,
    #[command(flatten)]
    pub limit: WaitLimit,
}

/// How long to wait until a validation ends.
#[derive(Args)]
pub struct WaitLimit {
    /// Maximum time to wait, such as 90s or 5m
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "1h")]
    pub timeout: Duration,
}
