//! The settings of a page from the options of a command.

use std::net::SocketAddr;

use atlas_migrations_page::{Access, Decisions, PageError, Settings, Token};
use jiff::tz::TimeZone;

use crate::cli::PageReaders;
use crate::error::{CliError, Exit};
use crate::input;
use crate::journal::{OpenJournal, actor};

const MAX_TOKEN_BYTES: u64 = 64 << 10;

/// Returns the settings of a page.
///
/// # Errors
///
/// The tokens cannot be read, or readers shall decide and the journal can only be read.
pub fn settings(
    listen: SocketAddr,
    readers: &PageReaders,
    journal: &OpenJournal,
) -> Result<Settings, CliError> {
    let mut settings = Settings::default();
    settings.listen = listen;
    settings.access = access(readers)?;
    settings.hosts.clone_from(&readers.allow_host);
    settings.zone = TimeZone::system();
    if readers.allow_decisions {
        if let Some(why) = &journal.info.read_only {
            return Err(CliError::usage(format!(
                "--allow-decisions: the journal can only be read: {why}"
            )));
        }
        settings.decisions = Some(Decisions::new(actor(), journal.redactor.clone()));
    }
    Ok(settings)
}

fn access(readers: &PageReaders) -> Result<Access, CliError> {
    if let Some(header) = &readers.trust_proxy_header {
        return Ok(Access::ProxyHeader(header.clone()));
    }
    let (text, origin) = match (&readers.token_env, &readers.token_file) {
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
    let tokens: Option<Vec<_>> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(token).collect();
    tokens.filter(|tokens| !tokens.is_empty()).map(Access::Tokens).ok_or_else(|| {
        let length = Token::MIN_LENGTH;
        CliError::usage(format!("{origin} has no usable token, or one that is not")).hint(format!(
            "each line has a token of at least {length} printable ASCII characters without spaces, or NAME:TOKEN"
        ))
    })
}

/// Returns the token of a line, with the name before it.
fn token(line: &str) -> Option<Token> {
    match line.split_once(':') {
        Some((name, secret)) => Token::new(secret.trim())?.named(name),
        None => Token::new(line),
    }
}

/// Says why the page cannot be served.
pub fn explain(error: PageError) -> CliError {
    match error {
        PageError::NotLoopback(_) => CliError::usage(error.to_string())
            .hint("pass --token-env or --token-file, or --trust-proxy-header"),
        PageError::NoNames => CliError::usage(format!("--allow-decisions: {error}"))
            .hint("write NAME:TOKEN for each reader who may decide"),
        PageError::Header(_) => CliError::usage(format!("--trust-proxy-header: {error}")),
        PageError::Journal(_) => CliError::new(error.to_string()).exit(Exit::Journal),
        error => CliError::new("the page cannot be served").caused_by(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_a_name_if_a_colon_ends_it() {
        let named = |line| token(line).map(|token| token.name().map(str::to_owned));
        assert_eq!(named("0123456789abcdef"), Some(None));
        assert_eq!(named("mira: 0123456789abcdef"), Some(Some("mira".to_owned())));
        for wrong in ["", "mira", ":0123456789abcdef", "mira:short", "mira:0123456789 abcdef"] {
            assert!(token(wrong).is_none(), "{wrong}");
        }
    }
}
