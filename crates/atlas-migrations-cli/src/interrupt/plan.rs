//! What a signal does now: it depends on what the program is at.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

#[cfg(unix)]
use super::job_control;
use crate::arguments::Output;
use crate::failure::{Exit, Failure};
use crate::terminal;

/// How long a reader of stderr that does not read is waited for.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many times the program was told to stop, for those who wait for that.
static TOLD: LazyLock<watch::Sender<u32>> = LazyLock::new(|| watch::Sender::new(0));

/// What a signal does now.
static PLAN: Mutex<Plan> =
    Mutex::new(Plan { output: Output::Table, step: Step::NothingSent, told: 0 });

pub struct Plan {
    output: Output,
    pub step: Step,
    /// How many times the program was told to stop.
    pub told: u32,
}

/// What the program is at.
pub enum Step {
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

/// In this form the program tells how it ends.
pub fn tell_in(output: Output) {
    plan().output = output;
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

pub fn plan() -> MutexGuard<'static, Plan> {
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
pub fn stop() {
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
pub fn end(mut plan: MutexGuard<'_, Plan>) -> ! {
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
