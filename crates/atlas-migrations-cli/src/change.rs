//! Sending what changes something: it comes to its end although the program is told to stop, and what came of
//! it is told.

use atlas_migrations::Error;

use crate::failure::{Exit, Failure};
use crate::interrupt::{self, Sending};

/// A call that changes something.
pub struct Change {
    /// What it is, such as `the cutover of migration …`.
    pub what: String,
    /// How to find out whether it has taken effect.
    pub find_out: String,
}

impl Change {
    /// Sends it. Until something else is said of signals, one ends the program as it does before anything is
    /// sent; so say what was done before anything is waited for.
    pub async fn send<T>(
        &self,
        call: impl IntoFuture<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        let Self { what, find_out } = self;
        let unclear =
            format!("interrupted before the answer to {what} came; it may have taken effect");
        let not_again = format!("interrupted before {what} was sent again; nothing was changed");
        interrupt::sending(Sending {
            unclear: interrupt::failure(unclear).may_have_taken_effect(true, None).hint(find_out),
            not_again: interrupt::failure(not_again).may_have_taken_effect(false, None),
        });
        let outcome = call.into_future().await;
        outcome.map_err(|error| {
            let failure = Failure::from(error);
            if interrupt::was_told_to_stop() { failure.exit(Exit::Interrupted) } else { failure }
        })
    }
}
