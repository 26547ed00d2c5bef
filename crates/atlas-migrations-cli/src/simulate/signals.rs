//! The signals that a wrapper passes on to the command that it runs.

use std::io;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::emulate_default_handler;
use signal_hook::low_level::siginfo::Origin;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What is passed on.
const PASSED_ON: [i32; 8] = [SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2];

/// The signals that come in, from when this was made until it is dropped.
pub struct Signals {
    received: UnboundedReceiver<Received>,
    handle: Handle,
}

/// A signal that came in.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    number: i32,
    /// Whether a process sent it to this one. Otherwise it is the terminal's, which has sent it to the
    /// command as well: both are in its foreground.
    is_sent: bool,
}

impl Signals {
    /// Starts to listen.
    pub fn listen() -> io::Result<Self> {
        // Under `nohup` the command ignores a hang-up, as long as it is not handled here.
        let wanted = PASSED_ON.into_iter().filter(|signal| *signal != SIGHUP || !ignores(SIGHUP));
        let mut signals = SignalsInfo::<WithOrigin>::new(wanted)?;
        let (sender, received) = unbounded_channel();
        let handle = signals.handle();
        // It ends when the handle is closed.
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for Origin { signal, process, .. } in &mut signals {
                let received = Received { number: signal, is_sent: process.is_some() };
                if sender.send(received).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { received, handle })
    }

    /// The next one.
    pub async fn next(&mut self) -> Received {
        match self.received.recv().await {
            Some(received) => received,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.handle.close();
    }
}

impl Received {
    /// Sends it to the command, where it does not have it yet; a stop stops this process as well.
    pub fn pass_on(self, command: Option<u32>) {
        let command = command.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let signal = Signal::from_named_raw(self.number);
        if let (true, Some(command), Some(signal)) = (self.is_sent, command, signal) {
            // A command that is gone is waited for next.
            let _ = kill_process(command, signal);
        }
        if self.number == SIGTSTP {
            let _ = emulate_default_handler(SIGTSTP);
        }
    }
}

/// Whether this process was started with a signal ignored, as far as the system tells.
fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
