//! [`EventWriter`]: events in the form that the user chose.

use std::time::Duration;

use super::form;
use crate::error::CliError;
use crate::events::EventLine;
use crate::terminal;

/// How long to wait for a stalled reader of stderr.
const STDERR_TIMEOUT: Duration = Duration::from_millis(100);
/// A filter that fails more often than this is not tried again, because each try may take its time.
const MAX_FAILURES: u32 = 3;

/// Makes the text of events. A filter that fails does not end a watch or a run, which may have cutovers to send: the
/// event is left out, and the first time that is a warning.
#[derive(Clone, Debug, Default)]
pub struct EventWriter {
    failures: u32,
}

impl EventWriter {
    /// Returns the text of an event, or `None` if the filter failed.
    pub fn text(&mut self, event: &EventLine) -> Result<Option<String>, CliError> {
        // A time-out blocks the watch.
        if self.failures > MAX_FAILURES {
            return Ok(None);
        }
        match form::event(event) {
            Ok(text) => Ok(Some(text)),
            Err(reason) if form::is_json() => Err(CliError::new(reason)),
            Err(reason) => {
                self.failures += 1;
                let rest = if self.failures > MAX_FAILURES { ", and all that follow" } else { "" };
                if self.failures == 1 || self.failures > MAX_FAILURES {
                    let text = format!("{reason}: the event is left out{rest}");
                    terminal::warn_within(STDERR_TIMEOUT, &text);
                }
                Ok(None)
            }
        }
    }
}
