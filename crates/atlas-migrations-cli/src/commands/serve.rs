//! `atlas-migrations serve`: serves a web page over the journal.

use std::sync::Arc;

use atlas_migrations_journal::event::StreamKind;
use atlas_migrations_page::{Access, PageError, PageServer, Settings, Token};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::cli::{GlobalOptions, OutputFormat, Serve};
use crate::error::{CliError, Exit};
use crate::input;
use crate::interrupt;
use crate::journal::{Journal, redactor};
use crate::stream_lookup::find_one;
use crate::terminal::print;

const MAX_TOKEN_BYTES: u64 = 4096;

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Serve,
) -> Result<(), CliError> {
    let mut settings = Settings::default();
    settings.listen = options.listen;
    settings.access = access(options)?;
    settings.hosts.clone_from(&options.allow_host);
    settings.zone = TimeZone::system();
    let journal = journal.required(redactor(None, None)).await?;
    if let Some(plan) = &options.plan {
        settings.plan = Some(find_one(journal, plan, &[StreamKind::Plan]).await?.name);
    }
    let server = PageServer::bind(Arc::clone(&journal.store), settings).await.map_err(explain)?;
    interrupt::exit_with_after_first(interrupt::error("interrupted twice; nothing was changed"));
    let (url, place) = (server.url(), &journal.info.location);
    let line = match global.output {
        OutputFormat::Json => json!({ "event": "ready", "url": url, "journal": place }).to_string(),
        OutputFormat::Table => url,
    };
    print(format!("{line}\n").as_bytes())?;
    server.run(interrupt::requested()).await;
    Ok(())
}

fn access(options: &Serve) -> Result<Access, CliError> {
    if let Some(header) = &options.trust_proxy_header {
        return Ok(Access::ProxyHeader(header.clone()));
    }
    let (text, origin) = match (&options.token_env, &options.token_file) {
        (Some(variable), _) => {
            let text = std::env::var(variable).map_err(|_| {
                CliError::usage(format!("--token-env: the variable {variable} is not set"))
            })?;
            (text, format!("the variable {variable}"))
        }
        (_, Some(file)) => {
            let text = input::read_text(file, MAX_TOKEN_BYTES, "a token")?;
            (text, input::display_name(file))
        }
        _ => return Ok(Access::ThisComputer),
    };
    Token::new(text.trim_end_matches(['\r', '\n'])).map(Access::Token).ok_or_else(|| {
        let (origin, length) = (origin, Token::MIN_LENGTH);
        CliError::usage(format!("{origin} has no usable token")).hint(format!(
            "a token has at least {length} printable ASCII characters without spaces"
        ))
    })
}

fn explain(error: PageError) -> CliError {
    match error {
        PageError::NotLoopback(_) => CliError::usage(error.to_string())
            .hint("pass --token-env or --token-file, or --trust-proxy-header"),
        PageError::Header(_) => CliError::usage(format!("--trust-proxy-header: {error}")),
        PageError::Journal(_) => CliError::new(error.to_string()).exit(Exit::Journal),
        error => CliError::new("the page cannot be served").caused_by(&error),
    }
}
