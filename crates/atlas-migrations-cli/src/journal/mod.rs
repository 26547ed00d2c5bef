//! The journal: where it is, when it is opened, and what its errors mean for the user.

mod actor;
mod directory;
mod error;
mod look;
mod look_log;
mod open;
mod outcome_folders;
mod recording;
mod secrets;
mod validation;

pub use self::actor::actor;
pub use self::directory::{Directory, ids_of, project_of};
pub use self::look::record_look;
pub use self::look_log::LookLog;
pub use self::open::{Journal, OpenJournal};
pub use self::secrets::redactor;
pub use self::validation::record_validation;
