//! Calls a webhook.

mod client;
mod signature;
mod target;

pub(super) use self::target::Target;
