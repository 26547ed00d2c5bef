//! The arguments of the simulator.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

/// Serve a simulated Atlas on this machine.
///
/// The first line on stdout is a JSON record that says where it listens and with which ids and
/// credentials to call it. Every request is then logged on stderr, without the values of parameters that the
/// operation does not know. A second port takes requests that steer it while it runs: `GET /` on
/// `control_url` lists them, `GET /openapi.json` describes what it serves. Stops on SIGINT and SIGTERM.
///
/// With a command, such as `simulate -- sh`, that command runs in an environment in which this program calls
/// the simulator, and the simulator stops with it. Signals are passed on to the command, and the exit code
/// is the command's: 128 and the signal's number where a signal ended it. There is no record and no log
/// then: the ids are in MONGODB_ATLAS_PROJECT_ID, MONGODB_ATLAS_ORG_ID, LIVE_MIGRATION_ID,
/// READY_LIVE_MIGRATION_ID and VALIDATION_ID.
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
    /// A scenario as JSON, `-` for stdin: the projects, their migrations and how each goes, the credentials,
    /// the faults. At most 16 MiB.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Lift all rate limits, the token endpoint's too.
    #[arg(long)]
    pub no_rate_limits: bool,
    /// Print the OpenAPI document of what the simulator serves, and stop.
    #[arg(long, conflicts_with = "command")]
    pub print_openapi: bool,
    #[command(flatten)]
    pub credentials: SimulatedCredentials,
    /// The command to run, with its arguments, in the place of serving until told to stop.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
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
