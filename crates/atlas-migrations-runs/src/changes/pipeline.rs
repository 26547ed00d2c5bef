//! One change from its intent to its outcome.

use std::{sync::Arc, time::Duration};

use atlas_migrations::{Client, Secret};
use atlas_migrations_journal::{
    Error as JournalError, Probe, Redactor, RunnerId, StreamId,
    event::{Actor, Intent, NewEvent, Operation, Outcome, OutcomeResult, Unclear},
    store::{Append, Appended, SendPermit, Store},
};
use tokio::sync::{oneshot, watch};

use super::{
    basis::{Basis, Target},
    change::Change,
    error::ChangeError,
    fate::Fate,
    notice::Recorded,
    outcome_writer::{OutcomeEvent, OutcomeWriter},
    perform::{Accepted, Received, Reply, perform},
    request_form::RequestForm,
};

/// How often an intent without a required head is decided anew when another event came first.
const CONFLICTS: u32 = 8;
/// How often the fate of an intent is asked for whose commit was not acknowledged.
const SETTLE_ATTEMPTS: u32 = 5;
const SETTLE_PAUSE: Duration = Duration::from_secs(1);

/// What the changes of one runner share.
pub(super) struct Pipeline {
    pub(super) store: Arc<dyn Store>,
    pub(super) client: Client,
    pub(super) runner: RunnerId,
    pub(super) actor: Actor,
    pub(super) secrets: Vec<Secret>,
    pub(super) probe: Option<Probe>,
    pub(super) writer: OutcomeWriter,
    /// How many changes have an intent, or may have one, and no recorded outcome.
    pub(super) open: watch::Sender<usize>,
}

/// Counts a change as open while it exists.
pub(super) struct Open(watch::Sender<usize>);

impl Open {
    pub(super) fn new(open: &watch::Sender<usize>) -> Self {
        open.send_modify(|open| *open += 1);
        Self(open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

/// An intent that is in the journal.
struct Written {
    seq: u64,
    attempt: u32,
    permit: Option<SendPermit>,
}

/// Receives the result of a call.
type Reporter = oneshot::Sender<Result<Accepted, ChangeError>>;

impl Pipeline {
    /// Does all of it and reports the result as soon as it is known.
    pub(super) async fn run(&self, target: Target, change: Change, basis: Basis, report: Reporter) {
        let stream = target.stream();
        let mut written = match self.write_intent(target, &change, basis).await {
            Ok(written) => written,
            Err(error) => {
                // Nobody may wait for it.
                let _ = report.send(Err(error));
                return;
            }
        };
        self.probe("changes.intent_committed");
        let began = self.writer.clock.now();
        let received = self.transmit(&change, written.permit.take()).await;
        self.probe("changes.response_read");
        let took = self.writer.clock.now().saturating_sub(began);
        let received = match received {
            Ok(received) => Ok(self.deliver(&change, received).await),
            Err(error) => Err(error),
        };
        let (outcome, reporter) = self.outcome(stream, &change, &written, received, took);
        self.writer
            .write(&outcome, |recorded| {
                if matches!(recorded, Recorded::Written { .. }) {
                    self.probe("changes.outcome_committed");
                }
                let _ = report.send(reporter(recorded));
            })
            .await;
    }

    pub(super) fn probe(&self, point: &'static str) {
        if let Some(probe) = self.probe {
            probe(point);
        }
    }

    async fn write_intent(
        &self,
        target: Target,
        change: &Change,
        basis: Basis,
    ) -> Result<Written, ChangeError> {
        let mut conflicts = 0;
        loop {
            match self.try_intent(&target, change, &basis).await {
                // The caller's decision is not bound to a place: the journal decides anew.
                Err(ChangeError::Rejected(error))
                    if error.is_conflict()
                        && basis.head.is_none()
                        && basis.gate.is_none()
                        && conflicts < CONFLICTS =>
                {
                    conflicts += 1;
                }
                other => return other,
            }
        }
    }

    async fn try_intent(
        &self,
        target: &Target,
        change: &Change,
        basis: &Basis,
    ) -> Result<Written, ChangeError> {
        let form = RequestForm::of(change);
        let mut intent = Intent::new(
            change.operation(),
            form.method.to_owned(),
            form.path,
            form.api_version,
            form.hash,
        );
        intent.policy_hash = basis.policy_hash.clone();
        intent.why = basis.why.clone();
        intent.override_policy =
            basis.override_policy.as_deref().map(|reason| self.redactor(change).text(reason));
        let event = NewEvent::new(self.actor.clone(), intent).with_runner(self.runner);
        let (stream, fence) = match target {
            Target::New(stream) => {
                let attempt = event.attempt;
                let stored = self.store.create(stream.clone(), event.clone()).await;
                // The stream has its identifier from the caller: asking again is safe.
                let again = || self.store.create(stream.clone(), event.clone());
                let stored = self.settle(stored, again).await?;
                return Ok(Written { seq: stored.seq, attempt, permit: stored.permit });
            }
            Target::Claimed { stream, fence } => (*stream, *fence),
        };
        let (row, state) = self.store.state(stream).await?;
        let event = event.with_attempt(state.attempt);
        let head = basis.head.unwrap_or(row.head);
        let mut append = Append::intent(stream, head, fence, event);
        if let (Some(plan), Operation::Cutover) = (row.plan, change.operation()) {
            let gate = match basis.gate {
                Some(gate) => gate,
                None => self.store.state(plan).await?.0.gate,
            };
            append = append.at_gate(gate);
        }
        let stored = self.store.append(append.clone()).await;
        let stored = self.settle(stored, || self.store.append(append.clone())).await?;
        Ok(Written { seq: stored.seq, attempt: state.attempt, permit: stored.permit })
    }

    /// Finds out whether an intent was stored whose commit was not acknowledged: an open intent that nobody knows of would
    /// block its stream.
    async fn settle<F>(
        &self,
        mut stored: Result<Appended, JournalError>,
        again: impl Fn() -> F,
    ) -> Result<Appended, ChangeError>
    where
        F: Future<Output = Result<Appended, JournalError>>,
    {
        for _ in 0..SETTLE_ATTEMPTS {
            if !matches!(stored, Err(JournalError::Ambiguous { .. })) {
                break;
            }
            tokio::time::sleep(SETTLE_PAUSE).await;
            stored = match again().await {
                Err(error) if error.is_temporary() => stored,
                other => other,
            };
        }
        Ok(stored?)
    }

    /// Sends the request once, if it may still be sent.
    async fn transmit(
        &self,
        change: &Change,
        permit: Option<SendPermit>,
    ) -> Result<Received, atlas_migrations::Error> {
        let Some(permit) = permit else {
            let why = "the journal stored its intent, but gave no right to send";
            return Err(atlas_migrations::Error::request(why));
        };
        let probe = self.probe;
        let once = self.client.with_send_gate(move || {
            if let Some(probe) = probe {
                probe("changes.before_send");
            }
            permit.may_send()
        });
        perform(&once, change).await
    }

    /// Gives the link token to a person, before its outcome is recorded.
    async fn deliver(&self, change: &Change, mut received: Received) -> Received {
        if let (Change::LinkCreate { delivery, .. }, Some(token)) = (change, received.token.take())
        {
            let delivery = delivery.clone();
            let delivered = tokio::task::spawn_blocking(move || delivery.deliver(&token)).await;
            let undelivered = match delivered {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("the delivery failed".to_owned()),
            };
            received.reply = Reply::Link { undelivered };
        }
        received
    }

    /// Returns the event that records the fate of a request, and a function that makes the result of the call.
    #[expect(
        clippy::type_complexity,
        reason = "the result of the call is made when it is recorded"
    )]
    fn outcome(
        &self,
        stream: StreamId,
        change: &Change,
        written: &Written,
        received: Result<Received, atlas_migrations::Error>,
        took: Duration,
    ) -> (OutcomeEvent, Box<dyn FnOnce(Recorded) -> Result<Accepted, ChangeError> + Send>) {
        let (operation, intent_seq) = (change.operation(), written.seq);
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let event = |id, word, event: NewEvent| OutcomeEvent {
            stream,
            operation: operation.clone(),
            id,
            word,
            event: event.with_attempt(written.attempt).with_runner(self.runner),
        };
        let error = match received {
            Ok(Received { status, reply, .. }) => {
                let mut outcome = Outcome::new(intent_seq, OutcomeResult::Accepted);
                outcome.status = Some(status);
                outcome.id = reply.id();
                outcome.duration_ms = duration_ms;
                outcome.delivered = reply.delivered();
                let new = NewEvent::new(self.actor.clone(), outcome);
                let event = event(reply.id(), "accepted", new);
                let result = move |recorded| Ok(Accepted { intent_seq, reply, recorded });
                return (event, Box::new(result));
            }
            Err(error) => error,
        };
        let redactor = self.redactor(change);
        let status = error.status().map(|status| status.as_u16());
        let known = |result| {
            let mut outcome = Outcome::new(intent_seq, result);
            outcome.status = status;
            outcome.code = error.code().map(|code| redactor.text(code.as_str()));
            outcome.detail = Some(redactor.text(&error.summary()));
            outcome.duration_ms = duration_ms;
            NewEvent::new(self.actor.clone(), outcome)
        };
        match Fate::of(&operation, &error) {
            Fate::NotSent => (
                event(None, "not_sent", known(OutcomeResult::NotSent)),
                Box::new(move |recorded| {
                    Err(ChangeError::NotSent { operation, intent_seq, error, recorded })
                }),
            ),
            Fate::Refused => (
                event(None, "refused", known(OutcomeResult::Refused)),
                Box::new(move |recorded| {
                    Err(ChangeError::Refused { operation, intent_seq, error, recorded })
                }),
            ),
            Fate::Unclear(reason, sent) => {
                let mut unclear = Unclear::new(intent_seq, reason.clone(), sent);
                unclear.status = status;
                unclear.detail = Some(redactor.text(&error.summary()));
                (
                    event(None, "unclear", NewEvent::new(self.actor.clone(), unclear)),
                    Box::new(move |recorded| {
                        Err(ChangeError::Unclear { operation, intent_seq, reason, error, recorded })
                    }),
                )
            }
        }
    }

    fn redactor(&self, change: &Change) -> Redactor {
        Redactor::new(self.secrets.iter().chain(change.password()).map(Secret::expose))
    }
}
