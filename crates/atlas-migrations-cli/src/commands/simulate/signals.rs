//! Passes signals of this process on to the command that it runs.

use std::io;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::emulate_default_handler;
use signal_hook::low_level::siginfo::Origin;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::interrupt::is_ignored_at_start;

const FORWARDED: [i32; 8] = [SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2];

/// Receives signals from [`listen`](Self::listen) until it is dropped.
pub struct Signals {
    signals: UnboundedReceiver<ReceivedSignal>,
    handle: Handle,
}

/// A signal that this process received.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedSignal {
    number: i32,
    /// Whether a process sent it to this process. Otherwise the terminal sent it to the foreground processes, so the
    /// command has it, too.
    is_from_process: bool,
}

impl Signals {
    /// Starts to receive signals.
    pub fn listen() -> io::Result<Self> {
        // Under `nohup`, the command inherits that SIGHUP is ignored only if this process does not handle it.
        let ignores_hang_up = is_ignored_at_start(Signal::HUP).unwrap_or(false);
        let wanted = FORWARDED.into_iter().filter(|signal| *signal != SIGHUP || !ignores_hang_up);
        let mut origins = SignalsInfo::<WithOrigin>::new(wanted)?;
        let (sender, signals) = unbounded_channel();
        let handle = origins.handle();
        // The thread ends when the handle is closed.
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for Origin { signal, process, .. } in &mut origins {
                let signal = ReceivedSignal { number: signal, is_from_process: process.is_some() };
                if sender.send(signal).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { signals, handle })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> ReceivedSignal {
        match self.signals.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.handle.close();
    }
}

impl ReceivedSignal {
    /// Sends the signal to the command, unless the command has it already. SIGTSTP stops this process, too.
    pub fn forward(self, command: Option<u32>) {
        let command = command.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let signal = Signal::from_named_raw(self.number);
        if let (true, Some(command), Some(signal)) = (self.is_from_process, command, signal) {
            // If the command has ended, waiting for it returns next.
            let _ = kill_process(command, signal);
        }
        if self.number == SIGTSTP {
            let _ = emulate_default_handler(SIGTSTP);
        }
    }
}
