//! The journal of one user, in a file.

mod connection;
mod file;
mod open;
mod runner_locks;

#[cfg(test)]
mod tests;

pub(crate) use self::file::create_private;
pub use self::{connection::Sqlite, open::default_path};

/// A journal in an SQLite file.
pub type SqliteStore = crate::sql::SqlStore<Sqlite>;
