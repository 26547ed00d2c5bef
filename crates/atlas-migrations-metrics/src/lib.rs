#![doc = include_str!("../README.md")]

mod board;
mod exposition;
pub mod families;
mod family;
mod journal;
mod migration;
mod polls;

pub use self::{
    board::samples_of,
    exposition::{CONTENT_TYPE, Exposition},
    family::{Exporter, Family, MetricType},
    journal::{JournalCounts, JournalMeter},
    migration::{MigrationSample, PollCounts},
    polls::{ERROR_CODES, PollLog},
};
