//! What the command line may say.

#![allow(clippy::doc_markdown, reason = "these texts are the help, which is no Markdown")]

use std::path::PathBuf;
use std::time::Duration;

use atlas_migrations::{
    Client, GroupId, LiveMigrationId, ParseIdError, RetryPolicy, Settings, SettingsError,
};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::failure::{Exit, Failure};
use crate::terminal::warn;

const AFTER_HELP: &str = "\
Credentials are read from the environment, never from an argument:
    MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET            a service account
    MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY     an API key
    MONGODB_ATLAS_ACCESS_TOKEN                                         a bearer token
and else from a profile of the official Atlas CLI.

Exit codes:
    0  done
    1  anything not listed here
    2  usage: an argument, a setting or a credential is missing or malformed
    3  not authorised (401, 403)
    4  not found (404)
    5  rejected (400, 409, 410 and other refusals)
    6  rate limited (429)
    7  the service failed (5xx), or there was no whole answer
    8  the migration failed
    9  the migration expired
   10  timed out
  130  interrupted";

/// Follow live migrations into MongoDB Atlas.
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
    Describe(Describe),
    Simulate(Simulate),
    /// Follow one migration from its beginning to its end, in a few seconds, on a simulated Atlas.
    ///
    /// Needs no account: it starts a simulator in this process, follows its migration over real HTTP,
    /// and cuts it over once it is ready.
    Demo,
}

/// What holds for every command.
#[derive(Args)]
pub struct Common {
    /// Where to send requests, where that is not Atlas itself. Else MONGODB_ATLAS_OPS_MANAGER_URL, else
    /// MONGODB_ATLAS_BASE_URL, else the profile says so.
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
    /// The profile of the official Atlas CLI to use, where that is not `default`.
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// The folder in which a service account's token is kept from one command to the next; `none` keeps
    /// none.
    #[arg(long, global = true, value_name = "DIR", env = "ATLAS_MIGRATIONS_TOKEN_CACHE")]
    token_cache: Option<PathBuf>,
    /// How many times to try what may be tried again.
    #[arg(long, global = true, value_name = "N", default_value_t = 4)]
    attempts: u32,
    /// How many seconds a call may take with all its attempts.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
    /// How to show what the service said, and what went wrong.
    #[arg(long, short, global = true, value_enum, default_value_t)]
    pub output: Output,
    /// Tell on stderr what is sent and what comes back; never a body or a secret.
    #[arg(long, global = true)]
    pub debug: bool,
}

/// A client, and what the settings that it was made from say besides.
pub struct Connection {
    pub client: Client,
    settings: Settings,
}

impl Common {
    /// A client for the service that the arguments, the environment and the profile name.
    pub fn connect(&self) -> Result<Connection, Failure> {
        let unusable = |error: &dyn std::error::Error| {
            Failure::new("the settings cannot be used").because(error).exit(Exit::Usage)
        };
        let settings = Settings::load(self.profile.as_deref()).map_err(|error| unusable(&error))?;
        for warning in &settings.warnings {
            warn(warning);
        }
        if settings.credentials.is_none() {
            return Err(unusable(&SettingsError::NoCredentials)
                .hint("to try without an account, run `atlas-migrations demo`"));
        }
        let retry = RetryPolicy::default()
            .max_attempts(self.attempts)
            .deadline(Duration::from_secs(self.timeout));
        let mut builder = Client::builder().settings(&settings).retry(retry);
        if let Some(url) = &self.base_url {
            builder = builder.base_url(url);
        }
        if let Some(folder) = self.token_cache.clone().or_else(default_token_cache)
            && folder.as_os_str() != "none"
        {
            builder = builder.token_cache(folder);
        }
        let client = builder.build().map_err(|error| unusable(&error))?;
        Ok(Connection { client, settings })
    }
}

impl Connection {
    /// The project that is meant, where none is named.
    pub fn project(&self, named: Option<GroupId>) -> Result<GroupId, Failure> {
        if let Some(named) = named {
            return Ok(named);
        }
        let Some(text) = &self.settings.project_id else {
            return Err(Failure::new(
                "no project: it is neither in --project-id nor in the settings",
            )
            .exit(Exit::Usage)
            .hint("give --project-id, or set MONGODB_ATLAS_PROJECT_ID"));
        };
        text.parse().map_err(|error: ParseIdError| {
            Failure::new("the project of the settings").because(&error).exit(Exit::Usage)
        })
    }
}

/// Below the folder that the system has for what can be made again.
fn default_token_cache() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library").join("Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
    };
    cache.map(|cache| cache.join("atlas-migrations").join("tokens"))
}

/// Which project an operation is about.
#[derive(Args)]
pub struct Project {
    /// The project's id. Atlas also calls a project a group. Else MONGODB_ATLAS_PROJECT_ID or the profile
    /// says it.
    #[arg(long = "project-id", visible_alias = "group-id", value_name = "GROUP_ID")]
    pub group_id: Option<GroupId>,
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

/// How to show what the service said.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs: the service's own names and values.
    Json,
}

/// Serve a simulated Atlas on this machine.
///
/// The first line on stdout is a JSON record that says where it listens and with which ids and
/// credentials to call it. Every request is then logged on stderr. A second port takes requests that steer
/// it while it runs: `GET /` on `control_url` lists them. Stops on SIGINT and SIGTERM.
#[derive(Args)]
pub struct Simulate {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// The port to be steered on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub control_port: u16,
    /// How many times faster than real time its migrations go.
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub speed: f64,
    /// A scenario as JSON: the projects, their migrations and how each goes, the credentials, the faults.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    #[command(flatten)]
    pub credentials: SimulatedCredentials,
}

/// Made-up credentials, in the place of those of the scenario. Never give real ones.
#[derive(Args)]
pub struct SimulatedCredentials {
    /// The bearer token.
    #[arg(long, value_name = "TOKEN")]
    pub bearer_token: Option<String>,
    /// The public half of the API key.
    #[arg(long, value_name = "KEY")]
    pub public_key: Option<String>,
    /// The private half of the API key.
    #[arg(long, value_name = "KEY")]
    pub private_key: Option<String>,
    /// The service account's client id.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// The service account's client secret.
    #[arg(long, value_name = "SECRET")]
    pub client_secret: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_sound() {
        super::Arguments::command().debug_assert();
    }
}
