//! The thread that receives signals.

use std::io;
use std::thread;

use super::state::{on_signal, set_output_format};
use crate::cli::OutputFormat;

/// Starts to receive signals. By default, the first one ends the program.
///
/// # Errors
///
/// The system does not allow it.
#[cfg(unix)]
pub fn listen(format: OutputFormat) -> io::Result<()> {
    set_output_format(format);
    let (mut signals, mut jobs) = super::job_control::start()?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            if !jobs.handle(signal) {
                on_signal();
            }
        }
    })?;
    Ok(())
}

/// Starts to receive Ctrl-C. By default, the first one ends the program.
///
/// # Errors
///
/// The system does not allow it.
#[cfg(not(unix))]
pub fn listen(format: OutputFormat) -> io::Result<()> {
    set_output_format(format);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            while tokio::signal::ctrl_c().await.is_ok() {
                on_signal();
            }
        });
    })?;
    Ok(())
}
