//! Answers are gzipped where the client asks for it.

use std::cell::RefCell;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
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

/// What gzip begins with: its magic, deflate, no flags, no time, the fastest level, any system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff];

thread_local! {
    /// Kept from one answer to the next: it is a thousand times as large as most of them.
    static DEFLATE: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
}

/// The text gzipped. Compression in memory does not fail; if it did, there would be nothing.
pub(crate) fn gzipped(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() + 64);
    out.extend(HEADER);
    DEFLATE.with_borrow_mut(|deflate| {
        deflate.reset();
        loop {
            let read = usize::try_from(deflate.total_in()).ok()?;
            let rest = text.as_bytes().get(read..)?;
            match deflate.compress_vec(rest, &mut out, FlushCompress::Finish).ok()? {
                Status::StreamEnd => return Some(()),
                Status::Ok | Status::BufError => out.reserve(text.len() / 2 + 64),
            }
        }
    })?;
    let mut sum = Crc::new();
    sum.update(text.as_bytes());
    out.extend(sum.sum().to_le_bytes());
    out.extend(sum.amount().to_le_bytes());
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

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

    #[test]
    fn what_is_gzipped_comes_back_whatever_came_before() {
        let long: String = (0..100_000).map(|number: u32| number.to_string()).collect();
        for text in ["", "{}", &long, "{\"status\":\"WORKING\"}"] {
            let mut back = String::new();
            let gzipped = gzipped(text).unwrap();
            GzDecoder::new(&*gzipped).read_to_string(&mut back).unwrap();
            assert!(back == text, "{} bytes", text.len());
        }
    }
}
