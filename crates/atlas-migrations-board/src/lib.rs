#![doc = include_str!("../README.md")]

mod board;
mod brief;
mod curve;
mod groups;
mod lag_point;
mod migration;
mod plan;
mod policy;
mod reader;
mod status;
mod times;
mod words;

pub use self::{
    board::{Board, Total},
    curve::{Curve, curve},
    groups::{Entry, Group, Section, tone_rank},
    lag_point::{LagPoint, recorded_lags, symlog},
    migration::{Deadline, Lag, LogLine, Migration, Pointer, log},
    plan::{Condition, PlanView, Verdict},
    reader::{Published, Reader, Snapshot, events_of, rows_of},
    status::{Status, StatusMigration, StatusPlan},
    times::{Moment, Times, duration},
    words::{Kind, Tone},
};
