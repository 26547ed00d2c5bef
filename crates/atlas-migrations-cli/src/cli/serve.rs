//! The options of `serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

const AFTER_HELP: &str = "\
The first line of the output is the address of the page; with --output json it is an object with \"event\", \"url\" and
\"journal\". The page stays up until SIGINT or SIGTERM ends it with exit code 0, also while the journal cannot be read.

Paths:
    /                     the migrations: who acts next, then by urgency; go or no-go for each plan
    /migrations/STREAM    one migration
    /plans/STREAM         one plan
    /status.json          the same for programs
    /metrics              the same for Prometheus; a token is needed for it too
    /healthz, /readyz     for probes: the server is alive; the journal can be read

Without a token or a proxy, only a loopback address can be listened on; every user of this computer can read it then.";

/// Serve a read-only web page that shows the migrations of the journal
///
/// Nothing is asked of Atlas, and nothing is changed. Decisions are made by `approve`, `hold`, `release` and the others.
#[derive(Args)]
#[command(after_long_help = AFTER_HELP, after_help = "Paths and access: see --help")]
pub struct Serve {
    /// Address and port to listen on. With port 0 the system chooses
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Show this plan and its migrations only
    #[arg(long, value_name = "NAME")]
    pub plan: Option<String>,
    /// Environment variable with the token that readers send, as bearer token or as the password in a browser; at least 16
    /// characters
    #[arg(long, value_name = "VARIABLE", group = "access")]
    pub token_env: Option<String>,
    /// File with the token
    #[arg(long, value_name = "FILE", group = "access")]
    pub token_file: Option<PathBuf>,
    /// Trust the proxy in front, which authenticates and names the reader in this header. The proxy has to remove the header
    /// from what readers send, and nobody may reach the server without the proxy
    #[arg(long, value_name = "HEADER", group = "access")]
    pub trust_proxy_header: Option<String>,
    /// Host name under which readers reach the page, beside localhost and IP addresses. Other names are refused, so that no
    /// other site can lead a browser here
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
}
