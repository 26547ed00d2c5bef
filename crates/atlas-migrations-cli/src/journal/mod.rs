//! The journal: where it is, when it is opened, and what its errors mean for the user.

mod actor;
mod directory;
mod error;
mod open;
mod outcome_folders;
mod secrets;

pub use self::actor::actor;
pub use self::directory::{Directory, ids_of, project_of};
pub use self::open::{Journal, OpenJournal};
pub use self::outcome_folders::outcome_folders;
pub use self::secrets::redactor;
