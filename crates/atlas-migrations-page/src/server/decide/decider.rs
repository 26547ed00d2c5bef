//! [`Decider`]: makes the decisions of readers.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use atlas_migrations_board::Choice;
use atlas_migrations_journal::{ForeignText, StreamId, event::Action, store::Store};
use atlas_migrations_runs::decisions::{
    self, ApprovalOptions, DecisionError, Done, Seen, Situation,
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

use super::{
    forms::{Forms, Outcome, Subject},
    rate::RateLimit,
};
use crate::{server::user::User, settings::Decisions};

/// The number of decisions that are recorded at the same time.
const MAX_RUNNING: u32 = 16;
/// How long the end of the server waits for decisions that are being recorded.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes the decisions of readers, and remembers their forms.
#[derive(Debug)]
pub struct Decider {
    store: Arc<dyn Store>,
    settings: Decisions,
    forms: Mutex<Forms>,
    rate: Mutex<RateLimit>,
    running: Arc<Semaphore>,
}

/// A decision to make.
#[derive(Debug)]
pub struct Wish {
    pub user: User,
    pub subject: Subject,
    pub seen: Seen,
    pub comment: Option<String>,
}

impl Decider {
    pub fn new(store: Arc<dyn Store>, settings: Decisions) -> Self {
        let running = Arc::new(Semaphore::new(MAX_RUNNING as usize));
        Self { store, settings, forms: Mutex::default(), rate: Mutex::default(), running }
    }

    /// Returns what is to be decided about.
    pub async fn situation(&self, stream: StreamId) -> Result<Situation, DecisionError> {
        Ok(Situation::of(&*self.store, stream).await?)
    }

    pub fn forms(&self) -> MutexGuard<'_, Forms> {
        self.forms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a decision of a reader.
    ///
    /// # Errors
    /// The reader decides too often. Returns how long to wait.
    pub fn count(&self, reader: &str) -> Result<(), Duration> {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        rate.count(reader, Instant::now())
    }

    /// Returns how a reader is written into the journal.
    pub fn recorded_as(&self, user: &User) -> String {
        self.settings.actor.for_person(&user.name, user.vouched_by).to_string()
    }

    /// Makes a decision in a task of its own, and keeps what it led to: a client that goes away stops nothing.
    pub async fn run(self: &Arc<Self>, secret: String, wish: Wish) {
        let decider = Arc::clone(self);
        let task = tokio::spawn(async move {
            let permit = decider.running.acquire().await;
            let outcome = match permit {
                Ok(_) => decider.decide(&wish).await,
                Err(_) => failed("the server ends; nothing was decided".to_owned()),
            };
            tracing::info!(
                reader = wish.user.name,
                choice = wish.subject.choice.word(),
                stream = %wish.subject.stream,
                is_done = outcome.is_done,
                "a reader decided"
            );
            decider.forms().end(&secret, outcome, Instant::now());
        });
        drop(task.await);
    }

    /// Waits, within limits, until the decisions that were begun are recorded. No other begins.
    pub async fn finish(&self) {
        drop(timeout(END_TIMEOUT, self.running.acquire_many(MAX_RUNNING)).await);
        self.running.close();
    }

    async fn decide(&self, wish: &Wish) -> Outcome {
        let Subject { stream, choice, .. } = wish.subject;
        let actor = self.settings.actor.for_person(&wish.user.name, wish.user.vouched_by);
        let comment = wish.comment.as_deref().map(|text| self.settings.redactor.text(text));
        let (store, text) = (&*self.store, comment.as_ref());
        let result = match (choice, choice.action()) {
            (Choice::Approve | Choice::ApproveStart, Some(action)) => {
                return self.approve(wish, &action, comment.clone()).await;
            }
            (_, Some(action)) => decisions::withdraw(store, stream, &actor, &action, text).await,
            (Choice::Release, _) => decisions::release(store, stream, &actor, text).await,
            _ => decisions::hold(store, stream, &actor, text).await,
        };
        let said = match choice {
            Choice::Hold => "Held: nothing that changes it is sent until it is released.",
            Choice::Release => "Released: requests may be sent as soon as their conditions hold.",
            _ => "Its approvals are withdrawn. No request that needs them was sent.",
        };
        match result {
            Ok(done) => outcome(&done, said, None),
            Err(error) => refused(&error),
        }
    }

    async fn approve(&self, wish: &Wish, action: &Action, comment: Option<ForeignText>) -> Outcome {
        let actor = self.settings.actor.for_person(&wish.user.name, wish.user.vouched_by);
        let mut options = ApprovalOptions::default();
        (options.comment, options.seen) = (comment, Some(wish.seen.clone()));
        let stream = wish.subject.stream;
        match decisions::approve(&*self.store, stream, &actor, action, &options).await {
            Ok(approving) => {
                let text = format!("Approved: {} of {}.", approving.have, approving.need);
                let warning = approving.is_repeated.then(|| {
                    "Approvals that one database user records count once, and this page is one database user. \
                     Another person approves by the command, with a database user of their own."
                        .to_owned()
                });
                outcome(&approving.done, &text, warning)
            }
            Err(error) => refused(&error),
        }
    }
}

fn outcome(done: &Done, text: &str, warning: Option<String>) -> Outcome {
    match done {
        Done::Appended(appended, _) => {
            let text = format!("{text} This is event {} of its log.", appended.seq);
            Outcome { is_done: true, text, warning }
        }
        Done::Nothing(_, text) => {
            Outcome { is_done: true, text: format!("Nothing to do: {text}."), warning }
        }
    }
}

fn refused(error: &DecisionError) -> Outcome {
    match error {
        DecisionError::Refused(why) => failed(format!("Nothing was recorded: {why}.")),
        error => failed(format!("The journal did not take it: {error}.")),
    }
}

fn failed(text: String) -> Outcome {
    Outcome { is_done: false, text, warning: None }
}
