//! What the tests share.

pub mod clock;
pub mod events;
pub mod plan;
pub mod receiver;
