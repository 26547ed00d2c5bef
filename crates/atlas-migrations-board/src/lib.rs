#![doc = include_str!("../README.md")]

mod board;
mod brief;
mod choice;
mod curve;
mod estimate;
mod groups;
mod lags;
mod migration;
mod plan;
mod policy;
mod reader;
mod recorded_curve;
mod spark;
mod status;
mod steps;
mod times;
mod words;

pub use self::{
    board::{Board, Total},
    choice::{Choice, choices},
    curve::{Curve, curve},
    estimate::Estimate,
    groups::{Entry, Group, Section, tone_rank},
    lags::{LagPoint, lags, symlog},
    migration::{Deadline, Lag, LogLine, Migration, Pointer, log},
    plan::{Condition, PlanView, Verdict},
    reader::{Published, Reader, Snapshot, events_of, rows_of},
    recorded_curve::{AttemptTimes, RecordedCurve},
    spark::Spark,
    status::{Status, StatusMigration, StatusPlan},
    steps::{Stage, Step},
    times::{Moment, Times, duration},
    words::{Kind, Tone},
};
