//! What the command line may say.

#![allow(clippy::doc_markdown, reason = "these texts are the help, which is no Markdown")]

mod api;
mod duration;
mod request;
mod simulate;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use atlas_migrations::{GroupId, LiveMigrationId, OrgId, ValidationId};
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::api::Api;
pub use self::request::{NetworkKind, Parts, RequestArguments};
pub use self::simulate::Simulate;
pub use self::watch::{Following, Interval, Until, Watch};

const AFTER_HELP: &str = "\
Credentials are read from the environment, never from an argument:
    MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET            a service account
    MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY     an API key
    MONGODB_ATLAS_ACCESS_TOKEN                                         a bearer token
and else from a profile of the official Atlas CLI and the system's secret store.
MONGODB_ATLAS_SERVICE=cloudgov says that they belong to MongoDB Atlas for Government.

Exit codes:
    0  done
    1  anything not listed here
    2  usage: an argument, a setting or a credential is missing or malformed
    3  not authorised (401, 403)
    4  not found (404)
    5  rejected (400, 409, 410 and other refusals)
    6  rate limited (429)
    7  the service failed (5xx), or there was no whole answer
    8  the migration, or its validation, failed
    9  the migration expired
   10  timed out
   11  done, but the output could not be written: stderr says what was done
  130  interrupted (SIGINT, SIGTERM or SIGHUP)
  141  the reader of stdout went before a watch had come to its end

The first signal lets a change that is being sent come to its end and says what came of it; the second stops at once.

Colors: --color, else NO_COLOR, CLICOLOR_FORCE and CLICOLOR=0 say so, else a terminal has them, unless TERM is unset or
dumb: then there is no live view either.";

/// Move clusters into MongoDB Atlas by live migration, and follow how that goes.
///
/// Speaks of push migrations: from a cluster that Cloud Manager or Ops Manager monitors, into Atlas.
/// Atlas has no API for the migrations that it pulls by itself.
#[derive(Parser)]
#[command(name = "atlas-migrations", version, after_help = AFTER_HELP)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Link an organisation of Cloud Manager or Ops Manager to one of Atlas.
    #[command(subcommand)]
    Link(Link),
    Projects(Organisation),
    Validate(Validate),
    Validation(Validation),
    Create(Create),
    Describe(Describe),
    Watch(Watch),
    Cutover(Cutover),
    /// Call any operation by its operationId, and print its answer as received.
    ///
    /// Takes each of the operation's parameters by its name, and asks nothing before it is sent.
    #[command(subcommand)]
    Api(Api),
    Simulate(Simulate),
    Demo(Demo),
    /// Print the completions of this command for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    Man(Man),
}

/// What holds for every command.
#[derive(Args)]
#[command(next_help_heading = "Every command")]
pub struct Common {
    /// Where to send requests, where that is not Atlas itself. Else MONGODB_ATLAS_OPS_MANAGER_URL, else
    /// MONGODB_ATLAS_BASE_URL, else the profile says so, else MONGODB_ATLAS_SERVICE: `cloud` or `cloudgov`.
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// The profile of the official Atlas CLI to use, where that is not `default`.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The folder in which a service account's token is kept from one command to the next; `none` keeps
    /// none.
    // An empty variable is as good as none, which the usual reader of paths would refuse.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "ATLAS_MIGRATIONS_TOKEN_CACHE",
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub token_cache: Option<PathBuf>,
    /// How many times to try what may be tried again.
    #[arg(long, global = true, value_name = "N", default_value_t = 4,
        value_parser = clap::value_parser!(u32).range(1..=100))]
    pub attempts: u32,
    /// How many seconds one call may take with all its attempts.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 120,
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub call_timeout: u64,
    /// How to show what the service said, and what went wrong.
    #[arg(long, short, global = true, value_enum, default_value_t)]
    pub output: Output,
    #[command(flatten)]
    pub color: colorchoice_clap::Color,
    /// Tell on stderr what is sent and what comes back; never a body or a secret.
    #[arg(long, global = true)]
    pub debug: bool,
}

/// How to show what the service said.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs: the service's own names and values.
    Json,
}

/// Which project an operation is about.
#[derive(Args)]
pub struct Project {
    /// The project's id. Atlas also calls a project a group. Else MONGODB_ATLAS_PROJECT_ID or the profile
    /// says it.
    #[arg(long = "project-id", visible_aliases = ["group-id", "projectId"], value_name = "GROUP_ID")]
    pub group_id: Option<GroupId>,
}

/// Show the projects whose clusters can be migrated into an organisation.
///
/// They are those of the Cloud Manager or Ops Manager organisation that is linked to it.
#[derive(Args)]
pub struct Organisation {
    /// The organisation's id. Else MONGODB_ATLAS_ORG_ID or the profile says it.
    #[arg(long, visible_alias = "orgId", value_name = "ORG_ID")]
    pub org_id: Option<OrgId>,
}

/// A step that is asked about before it is taken.
#[derive(Args)]
pub struct Confirmation {
    /// Do not ask.
    #[arg(long, short, visible_alias = "force")]
    pub yes: bool,
}

#[derive(Subcommand)]
pub enum Link {
    Create(CreateLink),
    Delete(DeleteLink),
}

/// Make the token that links the two organisations, and print it.
///
/// It is shown this once, and embeds credentials: keep it like a password, and give it to Cloud Manager
/// or Ops Manager.
#[derive(Args)]
pub struct CreateLink {
    #[command(flatten)]
    pub organisation: Organisation,
    /// An address that may use the token, or a range of them in CIDR notation. May be given again.
    #[arg(long, visible_alias = "accessListIp", value_name = "IP", value_delimiter = ',')]
    pub access_list_ip: Vec<String>,
}

/// Remove the link between the two organisations.
#[derive(Args)]
pub struct DeleteLink {
    #[command(flatten)]
    pub organisation: Organisation,
    #[command(flatten)]
    pub confirmation: Confirmation,
}

/// Rehearse a migration: look whether it could begin.
#[derive(Args)]
pub struct Validate {
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub wait: Wait,
    /// Print the request, with its password masked, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub request: RequestArguments,
}

/// Tell what became of a validation.
#[derive(Args)]
pub struct Validation {
    /// The validation's id.
    #[arg(value_name = "VALIDATION_ID")]
    pub id: ValidationId,
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub wait: Wait,
}

/// Whether to wait for a validation's end.
#[derive(Args)]
pub struct Wait {
    /// Wait until the validation is over. It fails where the validation does.
    #[arg(long)]
    pub wait: bool,
    #[command(flatten)]
    pub limit: WaitLimit,
}

/// How long to wait.
#[derive(Args)]
pub struct WaitLimit {
    /// How long to wait in all, such as 90s or 5m.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "1h")]
    pub timeout: Duration,
}

/// Begin a migration.
#[derive(Args)]
pub struct Create {
    #[command(flatten)]
    pub project: Project,
    /// Validate the request, and create the migration only once that has succeeded.
    #[arg(long)]
    pub validate_first: bool,
    #[command(flatten)]
    pub limit: WaitLimit,
    #[command(flatten)]
    pub confirmation: Confirmation,
    /// Print the request, with its password masked, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub request: RequestArguments,
}

/// Tell how one live migration stands.
#[derive(Args)]
#[command(visible_alias = "get")]
pub struct Describe {
    /// The migration's id.
    #[arg(value_name = "LIVE_MIGRATION_ID")]
    pub id: LiveMigrationId,
    #[command(flatten)]
    pub project: Project,
    /// Ask the service for its envelope, and print the answer's body as received.
    #[arg(long)]
    pub envelope: bool,
    /// Ask the service to lay out its answer, and print the answer's body as received.
    #[arg(long)]
    pub pretty: bool,
}

/// Cut a migration over to Atlas, which cannot be undone.
///
/// With --when-ready it waits until the migration is ready, looks once more, cuts it over once, and follows it
/// to its end as `watch` does. Where it cannot be known whether the service got the request, it is not sent
/// again: what follows shows what became of it.
#[derive(Args)]
pub struct Cutover {
    /// The migration's id.
    #[arg(value_name = "LIVE_MIGRATION_ID")]
    pub id: LiveMigrationId,
    #[command(flatten)]
    pub project: Project,
    #[command(flatten)]
    pub confirmation: Confirmation,
    /// Wait until the migration is ready, and follow it to its end. What is said of following goes with this.
    #[arg(long)]
    pub when_ready: bool,
    /// Wait too until the lag is this at the most, such as 5s.
    #[arg(long, value_name = "DURATION", requires = "when_ready", value_parser = duration::parse)]
    pub max_lag: Option<Duration>,
    #[command(flatten)]
    pub following: Following,
}

/// Follow a few migrations to their ends, in a few seconds, on a simulated Atlas.
///
/// Needs no account: it starts a simulator in this process, follows its migrations over real HTTP as a
/// service account, and cuts them over once they are ready. One is cut over, one has a network that comes
/// and goes, one fails, and one that nobody cuts over expires; the exit code is that of the worst.
#[derive(Args)]
pub struct Demo {
    /// Let all of them be completed.
    #[arg(long)]
    pub happy: bool,
}

/// Print the manual page of this command, or write those of all its commands into a folder.
#[derive(Args)]
pub struct Man {
    /// The folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_sound() {
        super::Arguments::command().debug_assert();
    }

    /// Each of them takes an empty variable for none. Whoever adds one sees to it, and tests that.
    #[test]
    fn these_arguments_have_a_variable() {
        fn variables(command: &clap::Command, found: &mut Vec<String>) {
            let of_arguments = command.get_arguments().filter_map(|argument| argument.get_env());
            found.extend(of_arguments.map(|name| name.to_string_lossy().into_owned()));
            command.get_subcommands().for_each(|command| variables(command, found));
        }
        let mut found = Vec::new();
        variables(&super::Arguments::command(), &mut found);
        assert_eq!(found, ["ATLAS_MIGRATIONS_TOKEN_CACHE"]);
    }
}
