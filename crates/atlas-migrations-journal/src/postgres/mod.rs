//! The journal of a team, in a PostgreSQL database.

mod connection;
mod open;
mod url;

pub use self::connection::Postgres;

/// A journal in a PostgreSQL database.
pub type PostgresStore = crate::sql::SqlStore<Postgres>;
