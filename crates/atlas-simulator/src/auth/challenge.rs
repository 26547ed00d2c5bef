//! The `WWW-Authenticate` headers.

use http::HeaderValue;

use super::REALM;
use crate::scenario::{DigestAlgorithm, DigestOptions};

/// An algorithm that no client knows.
const UNKNOWN: &str = "UNKNOWN-512";

/// The headers' values, in order. By default that is one, as the service writes it.
pub(super) fn headers(
    options: &DigestOptions,
    stale: bool,
    mut nonce: impl FnMut() -> String,
) -> Vec<HeaderValue> {
    let accepted = digest(options, options.algorithm.as_str(), &nonce(), stale);
    let values = if options.extra_challenges {
        let other = digest(options, other(options.algorithm), &nonce(), stale);
        vec![format!("Basic realm=\"{REALM}\", {other}"), accepted]
    } else {
        vec![accepted]
    };
    values.into_iter().filter_map(|value| HeaderValue::try_from(value).ok()).collect()
}

/// The algorithm of the challenge that a client has to leave alone.
fn other(algorithm: DigestAlgorithm) -> &'static str {
    match algorithm {
        DigestAlgorithm::Md5 | DigestAlgorithm::Md5Sess => UNKNOWN,
        DigestAlgorithm::Sha256 | DigestAlgorithm::Sha256Sess => DigestAlgorithm::Md5.as_str(),
    }
}

fn digest(options: &DigestOptions, algorithm: &str, nonce: &str, stale: bool) -> String {
    let qop = if options.qop { ", qop=\"auth\"" } else { "" };
    let opaque = options
        .opaque
        .as_deref()
        .map_or_else(String::new, |opaque| format!(", opaque=\"{}\"", escaped(opaque)));
    let userhash = if options.userhash { ", userhash=true" } else { "" };
    format!(
        "Digest realm=\"{REALM}\", domain=\"\", nonce=\"{nonce}\", algorithm={algorithm}{qop}, \
         stale={stale}{opaque}{userhash}"
    )
}

/// What can stand between quotes.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(options: &DigestOptions, stale: bool) -> Vec<String> {
        let mut made = 0;
        let nonce = || {
            made += 1;
            format!("n{made}")
        };
        let values = headers(options, stale, nonce);
        values.iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_default_is_the_header_of_the_service() {
        let header = r#"Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, qop="auth", stale=false"#;
        assert_eq!(written(&DigestOptions::default(), false), [header]);
        let stale = header.replace("stale=false", "stale=true");
        assert_eq!(written(&DigestOptions::default(), true), [stale]);
    }

    #[test]
    fn each_option_shows() {
        let options = DigestOptions {
            algorithm: DigestAlgorithm::Sha256Sess,
            qop: false,
            opaque: Some(r#"a "b" \c"#.to_owned()),
            userhash: true,
            extra_challenges: true,
            ..DigestOptions::default()
        };
        let rest = r#", stale=false, opaque="a \"b\" \\c", userhash=true"#;
        let basic = r#"Basic realm="MMS Public API", Digest realm="MMS Public API", domain="", nonce="n2", algorithm=MD5"#;
        let accepted =
            r#"Digest realm="MMS Public API", domain="", nonce="n1", algorithm=SHA-256-sess"#;
        let expected = [basic, accepted].map(|header| format!("{header}{rest}"));
        assert_eq!(written(&options, false), expected);
        let options = DigestOptions { extra_challenges: true, ..DigestOptions::default() };
        assert!(written(&options, false)[0].contains("algorithm=UNKNOWN-512, qop"));
    }
}
