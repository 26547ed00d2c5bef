//! A migration as the command line names it: by an ID, or by its name in the journal.

use std::fmt;
use std::str::FromStr;

use atlas_migrations::{GroupId, ParseIdError};
use atlas_migrations_journal::{InvalidName, Name};

/// The number of digits of an ID.
const ID_DIGITS: usize = 24;

/// An ID of Atlas, or a name in the journal. A name never has the form of an ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdOrName<T> {
    Id(T),
    Name(QualifiedName),
}

/// A name, and the plan or project that it belongs to if that is given: `orders`, `weekend-12/orders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualifiedName {
    pub scope: Option<String>,
    pub name: Name,
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scope) = &self.scope {
            write!(formatter, "{scope}/")?;
        }
        self.name.fmt(formatter)
    }
}

impl FromStr for QualifiedName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let Some((scope, name)) = text.split_once('/') else {
            return Ok(Self { scope: None, name: text.parse()? });
        };
        // The scope of a migration without a plan is its project.
        if scope.parse::<GroupId>().is_err() {
            scope.parse::<Name>()?;
        }
        Ok(Self { scope: Some(scope.to_owned()), name: name.parse()? })
    }
}

impl<T: FromStr<Err = ParseIdError>> FromStr for IdOrName<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let id_error = match text.parse() {
            Ok(id) => return Ok(Self::Id(id)),
            Err(error) => error,
        };
        text.parse().map(Self::Name).map_err(|error| {
            // A mistyped ID is more likely than a name of this length.
            if text.chars().count() == ID_DIGITS { id_error.to_string() } else { error.to_string() }
        })
    }
}

#[cfg(test)]
mod tests {
    use atlas_migrations::LiveMigrationId;

    use super::*;

    fn parse(text: &str) -> Result<IdOrName<LiveMigrationId>, String> {
        text.parse()
    }

    #[test]
    fn twenty_four_hex_digits_are_an_id_and_other_words_are_names() {
        assert!(matches!(parse("6296fb4c7c7aa997cf94e9a8"), Ok(IdOrName::Id(_))));
        for name in ["orders", "6296", "weekend-12/orders", "32b6e34b3d91647abb20e7b8/orders"] {
            assert!(
                matches!(parse(name), Ok(IdOrName::Name(found)) if found.to_string() == name),
                "{name}"
            );
        }
    }

    #[test]
    fn a_mistyped_id_is_reported_as_an_id() {
        assert!(parse("6296FB4C7C7AA997CF94E9A8").unwrap_err().contains("live migration ID"));
        for (text, said) in [
            ("", "empty"),
            ("Orders", "`O`"),
            ("a/b/c", "`/`"),
            ("/orders", "empty"),
            ("a/6296fb4c7c7aa997cf94e9a8", "24 hex digits"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
