//! Gzipped responses.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

use super::accept::weighted;

/// Returns whether the `Accept-Encoding` headers accept gzip, by name or with `*`.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).into_iter();
    let entries = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let (mut gzip, mut any) = (None, None);
    for (coding, quality) in entries.filter_map(weighted) {
        match coding.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = gzip.max(Some(quality)),
            "*" => any = any.max(Some(quality)),
            _ => {}
        }
    }
    gzip.or(any).is_some_and(|quality| quality > 0)
}

/// Gzips the text. Returns `None` on failure, which does not happen in memory.
pub(crate) fn compress(text: &str) -> Option<Vec<u8>> {
    let buffer = Vec::with_capacity(text.len() / 2 + 64);
    let mut encoder = GzEncoder::new(buffer, Compression::fast());
    encoder.write_all(text.as_bytes()).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    fn accepts(values: &[&str]) -> bool {
        let value = |value: &&str| (ACCEPT_ENCODING, value.parse().unwrap());
        accepts_gzip(&values.iter().map(value).collect())
    }

    #[test]
    fn gzip_is_accepted_by_name_or_with_a_star_and_can_be_declined() {
        for value in ["gzip", "GZip", "x-gzip", "deflate, gzip;q=0.1", "*", "br, *;q=0.5"] {
            assert!(accepts(&[value]), "{value}");
        }
        for value in ["", "identity", "gzip;q=0", "gzip; Q=0.000, *", "*;q=0", "gzipped", "br"] {
            assert!(!accepts(&[value]), "{value}");
        }
        assert!(!accepts(&[]));
        assert!(accepts(&["br", "gzip"]));
    }

    #[test]
    fn gzipped_texts_decompress_to_the_original() {
        let long: String = (0..100_000).map(|number: u32| number.to_string()).collect();
        for text in ["", "{}", &long, "{\"status\":\"WORKING\"}"] {
            let mut back = String::new();
            let compressed = compress(text).unwrap();
            GzDecoder::new(&*compressed).read_to_string(&mut back).unwrap();
            assert!(back == text, "{} bytes", text.len());
        }
    }
}
