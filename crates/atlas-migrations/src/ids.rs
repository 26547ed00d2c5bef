//! IDs of Atlas resources. Each kind of ID is a separate type, and all of them are `Copy`.

use std::fmt;
use std::str::FromStr;

use atlas_client_core::{ObjectId, ParseObjectIdError};
use serde::{Deserialize, Deserializer, Serialize, de};

/// The error of parsing an ID. Its message names the kind of ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    kind: &'static str,
    problem: ParseObjectIdError,
}

impl ParseIdError {
    /// Returns what is wrong with the text.
    pub fn problem(&self) -> ParseObjectIdError {
        self.problem
    }
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid {} ID: {}", self.kind, self.problem)
    }
}

impl std::error::Error for ParseIdError {}

macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident: $kind:literal; )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(ObjectId);

        impl $name {
            #[doc = concat!("Creates a ", $kind, " ID from an untyped ID.")]
            pub const fn from_object_id(id: ObjectId) -> Self {
                Self(id)
            }

            /// Returns the untyped ID.
            pub const fn object_id(self) -> ObjectId {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                ObjectId::parse(text)
                    .map(Self)
                    .map_err(|problem| ParseIdError { kind: $kind, problem })
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
                        concat!("invalid ", $kind, " ID: {}"),
                        error,
                    )))
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                ObjectId::json_schema(generator)
            }
        }
    )+};
}

ids! {
    /// The ID of an Atlas project. The Atlas API calls a project a group.
    ///
    /// ```
    /// use atlas_migrations::{GroupId, OrgId};
    ///
    /// let group: GroupId = "32b6e34b3d91647abb20e7b8".parse()?;
    ///
    /// let error = "32b6e34b".parse::<OrgId>().unwrap_err();
    /// assert!(error.to_string().starts_with("invalid organization ID: "));
    /// # Ok::<(), atlas_migrations::ParseIdError>(())
    /// ```
    ///
    /// An organization ID is not a project ID:
    ///
    /// ```compile_fail,E0308
    /// use atlas_migrations::{GroupId, OrgId};
    ///
    /// let organization: OrgId = "4888442a3354817a7320eb61".parse()?;
    /// let group: GroupId = organization;
    /// # Ok::<(), atlas_migrations::ParseIdError>(())
    /// ```
    GroupId: "project";

    /// The ID of an organization.
    OrgId: "organization";

    /// The ID of a live migration.
    LiveMigrationId: "live migration";

    /// The ID of the Cloud Manager or Ops Manager project that monitors a source cluster.
    SourceProjectId: "source project";

    /// The ID of a validation.
    ValidationId: "validation";
}

/// A live migration and the project that it belongs to.
///
/// It is what identifies a migration among several projects, for example in a [`Fleet`](crate::Fleet).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct LiveMigrationRef {
    /// The project.
    #[serde(rename = "group_id")]
    pub group: GroupId,
    /// The live migration.
    #[serde(rename = "live_migration_id")]
    pub id: LiveMigrationId,
}

impl LiveMigrationRef {
    /// Creates a reference to a live migration of a project.
    pub const fn new(group: GroupId, id: LiveMigrationId) -> Self {
        Self { group, id }
    }
}

impl From<(GroupId, LiveMigrationId)> for LiveMigrationRef {
    fn from((group, id): (GroupId, LiveMigrationId)) -> Self {
        Self { group, id }
    }
}

impl fmt::Display for LiveMigrationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "live migration {} in project {}", self.id, self.group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "32b6e34b3d91647abb20e7b8";

    #[test]
    fn an_id_is_the_same_from_every_source() {
        let id: GroupId = TEXT.parse().unwrap();
        assert_eq!(serde_json::from_value::<GroupId>(TEXT.into()).unwrap(), id);
        assert_eq!(serde_json::to_value(id).unwrap(), TEXT);
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(format!("{id:?}"), format!("GroupId({TEXT})"));
        assert_eq!(GroupId::from_object_id(id.object_id()), id);
    }

    #[test]
    fn an_error_names_the_kind_of_id() {
        let parsed = "X".repeat(24).parse::<LiveMigrationId>().unwrap_err().to_string();
        assert!(parsed.starts_with("invalid live migration ID: "), "{parsed}");
        let decoded = serde_json::from_str::<ValidationId>("\"\"").unwrap_err().to_string();
        assert!(decoded.starts_with("invalid validation ID: "), "{decoded}");
    }
}
