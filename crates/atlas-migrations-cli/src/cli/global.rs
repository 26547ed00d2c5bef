//! Options that every command takes.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, ValueEnum};

/// Options that every command takes.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// Base URL of the API. Default: MONGODB_ATLAS_OPS_MANAGER_URL, MONGODB_ATLAS_BASE_URL, the profile, or
    /// the service that MONGODB_ATLAS_SERVICE names (`cloud` or `cloudgov`), in this order
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Profile of the official Atlas CLI. Default: `default`
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Directory that caches access tokens of service accounts between commands; `none` disables the cache
    // The default parser of paths refuses an empty environment variable, which here means "not set".
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "ATLAS_MIGRATIONS_TOKEN_CACHE",
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub token_cache: Option<PathBuf>,
    /// Journal of live migrations: a file, or a PostgreSQL database as postgres://USER@HOST/DATABASE without a password.
    /// Default: journal.db in the user's state folder
    #[arg(
        long,
        global = true,
        value_name = "PATH|URL",
        env = "ATLAS_MIGRATIONS_JOURNAL",
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub journal: Option<PathBuf>,
    /// Neither read nor write a journal. What is sent is not recorded, and migrations have no names
    #[arg(long, global = true)]
    pub no_journal: bool,
    /// Maximum attempts per request (only requests that are safe to retry are retried)
    #[arg(long, global = true, value_name = "N", default_value_t = 4,
        value_parser = clap::value_parser!(u32).range(1..=100))]
    pub attempts: u32,
    /// Maximum time per request in seconds, with all its attempts
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 120,
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub call_timeout: u64,
    /// Output format of results and errors
    #[arg(long, short, global = true, value_enum, default_value_t)]
    pub output: OutputFormat,
    #[command(flatten)]
    pub color: colorchoice_clap::Color,
    /// Log requests and responses on stderr, without bodies and secrets
    #[arg(long, global = true)]
    pub debug: bool,
}

/// The format of results and errors.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Tables and text for people
    #[default]
    Table,
    /// JSON for programs, with the names and values of the API
    Json,
}
