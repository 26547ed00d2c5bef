//! A small gzipped body that expands to a large one, built without expanding it.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// The end of every filler body, which makes it valid JSON.
pub(super) const EMPTY_OBJECT: Bytes = Bytes::from_static(b"{}");

/// The expanded size of each repeated part.
const PART: usize = 1024 * 1024;
/// The header of a gzip file without a name and a time.
const HEADER: Bytes = Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/// Returns the length and the pieces of a body that expands to `bytes` bytes, at least 2, of which
/// the last two are an empty JSON object. All but the last mebibyte is one part of spaces, which is
/// compressed once and repeated.
pub(super) fn gzip_bomb(bytes: u64) -> (u64, impl Iterator<Item = Bytes> + Send + Sync) {
    let spaces = bytes.saturating_sub(EMPTY_OBJECT.len() as u64);
    let parts = spaces / PART as u64;
    let part = vec![b' '; PART];
    let mut rest = part.clone();
    rest.truncate(usize::try_from(spaces % PART as u64).unwrap_or(0));
    rest.extend_from_slice(&EMPTY_OBJECT);

    let (part_crc, rest_crc) = (crc(&part), crc(&rest));
    // A full flush ends on a whole byte, and later parts do not refer to earlier ones.
    let part = Bytes::from(deflate(&part, FlushCompress::Full));
    let mut end = deflate(&rest, FlushCompress::Finish);
    let length = HEADER.len() as u64 + parts * part.len() as u64 + end.len() as u64 + 8;
    let end = std::iter::once_with(move || {
        let mut checksum = Crc::new();
        (0..parts).for_each(|_| checksum.combine(&part_crc));
        checksum.combine(&rest_crc);
        end.extend_from_slice(&checksum.sum().to_le_bytes());
        // The format stores the lower half of the length.
        end.extend_from_slice(&bytes.to_le_bytes()[..4]);
        Bytes::from(end)
    });
    let parts = (0..parts).map(move |_| part.clone());
    (length, std::iter::once(HEADER).chain(parts).chain(end))
}

fn deflate(data: &[u8], flush: FlushCompress) -> Vec<u8> {
    // Spaces shrink to a thousandth, and a flush needs a few bytes more.
    let mut out = Vec::with_capacity(data.len() / 64 + 1024);
    // It fails only on a stream that has ended.
    let _ = Compress::new(Compression::best(), false).compress_vec(data, &mut out, flush);
    out
}

fn crc(data: &[u8]) -> Crc {
    let mut crc = Crc::new();
    crc.update(data);
    crc
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    fn all(bytes: u64) -> Vec<u8> {
        let (length, pieces) = gzip_bomb(bytes);
        let all = pieces.collect::<Vec<_>>().concat();
        assert_eq!(all.len() as u64, length);
        all
    }

    #[test]
    fn it_expands_to_the_requested_size_and_has_the_right_checksum() {
        let part = PART as u64;
        for bytes in [2, 3, 1000, part + 1, part + 2, part + 3, 5 * part + 77] {
            let mut expanded = Vec::new();
            // The decoder compares the checksum and the length.
            GzDecoder::new(&*all(bytes)).read_to_end(&mut expanded).unwrap();
            assert_eq!(expanded.len() as u64, bytes);
            assert_eq!(String::from_utf8(expanded).unwrap().trim_start(), "{}");
        }
    }

    #[test]
    fn it_is_a_thousandth_of_its_expanded_size() {
        let small = all(64 * 1024 * 1024);
        assert!(small.len() < 80 * 1024, "{}", small.len());
        assert!(gzip_bomb(u64::MAX).0 < u64::MAX / 900);
    }
}
