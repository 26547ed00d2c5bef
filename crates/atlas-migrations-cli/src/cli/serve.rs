//! The options of `serve`, and of the page beside `run` and `watch`.

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

Without a token or a proxy, only a loopback address can be listened on; every user of this computer can read it then.
An address that sends 10 wrong tokens within a minute is refused until the minute is over.

With --allow-decisions, readers approve, withdraw, hold and release on the page. The journal names who did it: the user that
the proxy names, or the name before the token. A form is good once, for its reader, for 15 minutes, and for the plan as it
was shown. Approvals count once per database user, as those of `approve` do: all that this page records are one.";

/// Serve a web page that shows the migrations of the journal
///
/// Nothing is asked of Atlas. Without --allow-decisions, nothing is changed: decisions are made by `approve`, `hold`,
/// `release` and the others.
#[derive(Args)]
#[command(after_long_help = AFTER_HELP, after_help = "Paths and access: see --help")]
pub struct Serve {
    /// Address and port to listen on. With port 0 the system chooses
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Show this plan and its migrations only
    #[arg(long, value_name = "NAME")]
    pub plan: Option<String>,
    #[command(flatten)]
    pub readers: PageReaders,
}

/// The page beside a command.
#[derive(Args)]
#[command(next_help_heading = "Web page")]
pub struct ServeBeside {
    /// Serve the page of `serve` too, for what this command is about. It stays up until a signal ends the command, also after the last migration ended
    #[arg(
        long,
        value_name = "ADDR:PORT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "127.0.0.1:0"
    )]
    pub serve: Option<SocketAddr>,
    #[command(flatten)]
    pub readers: PageReaders,
}

/// Who may read a page, and decide on it.
#[derive(Args)]
pub struct PageReaders {
    /// Environment variable with the tokens that readers send, as bearer token or as the password in a browser: one a line,
    /// each with at least 16 characters, with the name of its reader in front if that one may decide: `mira:TOKEN`
    #[arg(long, value_name = "VARIABLE", group = "access")]
    pub token_env: Option<String>,
    /// File with the tokens
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
    /// Let readers with a name approve, withdraw, hold and release on the page
    #[arg(long, requires = "access")]
    pub allow_decisions: bool,
}

impl PageReaders {
    /// Returns the name of the first option that is given.
    pub fn first_given(&self) -> Option<&'static str> {
        [
            (self.token_env.is_some(), "--token-env"),
            (self.token_file.is_some(), "--token-file"),
            (self.trust_proxy_header.is_some(), "--trust-proxy-header"),
            (!self.allow_host.is_empty(), "--allow-host"),
            (self.allow_decisions, "--allow-decisions"),
        ]
        .into_iter()
        .find_map(|(is_given, name)| is_given.then_some(name))
    }
}
