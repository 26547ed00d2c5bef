//! The journal of a team, in a PostgreSQL database.

mod connection;
mod open;
mod url;

pub use self::connection::{Postgres, PostgresStore};
