//! What the page shows, as plain data: a pure function of what the journal says and the time.

mod board;
mod curve;
mod groups;
mod migration;
mod plan;
mod policy;
mod status;
mod times;
mod words;

pub use self::{
    board::{Board, Total},
    curve::{Curve, curve},
    groups::{Entry, Group, Section},
    migration::{LogLine, Migration, Pointer, log},
    plan::{PlanView, Verdict},
    status::{Status, StatusMigration, StatusPlan},
    times::{Moment, Times},
    words::{Kind, Tone},
};
