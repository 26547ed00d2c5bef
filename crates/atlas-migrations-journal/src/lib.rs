#![doc = include_str!("../README.md")]

pub mod event;
pub mod state;

mod clock;
mod hash;
mod ids;
mod name;
mod text;

pub use self::{
    clock::{Clock, SystemClock},
    hash::{Hash, InvalidHash, canonical_json, without_password},
    ids::{AtlasId, EventId, InvalidId, JournalId, RunnerId, StreamId},
    name::{InvalidName, Name},
    text::{ForeignText, MAX_TEXT_BYTES, Redactor},
};
