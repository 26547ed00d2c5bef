//! Signals: what the program does when it is told to stop, and that it does so whatever it waits for.
//!
//! A thread of its own waits for them, so that neither a prompt that nobody answers nor a reader that does not
//! read keeps the program from ending.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use crate::arguments::Output;
use crate::failure::{Exit, Failure};
use crate::terminal;

mod clock;
#[cfg(unix)]
mod job_control;

pub use self::clock::RetryClock;

/// How long a reader of stderr that does not read is waited for.
const PATIENCE: Duration = Duration::from_millis(100);

/// What a signal does now.
static PLAN: Mutex<Plan> =
    Mutex::new(Plan { output: Output::Table, step: Step::NothingSent, told: 0 });

struct Plan {
    output: Output,
    step: Step,
    /// How many times the program was told to stop.
    told: u32,
}

/// What the program is at.
enum Step {
    /// It ends at once: nothing was sent that changes anything.
    NothingSent,
    /// It ends at once, with these words.
    EndsWith(Failure),
    /// Something is being sent that changes something. The first signal lets that come to its end.
    Sending(Sending),
    /// Between two attempts of the same: it ends at once.
    BetweenAttempts(Sending),
    /// Somebody [waits](told_to_stop) for the first signal and brings everything to its end; the second ends
    /// the program with these words.
    Following(Failure),
}

/// How the program ends while something is being sent that changes something.
pub struct Sending {
    /// On the second signal, where it is not known what came of it.
    pub unclear: Failure,
    /// Between two attempts, of which no other is made.
    pub not_again: Failure,
}

/// Begins to listen for signals. Until anything else is said, one ends the program at once.
///
/// # Errors
///
/// The system does not let the program listen.
pub fn listen(output: Output) -> io::Result<()> {
    plan().output = output;
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

/// From now on a signal ends the program at once, with these words.
pub fn ends_with(words: Failure) {
    plan().step = Step::EndsWith(words);
}

/// From now on the first signal waits for what is being sent, and the second ends the program.
pub fn sending(words: Sending) {
    plan().step = Step::Sending(words);
}

/// From now on the first signal is for whoever waits for it, and the second ends the program with these words.
pub fn following(words: Failure) {
    plan().step = Step::Following(words);
}

/// Whether the program was told to stop.
pub fn was_told_to_stop() -> bool {
    plan().told > 0
}

/// Waits until the program is told to stop.
pub async fn told_to_stop() {
    told_more_than(0).await;
}

/// Waits until the program is told once more to stop.
pub async fn told_again_to_stop() {
    let before = plan().told;
    told_more_than(before).await;
}

async fn told_more_than(times: u32) {
    let mut told = TOLD.subscribe();
    // The sender is never dropped.
    let _ = told.wait_for(|told| *told > times).await;
}

static TOLD: std::sync::LazyLock<watch::Sender<u32>> =
    std::sync::LazyLock::new(|| watch::Sender::new(0));

fn plan() -> MutexGuard<'static, Plan> {
    PLAN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a program ends that was told to stop before it sent anything.
pub fn nothing_changed() -> Failure {
    failure("interrupted; nothing was changed").may_have_taken_effect(false, None)
}

/// From now on the program ends as it is about to, whatever it is told. Where it is ending already because it was
/// told to, this never returns.
pub fn over() {
    std::mem::forget(plan());
}

/// How a program ends that was told to stop.
pub fn failure(message: impl Into<String>) -> Failure {
    Failure::new(message).exit(Exit::Interrupted)
}

/// Takes in that the program is told to stop, and ends it where that is due.
fn stop() {
    let mut plan = plan();
    plan.told = plan.told.saturating_add(1);
    let told = plan.told;
    match plan.step {
        Step::Sending(_) if told == 1 => {
            // A program that reads JSON reads what came of it.
            if plan.output == Output::Table {
                terminal::note_within(
                    PATIENCE,
                    "stopping once the answer is there; a second signal stops at once",
                );
            }
            drop(plan);
        }
        Step::Following(_) if told == 1 => drop(plan),
        _ => end(plan),
    }
    TOLD.send_replace(told);
}

/// Ends the program.
fn end(mut plan: MutexGuard<'_, Plan>) -> ! {
    let words = match std::mem::replace(&mut plan.step, Step::NothingSent) {
        Step::EndsWith(words) | Step::Following(words) => words,
        Step::Sending(words) => words.unclear,
        Step::BetweenAttempts(words) => words.not_again,
        Step::NothingSent => nothing_changed(),
    };
    let output = plan.output;
    // Nobody else may write or end the program from here on: the lock is kept.
    terminal::end_view();
    #[cfg(unix)]
    job_control::restore_terminal();
    let exit = words.tell(output);
    std::process::exit(exit as i32)
}

pub const GOES_ON: &str = "migrations go on whether they are watched or not";

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
