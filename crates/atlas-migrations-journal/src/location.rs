//! Where a journal is, as a person writes it.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

use crate::{
    error::{Error, Result},
    sql::Options,
    sqlite::SqliteStore,
    store::Store,
};

/// The location of a journal: a path, or a URL `postgres://…`.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Postgres(String),
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        match scheme {
            _ if text.is_empty() => {
                Err(Error::Location("the location of the journal is empty".to_owned()))
            }
            Some("postgres" | "postgresql") => Ok(Self::Postgres(text.to_owned())),
            Some("file" | "sqlite") => {
                Err(Error::Location("write the path of the journal without a scheme".to_owned()))
            }
            Some(scheme) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
                Err(Error::Location(format!(
                    "no journal can be in `{scheme}`: give a path or a `postgres://` URL"
                )))
            }
            _ => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

impl fmt::Debug for Location {
    /// Does not show a URL: it could have a password in it, which opening refuses.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => formatter.debug_tuple("File").field(path).finish(),
            Self::Postgres(_) => formatter.write_str("Postgres(..)"),
        }
    }
}

/// Opens the journal at a location, or creates it.
///
/// # Errors
/// Fails as [`SqliteStore::open`] and `PostgresStore::open` do, and for a PostgreSQL database when this program is built
/// without it.
pub async fn open(location: &Location, options: Options) -> Result<Arc<dyn Store>> {
    match location {
        Location::File(path) => Ok(Arc::new(SqliteStore::open(path, options).await?)),
        #[cfg(feature = "postgres")]
        Location::Postgres(url) => {
            Ok(Arc::new(crate::postgres::PostgresStore::open(url, options).await?))
        }
        #[cfg(not(feature = "postgres"))]
        Location::Postgres(_) => {
            Err(Error::Location("this program is built without PostgreSQL".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_path_or_a_postgres_url() {
        assert!(matches!("postgres://a@b/c".parse(), Ok(Location::Postgres(_))));
        assert!(matches!("/var/lib/journal.db".parse(), Ok(Location::File(_))));
        for text in ["", "mysql://a/b", "file:///a"] {
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
        let shown = format!("{:?}", "postgres://a:secret@b/c".parse::<Location>().unwrap());
        assert!(!shown.contains("secret"));
    }
}
