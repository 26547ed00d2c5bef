//! The state of a stream: a pure function of its events.

mod admit;
mod fold;
mod phase;
mod rejection;
mod slot;
mod stream_state;
mod waits_for;

#[cfg(test)]
mod tests;

pub use self::{
    admit::Rules,
    phase::Phase,
    rejection::Rejection,
    slot::{Slot, SlotKey, SlotState},
    stream_state::{Approval, Look, Refusal, StreamState},
    waits_for::{Conditions, HookView, WaitsFor, WindowView},
};
