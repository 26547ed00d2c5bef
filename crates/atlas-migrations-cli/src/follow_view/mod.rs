//! The live view of `run`, `watch` and `cutover`: frames of `atlas-migrations-terminal` on the terminal, and its keys.

mod input;
mod journal_reads;
mod painter;
mod surroundings;
mod view;

pub use self::input::{Input, Note};
pub use self::journal_reads::JournalReads;
pub use self::surroundings::is_possible;
pub use self::view::FollowView;
