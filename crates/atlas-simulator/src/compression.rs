//! Answers are gzipped where the client asks for it.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

use crate::version;

/// Whether the `Accept-Encoding` headers ask for gzip, by name or with `*`.
pub(crate) fn wanted(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).into_iter();
    let entries = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let (mut named, mut any) = (None, None);
    for (coding, quality) in entries.filter_map(version::weighed) {
        match coding.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => named = named.max(Some(quality)),
            "*" => any = any.max(Some(quality)),
            _ => {}
        }
    }
    named.or(any).is_some_and(|quality| quality > 0)
}

/// The text gzipped. Writing to memory does not fail; if it did, there would be nothing.
pub(crate) fn gzipped(text: &str) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len()), Compression::fast());
    encoder.write_all(text.as_bytes()).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(values: &[&str]) -> bool {
        let value = |value: &&str| (ACCEPT_ENCODING, value.parse().unwrap());
        wanted(&values.iter().map(value).collect())
    }

    #[test]
    fn gzip_is_asked_for_by_name_or_with_a_star_and_can_be_declined() {
        for value in ["gzip", "GZip", "x-gzip", "deflate, gzip;q=0.1", "*", "br, *;q=0.5"] {
            assert!(wants(&[value]), "{value}");
        }
        for value in ["", "identity", "gzip;q=0", "gzip; Q=0.000, *", "*;q=0", "gzipped", "br"] {
            assert!(!wants(&[value]), "{value}");
        }
        assert!(!wants(&[]));
        assert!(wants(&["br", "gzip"]));
    }
}
