//! Names of migrations, plans and links.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ids::is_atlas_id;

const MAX_LENGTH: usize = 63;

/// The name of a stream: `[a-z0-9][a-z0-9._-]{0,62}`, and never 24 hex digits, which could be an Atlas ID.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Says why a text is not a name.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InvalidName {
    /// The name is empty.
    Empty,
    /// The name has more than 63 characters.
    TooLong,
    /// The name has a character that names cannot have.
    Character {
        /// The character.
        found: char,
        /// Its position, from 0.
        position: usize,
    },
    /// The name has the form of an Atlas ID.
    LooksLikeId,
}

impl fmt::Display for InvalidName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("invalid name: it is empty"),
            Self::TooLong => {
                write!(formatter, "invalid name: it has more than {MAX_LENGTH} characters")
            }
            Self::Character { found, position } => write!(
                formatter,
                "invalid name: expected lowercase letters, digits, `.`, `_` or `-` (a letter or digit first), found `{}` at \
                 position {position}",
                found.escape_default()
            ),
            Self::LooksLikeId => {
                formatter.write_str("invalid name: 24 hex digits could be mistaken for an Atlas ID")
            }
        }
    }
}

impl std::error::Error for InvalidName {}

impl Name {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes a name from other text, such as the name of a cluster: lowercase, with `-` for what names cannot have.
    ///
    /// # Errors
    /// Fails when nothing of the text can be in a name.
    pub fn from_cluster(cluster: &str) -> Result<Self, InvalidName> {
        let lower = cluster.to_lowercase();
        let allowed: String = lower.chars().map(|c| if is_inner(c) { c } else { '-' }).collect();
        let trimmed = allowed.trim_start_matches(['-', '.', '_']);
        let name: String = trimmed.chars().take(MAX_LENGTH).collect();
        if is_atlas_id(&name) { format!("cluster-{name}").parse() } else { name.parse() }
    }

    /// Returns the name itself if it is free, else the name with the lowest of `-2`, `-3`, … that is free.
    #[must_use]
    pub fn first_free(&self, is_taken: impl Fn(&str) -> bool) -> Self {
        if !is_taken(&self.0) {
            return self.clone();
        }
        let mut number: u64 = 2;
        loop {
            let suffix = format!("-{number}");
            let mut text: String = self.0.chars().take(MAX_LENGTH - suffix.len()).collect();
            text.push_str(&suffix);
            if !is_taken(&text) {
                return Self(text);
            }
            number += 1;
        }
    }
}

fn is_first(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn is_inner(c: char) -> bool {
    is_first(c) || matches!(c, '.' | '_' | '-')
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let wrong = text
            .chars()
            .enumerate()
            .find(|(at, c)| if *at == 0 { !is_first(*c) } else { !is_inner(*c) });
        if let Some((position, found)) = wrong {
            return Err(InvalidName::Character { found, position });
        }
        match text.len() {
            0 => Err(InvalidName::Empty),
            1..=MAX_LENGTH if is_atlas_id(text) => Err(InvalidName::LooksLikeId),
            1..=MAX_LENGTH => Ok(Self(text.to_owned())),
            _ => Err(InvalidName::TooLong),
        }
    }
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_starts_with_a_letter_or_digit_and_has_at_most_63_characters() {
        for text in ["orders", "0", "a.b_c-d", &"x".repeat(63)] {
            assert!(text.parse::<Name>().is_ok(), "{text}");
        }
        assert_eq!("".parse::<Name>(), Err(InvalidName::Empty));
        assert_eq!("x".repeat(64).parse::<Name>(), Err(InvalidName::TooLong));
        assert_eq!("-a".parse::<Name>(), Err(InvalidName::Character { found: '-', position: 0 }));
        assert_eq!("aÖ".parse::<Name>(), Err(InvalidName::Character { found: 'Ö', position: 1 }));
        assert_eq!("6f0a1b2c3d4e5f6071829304".parse::<Name>(), Err(InvalidName::LooksLikeId));
    }

    #[test]
    fn a_cluster_name_becomes_a_name() {
        assert_eq!(Name::from_cluster("Orders Prod").unwrap().as_str(), "orders-prod");
        assert_eq!(Name::from_cluster("--X").unwrap().as_str(), "x");
        assert_eq!(
            Name::from_cluster("6f0a1b2c3d4e5f6071829304").unwrap().as_str(),
            "cluster-6f0a1b2c3d4e5f6071829304"
        );
        assert!(Name::from_cluster("…").is_err());
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let name: Name = "orders".parse().unwrap();
        assert_eq!(name.first_free(|_| false).as_str(), "orders");
        assert_eq!(name.first_free(|n| n == "orders" || n == "orders-2").as_str(), "orders-3");
        let long: Name = "x".repeat(63).parse().unwrap();
        assert_eq!(long.first_free(|n| n == long.as_str()).as_str().len(), 63);
    }
}
