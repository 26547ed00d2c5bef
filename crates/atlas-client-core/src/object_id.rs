//! [`ObjectId`]: the id of every object in Atlas.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::deserialize_text::deserialize_text;

const TEXT_LENGTH: usize = 24;

/// The hexadecimal digits. The functions of `base16ct` take constant time for secrets, several times as long.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// An id of 24 lowercase hexadecimal digits, stored as 12 bytes.
///
/// It matches the pattern `^([a-f0-9]{24})$` of the Atlas Administration API. The order of ids is the
/// order of their texts. In JSON an id is a string.
///
/// ```
/// use atlas_client_core::ObjectId;
///
/// let id: ObjectId = "32b6e34b3d91647abb20e7b8".parse()?;
/// assert_eq!(id.to_string(), "32b6e34b3d91647abb20e7b8");
///
/// let error = "32B6e34b3d91647abb20e7b8".parse::<ObjectId>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "expected 24 lowercase hex digits, found uppercase `B` at position 3",
/// );
/// # Ok::<(), atlas_client_core::ParseObjectIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 12]);

impl ObjectId {
    /// Makes an id from its 12 bytes.
    pub const fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// Returns the 12 bytes of the id.
    pub const fn to_bytes(self) -> [u8; 12] {
        self.0
    }

    /// Parses exactly 24 lowercase hexadecimal digits.
    ///
    /// # Errors
    ///
    /// The text is anything else. The error says what is wrong and at which position.
    pub fn parse(text: &str) -> Result<Self, ParseObjectIdError> {
        decode(text).map(Self).ok_or_else(|| ParseObjectIdError::of(text))
    }

    /// Calls `use_text` with the 24 digits, without an allocation.
    fn with_text<T>(self, use_text: impl FnOnce(&str) -> T) -> T {
        let mut text = [0; TEXT_LENGTH];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 0xf)];
        }
        // Digits are UTF-8.
        use_text(str::from_utf8(&text).unwrap_or_default())
    }
}

/// Returns the bytes of 24 digits.
fn decode(text: &str) -> Option<[u8; 12]> {
    let digits: &[u8; TEXT_LENGTH] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 12];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

/// Returns the value of a digit.
fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl FromStr for ObjectId {
    type Err = ParseObjectIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.pad(text))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, Self::parse)?.map_err(de::Error::custom)
    }
}

/// Why a text is not an [`ObjectId`]. Positions count characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseObjectIdError {
    /// The text does not have 24 characters.
    #[error("expected 24 lowercase hex digits, found {length}")]
    #[non_exhaustive]
    Length {
        /// The number of characters.
        length: usize,
    },
    /// A character is not a hexadecimal digit.
    #[error(
        "expected 24 lowercase hex digits, found `{}` at position {position}",
        character.escape_debug(),
    )]
    #[non_exhaustive]
    NotHexadecimal {
        /// The position of the character.
        position: usize,
        /// The character.
        character: char,
    },
    /// A character is an uppercase hexadecimal digit.
    #[error(
        "expected 24 lowercase hex digits, found uppercase `{character}` at position {position}"
    )]
    #[non_exhaustive]
    UpperCase {
        /// The position of the character.
        position: usize,
        /// The character.
        character: char,
    },
}

impl ParseObjectIdError {
    /// Describes what is wrong with a text that is not an id.
    fn of(text: &str) -> Self {
        let is_digit = |character| matches!(character, '0'..='9' | 'a'..='f');
        match (1..).zip(text.chars()).find(|(_, character)| !is_digit(*character)) {
            Some((position, character @ 'A'..='F')) => Self::UpperCase { position, character },
            Some((position, character)) => Self::NotHexadecimal { position, character },
            None => Self::Length { length: text.len() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn errors_say_what_is_wrong_and_where() {
        for (text, found) in [
            ("32b6e34b3d91647abb20e7b", "23"),
            ("32b6e34b3d91647abb20e7b80", "25"),
            ("", "0"),
            ("32b6e3gb3d91647abb20e7b8", "`g` at position 7"),
            ("32b6e34b3d91647abb20e7B8", "uppercase `B` at position 23"),
            ("32b6e34b3d91647abb20e7b8\n", "`\\n` at position 25"),
            ("32b6e34b3d91647abb20e7ü", "`ü` at position 23"),
        ] {
            let expected = format!("expected 24 lowercase hex digits, found {found}");
            assert_eq!(ObjectId::parse(text).unwrap_err().to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn every_id_round_trips_through_text_json_and_bytes(bytes: [u8; 12]) {
            let id = ObjectId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.to_bytes(), bytes);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(&json, &format!("\"{id}\""));
            prop_assert_eq!(serde_json::from_str::<ObjectId>(&json).unwrap(), id);
        }

        #[test]
        fn ids_are_ordered_as_their_texts(a: [u8; 12], b: [u8; 12]) {
            let (a, b) = (ObjectId::from_bytes(a), ObjectId::from_bytes(b));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}
