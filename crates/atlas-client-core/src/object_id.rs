//! [`ObjectId`]: the id of everything in Atlas.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hexadecimal::{self, NO_DIGIT, value};
use crate::open_enum::deserialize_text;

const TEXT_LENGTH: usize = 24;

/// 24 lower-case hexadecimal digits, held as the 12 bytes that they spell.
///
/// This is the pattern `^([a-f0-9]{24})$` of the Atlas Administration API, checked without a
/// regular expression. Ordering is that of the text. As JSON it is a string.
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
///     "character 3 is `B`: the hexadecimal digits of an id are lower case",
/// );
/// # Ok::<(), atlas_client_core::ParseObjectIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 12]);

impl ObjectId {
    /// The id that these bytes spell.
    pub const fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// The 12 bytes that the id's digits spell.
    pub const fn to_bytes(self) -> [u8; 12] {
        self.0
    }

    /// Reads exactly 24 lower-case hexadecimal digits.
    ///
    /// # Errors
    ///
    /// Anything else: the error says what was wrong and at which character.
    pub fn parse(text: &str) -> Result<Self, ParseObjectIdError> {
        let Ok(digits) = <&[u8; TEXT_LENGTH]>::try_from(text.as_bytes()) else {
            return Err(ParseObjectIdError::find(text));
        };
        let (mut bytes, mut all) = ([0; 12], 0);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (value(pair[0]), value(pair[1]));
            all |= high | low;
            *byte = high << 4 | low;
        }
        if all < NO_DIGIT { Ok(Self(bytes)) } else { Err(ParseObjectIdError::find(text)) }
    }

    /// Calls `use_text` with the 24 digits, without allocating.
    fn with_text<T>(self, use_text: impl FnOnce(&str) -> T) -> T {
        let text = hexadecimal::array::<TEXT_LENGTH>(&self.0);
        // Digits are ASCII, so that the empty text is never used.
        use_text(str::from_utf8(&text).unwrap_or_default())
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

/// Why a text is not an [`ObjectId`]. Its message says what was wrong and where, counting
/// characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseObjectIdError {
    /// The text does not have 24 characters.
    Length {
        /// How many characters it has.
        length: usize,
    },
    /// A character is not a hexadecimal digit.
    NotHexadecimal {
        /// Which one, counted from 1.
        position: usize,
        /// The character.
        character: char,
    },
    /// A character is an upper-case hexadecimal digit.
    UpperCase {
        /// Which one, counted from 1.
        position: usize,
        /// The character.
        character: char,
    },
}

impl ParseObjectIdError {
    /// Says what is wrong with a text that is known not to be an id.
    fn find(text: &str) -> Self {
        let wrong = text
            .chars()
            .enumerate()
            .find(|(_, character)| !matches!(character, '0'..='9' | 'a'..='f'));
        match wrong {
            Some((index, character @ 'A'..='F')) => {
                Self::UpperCase { position: index + 1, character }
            }
            Some((index, character)) => Self::NotHexadecimal { position: index + 1, character },
            None => Self::Length { length: text.len() },
        }
    }
}

impl fmt::Display for ParseObjectIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { length } => {
                write!(f, "length {length}: an id has 24 hexadecimal digits")
            }
            Self::NotHexadecimal { position, character } => write!(
                f,
                "character {position} is `{}`: an id has only the digits 0 to 9 and a to f",
                character.escape_debug(),
            ),
            Self::UpperCase { position, character } => write!(
                f,
                "character {position} is `{character}`: the hexadecimal digits of an id are lower case",
            ),
        }
    }
}

impl std::error::Error for ParseObjectIdError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn errors_say_what_was_wrong_and_where() {
        let message = |text: &str| ObjectId::parse(text).unwrap_err().to_string();
        assert!(message("32b6e34b3d91647abb20e7b").starts_with("length 23"));
        assert!(message("32b6e34b3d91647abb20e7b80").starts_with("length 25"));
        assert!(message("").starts_with("length 0"));
        assert!(message("32b6e3gb3d91647abb20e7b8").starts_with("character 7 is `g`"));
        assert!(message("32b6e34b3d91647abb20e7B8").starts_with("character 23 is `B`"));
        assert!(message("32b6e34b3d91647abb20e7b8\n").starts_with("character 25 is `\\n`"));
        assert!(message("32b6e34b3d91647abb20e7ü").starts_with("character 23 is `ü`"));
    }

    proptest! {
        #[test]
        fn every_id_survives_text_json_and_bytes(bytes: [u8; 12]) {
            let id = ObjectId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.to_bytes(), bytes);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(&json, &format!("\"{id}\""));
            prop_assert_eq!(serde_json::from_str::<ObjectId>(&json).unwrap(), id);
        }

        #[test]
        fn order_is_that_of_the_text(a: [u8; 12], b: [u8; 12]) {
            let (a, b) = (ObjectId::from_bytes(a), ObjectId::from_bytes(b));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}
