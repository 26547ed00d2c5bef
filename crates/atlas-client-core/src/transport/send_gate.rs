//! [`SendGate`]: whether a request may still be sent.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;

/// A function that a caller is asked directly before a request is handed to the network.
#[derive(Clone)]
pub(super) struct SendGate(Arc<dyn Fn() -> bool + Send + Sync>);

impl SendGate {
    pub(super) fn new(may_send: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(may_send))
    }

    /// Asks the caller.
    pub(super) fn check(&self) -> Result<(), Error> {
        if (self.0)() {
            Ok(())
        } else {
            Err(Error::request("the time in which it may be sent is over"))
        }
    }
}

impl fmt::Debug for SendGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendGate").finish_non_exhaustive()
    }
}
