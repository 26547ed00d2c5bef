//! The options of `simulate`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

/// Serve a simulated Atlas on this machine
///
/// The first line on stdout is a JSON object with the URLs, IDs and credentials to use. Each request is logged on
/// stderr, without the values of unknown parameters. A second port controls the simulator while it runs: `GET /` on
/// `control_url` lists the control requests, `GET /openapi.json` returns the OpenAPI document. The simulator stops
/// on SIGINT and SIGTERM.
///
/// With `--spec`, the operations of an OpenAPI document are served, too, without state: what is sliced from the official
/// document can be called without an account. They check credentials, versions, required parameters and bodies; the
/// operations that are simulated anyway stay, unless the document has their path.
///
/// With a command, such as `simulate -- sh`, that command runs with an environment in which this program uses the
/// simulator and a journal of its own. Both end with the command, signals are passed on to the command, and the exit
/// code is the command's (128 plus the number of the signal if a signal ended it). The JSON object and the log are not
/// written; MONGODB_ATLAS_PROJECT_ID, MONGODB_ATLAS_ORG_ID, LIVE_MIGRATION_ID, READY_LIVE_MIGRATION_ID and
/// VALIDATION_ID are set instead.
#[derive(Args)]
pub struct Simulate {
    /// Port of the API; 0 chooses a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Port of the control server; 0 chooses a free one
    #[arg(long, default_value_t = 0)]
    pub control_port: u16,
    /// Speed of the simulated migrations as a multiple of real time
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub speed: f64,
    /// Scenario as JSON: projects, migrations, credentials, faults; `-` reads stdin; at most 16 MiB
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// OpenAPI document as JSON, such as `openapi.json` of a slice: its operations respond with its examples, or else
    /// with samples of its schemas; `-` reads stdin; at most 64 MiB
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// Disable all rate limits, also that of the token endpoint
    #[arg(long)]
    pub no_rate_limits: bool,
    /// Print the OpenAPI document of the simulator and exit
    #[arg(long, conflicts_with = "command")]
    pub print_openapi: bool,
    /// Print the scenario that would be served as JSON, with all defaults, and exit: a start for `--scenario`
    #[arg(long, conflicts_with_all = ["command", "print_openapi"])]
    pub print_scenario: bool,
    /// Command to run, with its arguments
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    #[command(flatten)]
    pub credentials: SimulatedCredentials,
}

/// Credentials that replace those of the scenario. Never use real ones.
#[derive(Args)]
#[command(next_help_heading = "Simulated credentials (never use real ones)")]
pub struct SimulatedCredentials {
    /// Bearer token
    #[arg(long, value_name = "TOKEN")]
    pub bearer_token: Option<String>,
    /// Public key of the API key
    #[arg(long, value_name = "KEY")]
    pub public_key: Option<String>,
    /// Private key of the API key
    #[arg(long, value_name = "KEY")]
    pub private_key: Option<String>,
    /// Client ID of the service account
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Client secret of the service account
    #[arg(long, value_name = "SECRET")]
    pub client_secret: Option<String>,
}
