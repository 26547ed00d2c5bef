//! Changes that are recorded: the stream that they belong to, and what their errors mean for the user.

mod cutover;
mod explain;
mod link;
mod migration_stream;
mod plan_check;
mod recorder;

pub use self::cutover::{CutoverError, CutoverRecorder};
pub use self::link::{LinkStream, record_gone};
pub use self::migration_stream::{MigrationStream, Purpose};
pub use self::recorder::Recorder;
