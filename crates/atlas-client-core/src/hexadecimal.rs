//! Bytes as lower-case hexadecimal digits.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The value of what is no digit: a bit that the value of none has.
pub(crate) const NO_DIGIT: u8 = 0x10;

/// The value of a digit.
pub(crate) const fn value(digit: u8) -> u8 {
    const VALUES: [u8; 256] = {
        let mut values = [NO_DIGIT; 256];
        let mut value = 0;
        while value < NO_DIGIT {
            values[DIGITS[value as usize] as usize] = value;
            value += 1;
        }
        values
    };
    VALUES[digit as usize]
}

/// The digits of as many bytes as fill an array with them.
pub(crate) fn array<const DIGITS: usize>(bytes: &[u8]) -> [u8; DIGITS] {
    let mut digits = [b'0'; DIGITS];
    for (two, &byte) in digits.chunks_exact_mut(2).zip(bytes) {
        two.copy_from_slice(&pair(byte));
    }
    digits
}

/// The digits of all bytes.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().copied().flat_map(pair).map(char::from));
    text
}

fn pair(byte: u8) -> [u8; 2] {
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_byte_is_two_digits() {
        assert_eq!(super::text(&[0, 0x1f, 0xa0, 0xff]), "001fa0ff");
        assert_eq!(&super::array::<8>(&[0, 0x1f, 0xa0, 0xff]), b"001fa0ff");
    }
}
