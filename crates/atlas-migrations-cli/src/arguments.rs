//! What the command line may say.

use std::path::PathBuf;

use atlas_migrations::{Client, GroupId, LiveMigrationId};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::failure::{Exit, Failure};

const EXIT_CODES: &str = "\
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
  130  interrupted

The bearer token is read from MONGODB_ATLAS_ACCESS_TOKEN, never from an argument.";

/// Follow live migrations into MongoDB Atlas.
///
/// Speaks of push migrations: from a cluster that Cloud Manager or Ops Manager monitors, into Atlas.
/// Atlas has no API for the migrations that it pulls by itself.
#[derive(Parser)]
#[command(name = "atlas-migrations", version, after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(flatten)]
    pub connection: Connection,
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

/// Where to call Atlas, and as whom.
#[derive(Args)]
pub struct Connection {
    /// Where to send requests, where that is not Atlas itself.
    #[arg(long, global = true, value_name = "URL", env = "MONGODB_ATLAS_BASE_URL")]
    base_url: Option<String>,
}

impl Connection {
    /// A client for the service that the arguments and the environment name.
    pub fn client(&self) -> Result<Client, Failure> {
        let token = std::env::var("MONGODB_ATLAS_ACCESS_TOKEN").map_err(|_| {
            Failure::new("no credential: MONGODB_ATLAS_ACCESS_TOKEN is not set")
                .exit(Exit::Usage)
                .hint("set it to a bearer token; to try without an account, run `atlas-migrations demo`")
        })?;
        let mut builder = Client::builder().bearer_token(token);
        if let Some(url) = &self.base_url {
            builder = builder.base_url(url);
        }
        let client = builder.build();
        client.map_err(|error| {
            Failure::new("no client can be set up").because(&error).exit(Exit::Usage)
        })
    }
}

/// Which project an operation is about.
#[derive(Args)]
pub struct Project {
    /// The project's id. Atlas also calls a project a group.
    #[arg(
        long = "project-id",
        visible_alias = "group-id",
        value_name = "GROUP_ID",
        env = "MONGODB_ATLAS_PROJECT_ID"
    )]
    pub group_id: GroupId,
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
    /// How to show it.
    #[arg(long, short, value_enum, default_value_t)]
    pub output: Output,
    /// Ask the service for its envelope, and print the answer's body as received.
    #[arg(long, conflicts_with = "output")]
    pub envelope: bool,
    /// Ask the service to lay out its answer, and print the answer's body as received.
    #[arg(long, conflicts_with = "output")]
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
/// credentials to call it. Every request is then logged on stderr. Stops on SIGINT and SIGTERM.
#[derive(Args)]
pub struct Simulate {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// How many times faster than real time its migrations go.
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub speed: f64,
    /// A scenario as JSON: the projects, their migrations and how each goes.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_sound() {
        super::Arguments::command().debug_assert();
    }
}
