//! Runs a program as a hook.

mod environment;
mod process;

pub(super) use self::{
    environment::{EventVariables, environment, forbidden},
    process::run,
};
