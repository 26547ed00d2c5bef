//! The options of `plan`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::duration;
use super::shared::{Organization, Project};

/// Write a plan of several migrations, check it before it runs, or print its JSON Schema
#[derive(Subcommand)]
pub enum Plan {
    Init(PlanInit),
    Check(PlanCheck),
    /// Print the JSON Schema of plan files, for editors
    Schema,
}

/// Draft a plan from what Atlas lists: linked projects, their clusters and hosts, and the clusters to fill
///
/// The plan is valid YAML with comments. What you must decide has a value that starts with CHOOSE. Changes nothing.
#[derive(Args)]
pub struct PlanInit {
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub organization: Organization,
    /// File to write; it must not exist. Default: print the plan
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Check what would go wrong if the plan ran. Changes nothing in Atlas
///
/// Checks the credential and its role, the link, sources, hosts, versions, destinations, disks, dropped data, windows,
/// hooks, passwords and the journal. Hooks are neither run nor called; passwords are read. What cannot be known is CANNOT
/// TELL.
///
/// Exit codes: 0 if nothing fails, 8 if something fails, 7 if nothing fails and something cannot be told.
#[derive(Args)]
pub struct PlanCheck {
    /// Plan to check
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Also let Atlas validate each migration, four at a time. That changes neither cluster and is not recorded
    #[arg(long)]
    pub validate: bool,
    /// Maximum time to wait for each validation, such as 90s or 5m
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "10m",
        requires = "validate")]
    pub timeout: Duration,
    /// Exit with 8 also if something is WARN or CANNOT TELL
    #[arg(long)]
    pub strict: bool,
    /// Also write the results as JUnit XML to this file
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}
