//! The journal of one user, in a file.

mod connection;
mod file;
mod open;
mod runner_locks;

#[cfg(test)]
mod tests;

pub(crate) use self::file::create_private;
pub use self::{
    connection::{Sqlite, SqliteStore},
    open::default_path,
};
