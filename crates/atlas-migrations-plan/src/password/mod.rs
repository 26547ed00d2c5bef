//! Passwords of source users: where they come from, and reading them.

mod command;
mod source;

pub use self::source::PasswordSource;
