//! Signals: what the program does when it is told to stop, and that it does so whatever it waits for.
//!
//! A thread of its own waits for them, so that neither a prompt that nobody answers nor a reader that does not
//! read keeps the program from ending.

mod clock;
#[cfg(unix)]
mod job_control;
mod plan;

use std::io;
use std::thread;

pub use self::clock::RetryClock;
pub use self::plan::{
    GOES_ON, Sending, ends_with, failure, following, nothing_changed, over, sending,
    told_again_to_stop, told_to_stop, was_told_to_stop,
};
use self::plan::{stop, tell_in};
use crate::arguments::Output;

/// Begins to listen for signals. Until anything else is said, one ends the program at once.
///
/// # Errors
///
/// The system does not let the program listen.
pub fn listen(output: Output) -> io::Result<()> {
    tell_in(output);
    let (ready, is_ready) = std::sync::mpsc::channel();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return drop(ready.send(Err(error))),
        };
        runtime.block_on(async {
            match Signals::new() {
                Ok(mut signals) => {
                    // Nobody waits any more only where the program has ended.
                    let _ = ready.send(Ok(()));
                    signals.heed().await;
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        });
    })?;
    is_ready.recv().unwrap_or_else(|_| Err(io::Error::other("the thread for signals has ended")))
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: Option<tokio::signal::unix::Signal>,
    jobs: job_control::Jobs,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = job_control::heeds_hang_up();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: hang_up.then(|| signal(SignalKind::hangup())).transpose()?,
            jobs: job_control::Jobs::new()?,
        })
    }

    async fn heed(&mut self) {
        loop {
            let hang_up = async {
                match &mut self.hang_up {
                    Some(hang_up) => hang_up.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => stop(),
                _ = self.terminate.recv() => stop(),
                _ = hang_up => stop(),
                () = self.jobs.heed() => {}
            }
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn heed(&mut self) {
        while tokio::signal::ctrl_c().await.is_ok() {
            stop();
        }
    }
}

/// Waits for SIGINT or SIGTERM, where nobody else [listens](listen).
pub async fn interrupted() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
