//! The report of a check.

mod item;
mod junit;
mod totals;

pub use self::{
    item::{CheckResult, Group, Item},
    totals::{Counts, Report, Verdict},
};
