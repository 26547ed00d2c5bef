//! Notices that the program which started this one is gone.

use std::io;
use std::thread;
use std::time::Duration;

use super::state::{is_requested, on_signal};

/// The time between two looks at the parent.
const INTERVAL: Duration = Duration::from_millis(250);

/// From now on, the end of the parent process counts as the first signal. The official CLI passes no signal on to its
/// plugins: one that only it gets would leave this program running without anybody who knows of it.
///
/// A signal that both get, such as Ctrl-C, counts once.
///
/// # Errors
///
/// The system cannot start a thread.
pub fn stop_with_parent() -> io::Result<()> {
    let parent = rustix::process::getppid();
    thread::Builder::new().name("parent".to_owned()).spawn(move || {
        // The system gives an orphan another parent.
        while rustix::process::getppid() == parent {
            thread::sleep(INTERVAL);
        }
        if !is_requested() {
            on_signal();
        }
    })?;
    Ok(())
}
