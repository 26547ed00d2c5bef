//! The thread that receives signals.

use std::io;
use std::thread;

#[cfg(unix)]
use super::job_control::{JobSignals, handles_hang_up};
use super::state::{on_signal, set_output_format};
use crate::cli::OutputFormat;

/// Starts to receive signals. By default, the first one ends the program.
///
/// # Errors
///
/// The system does not allow it.
pub fn listen(format: OutputFormat) -> io::Result<()> {
    set_output_format(format);
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
                    // The receiver is gone only if the program has ended.
                    let _ = ready.send(Ok(()));
                    signals.handle().await;
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        });
    })?;
    is_ready.recv().unwrap_or_else(|_| Err(io::Error::other("the signal thread has ended")))
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: Option<tokio::signal::unix::Signal>,
    jobs: JobSignals,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = handles_hang_up();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: hang_up.then(|| signal(SignalKind::hangup())).transpose()?,
            jobs: JobSignals::new()?,
        })
    }

    async fn handle(&mut self) {
        loop {
            let hang_up = async {
                match &mut self.hang_up {
                    Some(hang_up) => hang_up.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => on_signal(),
                _ = self.terminate.recv() => on_signal(),
                _ = hang_up => on_signal(),
                () = self.jobs.handle() => {}
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

    async fn handle(&mut self) {
        while tokio::signal::ctrl_c().await.is_ok() {
            on_signal();
        }
    }
}
