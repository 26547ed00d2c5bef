//! The ids of what this crate speaks of, each a type of its own.

use std::fmt;
use std::str::FromStr;

use atlas_client_core::{ObjectId, ParseObjectIdError};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de};

/// Why a text is not an id, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    what: &'static str,
    problem: ParseObjectIdError,
}

impl ParseIdError {
    /// What is wrong with the text.
    pub fn problem(&self) -> ParseObjectIdError {
        self.problem
    }
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not the id of {}: {}", self.what, self.problem)
    }
}

impl std::error::Error for ParseIdError {}

macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident: $what:literal; )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(ObjectId);

        impl $name {
            #[doc = concat!("Takes an id to be that of ", $what, ".")]
            pub const fn from_object_id(id: ObjectId) -> Self {
                Self(id)
            }

            /// The id, without what it is the id of.
            pub const fn object_id(&self) -> &ObjectId {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                ObjectId::parse(text)
                    .map(Self)
                    .map_err(|problem| ParseIdError { what: $what, problem })
            }
        }

        impl TryFrom<&str> for $name {
            type Error = ParseIdError;

            fn try_from(text: &str) -> Result<Self, ParseIdError> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, ParseIdError> {
                text.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                ObjectId::deserialize(deserializer)
                    .map(Self)
                    .map_err(|error| de::Error::custom(format_args!(
                        concat!("not the id of ", $what, ": {}"),
                        error,
                    )))
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                ObjectId::json_schema(generator)
            }
        }
    )+};
}

ids! {
    /// The id of a project. Atlas calls a project a group in its paths; both names mean the same.
    ///
    /// Ids of different things are different types:
    ///
    /// ```
    /// use atlas_migrations::{GroupId, OrgId};
    ///
    /// fn project_name(id: GroupId) {}
    ///
    /// let group: GroupId = "32b6e34b3d91647abb20e7b8".parse()?;
    /// project_name(group);
    ///
    /// let error = "32b6e34b".parse::<OrgId>().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "not the id of an organisation: expected 24 lowercase hex digits, found 8",
    /// );
    /// # Ok::<(), atlas_migrations::ParseIdError>(())
    /// ```
    ///
    /// ```compile_fail,E0308
    /// use atlas_migrations::{GroupId, OrgId};
    ///
    /// fn project_name(id: GroupId) {}
    ///
    /// let organisation: OrgId = "4888442a3354817a7320eb61".parse()?;
    /// project_name(organisation);
    /// # Ok::<(), atlas_migrations::ParseIdError>(())
    /// ```
    ///
    /// ```compile_fail,E0277
    /// use atlas_migrations::{GroupId, OrgId};
    ///
    /// let organisation: OrgId = "4888442a3354817a7320eb61".parse()?;
    /// let group: GroupId = organisation.into();
    /// # Ok::<(), atlas_migrations::ParseIdError>(())
    /// ```
    GroupId: "a project";

    /// The id of an organisation.
    OrgId: "an organisation";

    /// The id of a live migration.
    LiveMigrationId: "a migration";

    /// The id of a project in Cloud Manager or Ops Manager, which monitors a source.
    SourceProjectId: "a source's project";

    /// The id of a validation: the rehearsal of a live migration.
    ValidationId: "a validation";
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "32b6e34b3d91647abb20e7b8";

    #[test]
    fn an_id_is_the_same_from_every_source() {
        let id: GroupId = TEXT.parse().unwrap();
        assert_eq!(GroupId::try_from(TEXT), Ok(id));
        assert_eq!(GroupId::try_from(TEXT.to_owned()), Ok(id));
        assert_eq!(serde_json::from_value::<GroupId>(TEXT.into()).unwrap(), id);
        assert_eq!(serde_json::to_value(id).unwrap(), TEXT);
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(format!("{id:?}"), format!("GroupId({TEXT})"));
        assert_eq!(GroupId::from_object_id(*id.object_id()), id);
    }

    #[test]
    fn errors_name_which_id_it_was() {
        let parsed = "X".repeat(24).parse::<LiveMigrationId>().unwrap_err().to_string();
        assert!(parsed.starts_with("not the id of a migration: expected 24 lowercase hex digits, found `X` at position 1"), "{parsed}");
        let decoded = serde_json::from_str::<ValidationId>("\"\"").unwrap_err().to_string();
        assert!(
            decoded.starts_with(
                "not the id of a validation: expected 24 lowercase hex digits, found 0"
            ),
            "{decoded}"
        );
    }
}
