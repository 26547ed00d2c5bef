#![doc = include_str!("../README.md")]

mod board;
mod brief;
mod choice;
mod curve;
mod groups;
mod migration;
mod plan;
mod policy;
mod reader;
mod status;
mod times;
mod words;

pub use self::{
    board::{Board, Total},
    choice::{Choice, choices},
    curve::{Curve, LagPoint, curve, recorded_lags, symlog},
    groups::{Entry, Group, Section, tone_rank},
    migration::{Deadline, Lag, LogLine, Migration, Pointer, log},
    plan::{Condition, PlanView, Verdict},
    reader::{Published, Reader, Snapshot, events_of, rows_of},
    status::{Status, StatusMigration, StatusPlan},
    times::{Moment, Times, duration},
    words::{Kind, Tone},
};
