//! The command line: its commands and options.

#![allow(clippy::doc_markdown, reason = "doc comments here are help texts, which are not Markdown")]

mod api;
mod api_version;
mod decisions;
mod duration;
mod global;
mod journal;
mod link;
mod list;
mod metrics;
mod migration;
mod moment;
mod plan;
mod report;
mod request;
mod root;
mod run;
mod serve;
mod shared;
mod simulate;
mod target;
mod target_argument;
mod watch;

pub use self::api::Api;
pub use self::api_version::ApiVersion;
pub use self::decisions::{
    AbortBeforeCutover, Approve, Hold, PostponeUntil, Release, Retry, Withdraw,
};
pub use self::global::{ChosenOutput, GlobalOptions, OutputFormat};
pub use self::journal::{
    AdoptMigration, ArchiveStream, BackUpJournal, ExportJournal, ImportJournal, JournalCommand,
    ListStreams, ResolveRequest, ShowStream,
};
pub use self::link::{CreateLink, DeleteLink, Link, Projects};
pub use self::list::{List, Status};
pub use self::migration::{Create, Cutover, Describe, ShowValidation, Validate, Validation};
pub use self::moment::Moment;
pub use self::plan::{Plan, PlanCheck, PlanInit};
pub use self::report::Report;
pub use self::request::{NetworkKind, RequestOptions, RequestParts};
pub use self::root::{Cli, Command, Demo, SchemaDocument, command};
pub use self::run::{Run, RunEnd};
pub use self::serve::{PageReaders, Serve, ServeBeside};
pub use self::shared::WaitLimit;
pub use self::simulate::Simulate;
pub use self::target::{IdOrName, QualifiedName};
pub use self::watch::{Until, Watch, WatchOptions};
