//! Identifiers of streams, events, runners and Atlas objects.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Says why a text is not an identifier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidId {
    what: &'static str,
    expected: &'static str,
    found: String,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "invalid {}: expected {}, found `{}`",
            self.what, self.expected, self.found
        )
    }
}

impl std::error::Error for InvalidId {}

fn invalid(what: &'static str, expected: &'static str, found: &str) -> InvalidId {
    InvalidId {
        what,
        expected,
        found: found
            .chars()
            .take(80)
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect(),
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates a new identifier (UUID version 7: it starts with the time).
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// Returns the UUID.
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| invalid($what, "a UUID", text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }
    };
}

uuid_id!(
    /// The identifier of a stream: the log of one migration, plan or link.
    StreamId,
    "stream ID"
);
uuid_id!(
    /// The identifier of an event, made by its writer before the first attempt to store it.
    EventId,
    "event ID"
);
uuid_id!(
    /// The identifier of a process that works on streams.
    RunnerId,
    "runner ID"
);
uuid_id!(
    /// The identifier of a journal.
    JournalId,
    "journal ID"
);

/// The identifier of an object in Atlas: a project, or a live migration.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct AtlasId(String);

impl AtlasId {
    /// Returns the 24 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AtlasId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if is_atlas_id(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(invalid("Atlas ID", "24 lowercase hex digits", text))
        }
    }
}

impl TryFrom<String> for AtlasId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<AtlasId> for String {
    fn from(id: AtlasId) -> Self {
        id.0
    }
}

impl fmt::Display for AtlasId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Returns whether a text has the form of an Atlas identifier.
pub(crate) fn is_atlas_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_atlas_id_is_24_lowercase_hex_digits() {
        assert!("6f0a1b2c3d4e5f6071829304".parse::<AtlasId>().is_ok());
        for text in
            ["", "6f0a1b2c3d4e5f607182930", "6F0a1b2c3d4e5f6071829304", "6f0a1b2c3d4e5f60718293zz"]
        {
            let error = text.parse::<AtlasId>().unwrap_err();
            assert!(error.to_string().contains("24 lowercase hex digits"), "{error}");
        }
    }

    #[test]
    fn later_event_ids_sort_after_earlier_ones() {
        let first = EventId::new();
        let second = EventId::new();
        assert!(first < second);
        assert_eq!(first.to_string().parse::<EventId>().unwrap(), first);
    }
}
