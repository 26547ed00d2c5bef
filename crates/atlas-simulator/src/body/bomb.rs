//! A small gzipped body that expands to a large one, of any size and made without making that.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

use super::EMPTY_OBJECT;

/// How much of the large body each of the equal parts expands to.
const PART: usize = 1024 * 1024;
/// A gzip member without a name or a time.
const HEADER: Bytes = Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/// What is still to be sent: the header, then equal parts of spaces that stand each for itself, so
/// that one is compressed and sent many times, then the rest with the check sum.
#[derive(Debug)]
pub(crate) struct Bomb {
    header: Bytes,
    part: Bytes,
    parts: u64,
    end: Bytes,
}

impl Bomb {
    /// Expands to `bytes`, of which the last two are an empty JSON object.
    pub(super) fn new(bytes: u64) -> Self {
        let spaces = bytes.saturating_sub(EMPTY_OBJECT.len() as u64);
        let parts = spaces / PART as u64;
        let part = vec![b' '; PART];
        let mut rest = part.clone();
        rest.truncate(usize::try_from(spaces % PART as u64).unwrap_or(0));
        rest.extend_from_slice(&EMPTY_OBJECT);

        let mut check = repeated(&sum(&part), parts);
        check.combine(&sum(&rest));
        let mut end = deflated(&rest, FlushCompress::Finish);
        end.extend_from_slice(&check.sum().to_le_bytes());
        // The length, of which the format keeps the lower half.
        end.extend_from_slice(&bytes.to_le_bytes()[..4]);
        // A full flush ends on a whole byte and lets nothing later refer to what was before.
        let part = deflated(&part, FlushCompress::Full).into();
        Self { header: HEADER, part, parts, end: end.into() }
    }

    /// The next piece; empty at the end.
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

    /// How many bytes are still to be sent.
    pub(super) fn left(&self) -> u64 {
        let parts = self.parts * self.part.len() as u64;
        parts + (self.header.len() + self.end.len()) as u64
    }
}

fn deflated(data: &[u8], flush: FlushCompress) -> Vec<u8> {
    // Spaces shrink to a thousandth, and a flush needs a few bytes more.
    let mut out = Vec::with_capacity(data.len() / 64 + 1024);
    // It fails only on a stream that has ended.
    let _ = Compress::new(Compression::best(), false).compress_vec(data, &mut out, flush);
    out
}

fn sum(data: &[u8]) -> Crc {
    let mut sum = Crc::new();
    sum.update(data);
    sum
}

/// The check sum of what `unit` is that of, so many times one after another.
fn repeated(unit: &Crc, mut times: u64) -> Crc {
    let copy = |sum: &Crc| {
        let mut copy = Crc::new();
        copy.combine(sum);
        copy
    };
    let (mut whole, mut power) = (Crc::new(), copy(unit));
    while times > 0 {
        if times % 2 == 1 {
            whole.combine(&power);
        }
        times /= 2;
        // Not beyond what is needed, as the lengths that are added up have an end.
        if times > 0 {
            let same = copy(&power);
            power.combine(&same);
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    fn all(mut bomb: Bomb) -> Vec<u8> {
        let announced = bomb.left();
        let mut all = Vec::new();
        while bomb.left() > 0 {
            all.extend_from_slice(&bomb.next());
        }
        assert_eq!(all.len() as u64, announced);
        all
    }

    #[test]
    fn it_expands_to_the_size_asked_for_and_has_the_right_check_sum() {
        let part = PART as u64;
        for bytes in [2, 3, 1000, part + 1, part + 2, part + 3, 5 * part + 77] {
            let mut expanded = Vec::new();
            // The decoder compares the check sum and the length.
            GzDecoder::new(&*all(Bomb::new(bytes))).read_to_end(&mut expanded).unwrap();
            assert_eq!(expanded.len() as u64, bytes);
            assert_eq!(String::from_utf8(expanded).unwrap().trim_start(), "{}");
        }
    }

    #[test]
    fn it_is_a_thousandth_of_what_it_expands_to_whatever_the_size() {
        let small = all(Bomb::new(64 * 1024 * 1024));
        assert!(small.len() < 80 * 1024, "{}", small.len());
        assert!(Bomb::new(u64::MAX).left() < u64::MAX / 900);
    }
}
