//! Changes that are recorded: the stream that they belong to, and what their errors mean for the user.

mod cutover;
mod explain;
mod link;
mod migration_stream;
mod recorder;

pub use self::cutover::CutoverRecorder;
pub use self::link::{LinkStream, record_gone};
pub use self::migration_stream::{MigrationStream, Purpose, check_name};
pub use self::recorder::Recorder;
