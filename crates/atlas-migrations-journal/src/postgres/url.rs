//! The URL of the database: without a password, and with verified TLS unless it says otherwise.

use std::{net::IpAddr, str::FromStr};

use percent_encoding::percent_decode_str;
use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgSslMode},
};

use crate::error::{Error, Result};

/// Reads a URL. What it does not say comes from the usual variables (`PGHOST`, `PGUSER`, …), the password from `PGPASSWORD`,
/// `PGPASSFILE` or `~/.pgpass`.
pub(super) fn parse(url: &str) -> Result<PgConnectOptions> {
    // No error shows the URL: it could have a password in it.
    if has_password(url) {
        return Err(Error::Location(
            "the journal's URL has a password in it, which every user of this machine can see: put it into PGPASSWORD, into the \
             file that PGPASSFILE names, or into ~/.pgpass, and change it"
                .to_owned(),
        ));
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        Error::Location(
            "the journal's URL is not valid: expected `postgres://USER@HOST:PORT/DATABASE`"
                .to_owned(),
        )
    })?;
    let options = options.application_name("atlas-migrations").disable_statement_logging();
    let says_tls = query_of(url).any(|(key, _)| key == "sslmode" || key == "ssl-mode");
    if says_tls || std::env::var_os("PGSSLMODE").is_some() || is_local(&options) {
        return Ok(options);
    }
    // The default of the driver falls back to a connection that nobody verified.
    Ok(options.ssl_mode(PgSslMode::VerifyFull))
}

fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let in_user_info = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    in_user_info || query_of(url).any(|(key, _)| key == "password")
}

fn query_of(url: &str) -> impl Iterator<Item = (String, &str)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (percent_decode_str(key).decode_utf8_lossy().into_owned(), value)
    })
}

fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_with_a_password_is_refused_and_not_shown() {
        let urls = [
            "postgres://ana:hunter22@db.example.com/ops",
            "postgres://db.example.com/ops?password=hunter22",
            "postgres://db.example.com/ops?sslmode=require&p%61ssword=hunter22",
        ];
        for url in urls {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.contains("PGPASSWORD"), "{error}");
            assert!(!error.contains("hunter22"), "{error}");
        }
        assert!(!parse("postgres://[nonsense").unwrap_err().to_string().contains("nonsense"));
    }

    #[test]
    fn tls_is_verified_unless_the_host_is_local_or_the_url_says_otherwise() {
        let mode = |url: &str| parse(url).unwrap().get_ssl_mode();
        assert!(matches!(mode("postgres://ana@db.example.com/ops"), PgSslMode::VerifyFull));
        assert!(matches!(
            mode("postgres://ana@db.example.com/ops?sslmode=require"),
            PgSslMode::Require
        ));
        for local in [
            "postgres://ana@localhost/ops",
            "postgres://ana@127.0.0.1/ops",
            "postgres:///ops?host=/tmp",
        ] {
            assert!(!matches!(mode(local), PgSslMode::VerifyFull), "{local}");
        }
    }
}
