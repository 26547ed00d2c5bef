//! Runs a program as a hook.

mod environment;
mod process;

pub(super) use self::{
    environment::{Event, environment, forbidden},
    process::run,
};
