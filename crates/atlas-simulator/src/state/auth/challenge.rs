//! The `WWW-Authenticate` headers.

use http::HeaderValue;

use crate::scenario::{DigestAlgorithm, DigestOptions};

/// The realm of the service.
pub(super) const REALM: &str = "MMS Public API";

/// An algorithm that no client supports.
const UNKNOWN_ALGORITHM: &str = "UNKNOWN-512";

/// Returns the values of the headers. By default there is one, in the format of the service.
pub(super) fn challenges(
    options: &DigestOptions,
    stale: bool,
    mut nonce: impl FnMut() -> String,
) -> Vec<HeaderValue> {
    let accepted = challenge(options, options.algorithm.as_str(), &nonce(), stale);
    let values = if options.extra_challenges {
        let extra = challenge(options, extra_algorithm(options.algorithm), &nonce(), stale);
        vec![format!("Basic realm=\"{REALM}\", {extra}"), accepted]
    } else {
        vec![accepted]
    };
    values.into_iter().filter_map(|value| HeaderValue::try_from(value).ok()).collect()
}

/// Returns the algorithm of a challenge that a client has to ignore.
fn extra_algorithm(algorithm: DigestAlgorithm) -> &'static str {
    match algorithm {
        DigestAlgorithm::Md5 | DigestAlgorithm::Md5Sess => UNKNOWN_ALGORITHM,
        DigestAlgorithm::Sha256 | DigestAlgorithm::Sha256Sess => DigestAlgorithm::Md5.as_str(),
    }
}

fn challenge(options: &DigestOptions, algorithm: &str, nonce: &str, stale: bool) -> String {
    let qop = if options.qop { ", qop=\"auth\"" } else { "" };
    let opaque = options.opaque.as_deref();
    let opaque = opaque.map_or_else(String::new, |text| format!(", opaque=\"{}\"", escape(text)));
    let userhash = if options.userhash { ", userhash=true" } else { "" };
    format!(
        "Digest realm=\"{REALM}\", domain=\"\", nonce=\"{nonce}\", algorithm={algorithm}{qop}, \
         stale={stale}{opaque}{userhash}"
    )
}

/// Escapes the text for a quoted string.
pub(super) fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(options: &DigestOptions, stale: bool) -> Vec<String> {
        let mut made = 0;
        let nonce = || {
            made += 1;
            format!("n{made}")
        };
        let values = challenges(options, stale, nonce);
        values.iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_default_is_the_challenge_of_the_service() {
        let header = r#"Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, qop="auth", stale=false"#;
        assert_eq!(values(&DigestOptions::default(), false), [header]);
        let stale = header.replace("stale=false", "stale=true");
        assert_eq!(values(&DigestOptions::default(), true), [stale]);
    }

    #[test]
    fn each_option_changes_the_challenge() {
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
        assert_eq!(values(&options, false), expected);
        let options = DigestOptions { extra_challenges: true, ..DigestOptions::default() };
        assert!(values(&options, false)[0].contains("algorithm=UNKNOWN-512, qop"));
    }
}
