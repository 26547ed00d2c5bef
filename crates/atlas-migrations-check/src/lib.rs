#![doc = include_str!("../README.md")]

mod atlas;
mod check;
mod checks;
mod draft;
mod report;

pub use self::{
    check::{CheckOptions, check},
    draft::draft_plan,
    report::{CheckResult, Counts, Group, Item, Report, Verdict},
};
