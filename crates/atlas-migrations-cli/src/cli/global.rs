//! Options that every command takes.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap_complete::{ArgValueCandidates, CompletionCandidate};

use crate::output::{jq, json_path};

/// Options that every command takes.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// Base URL of the API. Default: MONGODB_ATLAS_OPS_MANAGER_URL, MONGODB_ATLAS_BASE_URL, the profile, or
    /// the service that MONGODB_ATLAS_SERVICE names (`cloud` or `cloudgov`), in this order
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Profile of the official Atlas CLI. Default: `default`
    #[arg(long, short = 'P', global = true, value_name = "NAME")]
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
    /// Output format of results: table, json, yaml, id (only IDs, one a line) or json-path=PATH. With all but table,
    /// errors are JSON. Default: MONGODB_ATLAS_OUTPUT, the `output` of the profile, or table
    #[arg(id = "output", long = "output", short, global = true, value_name = "FORMAT", add = output_completer())]
    pub chosen_output: Option<ChosenOutput>,
    /// Print what this jq filter makes of the JSON result: texts as they are, all else as one line of JSON
    #[arg(long, global = true, value_name = "FILTER", value_parser = jq::checked)]
    pub jq: Option<String>,
    /// The kind of output that follows from the options and the settings.
    #[arg(skip)]
    pub output: OutputFormat,
    #[command(flatten)]
    pub color: colorchoice_clap::Color,
    /// Log requests and responses on stderr, without bodies and secrets
    #[arg(long, short = 'D', global = true)]
    pub debug: bool,
}

fn output_completer() -> ArgValueCandidates {
    ArgValueCandidates::new(|| ["table", "json", "yaml", "id"].map(CompletionCandidate::new).into())
}

/// Whether the output is for people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// Tables and text for people.
    #[default]
    Table,
    /// Data for programs, with the names and values of the API. Errors are JSON; results are JSON, or what
    /// [`output`](crate::output) makes of it.
    Json,
}

/// The value of `--output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChosenOutput {
    Table,
    Json,
    Yaml,
    Id,
    JsonPath(String),
}

impl ChosenOutput {
    /// Returns the kind of output.
    pub fn format(&self) -> OutputFormat {
        match self {
            Self::Table => OutputFormat::Table,
            _ => OutputFormat::Json,
        }
    }
}

impl FromStr for ChosenOutput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, argument) = match text.split_once('=') {
            Some((kind, argument)) => (kind, Some(argument)),
            None => (text, None),
        };
        match (kind, argument) {
            // The official CLI has the second name.
            ("table" | "plaintext", None) => Ok(Self::Table),
            ("json", None) => Ok(Self::Json),
            ("yaml", None) => Ok(Self::Yaml),
            ("id", None) => Ok(Self::Id),
            ("json-path" | "jsonpath", Some(path)) => json_path::checked(path).map(Self::JsonPath),
            ("json-path" | "jsonpath", None) => {
                Err("a path is missing, such as json-path=$.status".to_owned())
            }
            ("go-template" | "go-template-file", _) => {
                Err("Go templates are not supported; use --jq, such as --jq .status".to_owned())
            }
            _ => Err("expected table, json, yaml, id or json-path=PATH".to_owned()),
        }
    }
}
