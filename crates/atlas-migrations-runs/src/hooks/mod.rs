//! Hooks: programs and webhooks that are told what happens to the migrations of a plan, and can hold a cutover back.
//!
//! Notifications arrive at least once, with the same event ID, and in order per hook and migration. What fails is tried
//! again five times in ten minutes and then given up, so that a dead receiver holds nothing back.

mod before_cutover;
mod delivery;
mod detail;
mod error;
mod exec;
mod hook;
mod message;
mod moment;
mod payload;
mod run;
mod service;
mod webhook;

pub use self::{
    before_cutover::CutoverDecision,
    delivery::DeliveryReport,
    error::HookError,
    hook::Hook,
    payload::HookPayload,
    service::{HookSettings, Hooks},
};
