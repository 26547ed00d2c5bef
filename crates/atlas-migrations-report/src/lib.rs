//! Writes what happened to live migrations as one HTML file, for a ticket or a postmortem.
//!
//! A [`Report`] says what was planned, what happened when and by whom, who approved, how it ended and what is unclear. The
//! page has no script and loads nothing. It is readable in light and dark and prints on paper. All text from outside is
//! escaped, and characters that control a display are removed.
//!
//! The crate reads no clock, no file and no environment: the same report always gives the same page.

mod migration_section;
mod model;
mod page;
mod parts;
mod style;
#[cfg(test)]
mod tests;

pub use self::model::{Approval, Entry, MigrationReport, PlanReport, Report};
