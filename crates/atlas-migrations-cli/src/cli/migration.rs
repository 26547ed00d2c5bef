//! The options of `validate`, `validation`, `create`, `describe` and `cutover`.

use std::time::Duration;

use atlas_migrations::{LiveMigrationId, ValidationId};
use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::duration;
use super::request::RequestOptions;
use super::shared::{Confirmation, NewName, Project, Wait, WaitLimit};
use super::target_argument::TargetArgument;
use super::watch::WatchOptions;

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

/// The command `validation`: it shows a validation. The official CLI has two commands below it.
pub enum Validation {
    /// `validation ID`, or `validation describe`.
    Show(ShowValidation),
    /// `validation create`, which is `validate`.
    Create(Box<Validate>),
}

/// Show the status of a validation
#[derive(Args)]
pub struct ShowValidation {
    #[command(flatten)]
    pub target: TargetArgument<ValidationId>,
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
    #[command(flatten)]
    pub target: TargetArgument<LiveMigrationId>,
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
    #[command(flatten)]
    pub target: TargetArgument<LiveMigrationId>,
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

const CREATE: &str = "create";
const DESCRIBE: &str = "describe";

impl Args for Validation {
    fn augment_args(command: Command) -> Command {
        let create = Validate::augment_args(Command::new(CREATE)).hide(true);
        let describe = ShowValidation::augment_args(Command::new(DESCRIBE)).alias("get").hide(true);
        ShowValidation::augment_args(command)
            .subcommands([create, describe])
            .subcommand_negates_reqs(true)
            .disable_help_subcommand(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Validation {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        match matches.subcommand() {
            Some((CREATE, matches)) => {
                Validate::from_arg_matches(matches).map(Box::new).map(Self::Create)
            }
            Some((_, matches)) => ShowValidation::from_arg_matches(matches).map(Self::Show),
            None => ShowValidation::from_arg_matches(matches).map(Self::Show),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
