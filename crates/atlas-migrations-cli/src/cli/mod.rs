//! The command line: its commands and options.

#![allow(clippy::doc_markdown, reason = "doc comments here are help texts, which are not Markdown")]

mod api;
mod duration;
mod global;
mod link;
mod list;
mod migration;
mod request;
mod root;
mod shared;
mod simulate;
mod target;
mod watch;

pub use self::api::Api;
pub use self::global::{GlobalOptions, OutputFormat};
pub use self::link::{CreateLink, DeleteLink, Link, Projects};
pub use self::list::{List, Status};
pub use self::migration::{Create, Cutover, Describe, Validate, Validation};
pub use self::request::{NetworkKind, RequestOptions, RequestParts};
pub use self::root::{Cli, Command, Demo, command};
pub use self::shared::WaitLimit;
pub use self::simulate::Simulate;
pub use self::target::{IdOrName, QualifiedName};
pub use self::watch::{Until, Watch, WatchOptions};
