#![doc = include_str!("../README.md")]

pub mod event;
pub mod overview;
pub mod state;
pub mod store;

mod clock;
mod error;
mod export;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod hash;
mod ids;
mod location;
mod name;
mod outcome_file;
#[cfg(feature = "postgres")]
mod postgres;
mod sql;
mod sqlite;
mod text;

#[cfg(feature = "postgres")]
pub use self::postgres::{Postgres, PostgresStore};
pub use self::{
    clock::{Clock, SystemClock},
    error::{Error, Result},
    export::{ExportReport, ImportReport, export, import},
    hash::{Hash, InvalidHash, canonical_json, without_password},
    ids::{AtlasId, EventId, InvalidId, JournalId, RunnerId, StreamId},
    location::{Location, open},
    name::{InvalidName, Name},
    outcome_file::{OutcomeFiles, import_outcome_files, write_outcome_file},
    sql::{AppendObserver, Options, Probe, RetryPolicy, SqlStore},
    sqlite::{Sqlite, SqliteStore, default_path},
    text::{ForeignText, MAX_TEXT_BYTES, Redactor},
};
