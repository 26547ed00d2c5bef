//! Decisions of people: when they are too late, when they add nothing, and when they are about something else.

use std::sync::Arc;

use atlas_migrations_journal::{
    Hash, Options, RunnerId, StreamId,
    event::{
        Action, Actor, Adopted, Approved, CutoverForgone, EndResult, Ended, Event, Held, Intent,
        NewEvent, Observed, Operation, Outcome, OutcomeResult, PlanStarted, Planned, Retry,
        StreamKind, Vetoed,
    },
    open,
    store::{Append, Claim, Fence, NewRunner, NewStream, Store},
};
use atlas_migrations_runs::decisions::{
    ApprovalOptions, Approving, DecisionError, Done, Seen, Situation, approve, hold, release,
    why_too_late_for, withdraw,
};
use serde_json::json;
use tempfile::TempDir;

use crate::world::location;

const ID: &str = "6296fb4c7c7aa997cf94e9a8";

/// A journal with one migration, whose destination is dropped and whose cutover needs approvals.
struct Journal {
    store: Arc<dyn Store>,
    runner: RunnerId,
    actor: Actor,
    stream: StreamId,
    _folder: TempDir,
}

fn hash(of: &str) -> Hash {
    Hash::of(&json!(of))
}

fn planned(approvers: u32, policy: &str) -> Planned {
    let name = "orders".parse().unwrap();
    let mut planned = Planned::new(name, hash("request"), hash(policy), json!({}));
    planned.drops_destination = true;
    planned.approvers = approvers;
    planned
}

impl Journal {
    async fn new(approvers: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&location(&folder), Options::default()).await.unwrap();
        let runner = NewRunner::new("ops1", std::process::id(), "ana", "1");
        let runner = store.register(runner).await.unwrap();
        let actor = Actor::new("ana", "ops1");
        let stream = NewStream::new(StreamKind::Migration, "weekend", "orders".parse().unwrap());
        let id = stream.id;
        let first = NewEvent::new(actor.clone(), planned(approvers, "policy"));
        store.create(stream, first).await.unwrap();
        Self { store, runner, actor, stream: id, _folder: folder }
    }

    async fn situation(&self) -> Situation {
        Situation::of(&*self.store, self.stream).await.unwrap()
    }

    async fn say(&self, event: impl Into<Event>) -> u64 {
        let Situation { state, row, .. } = self.situation().await;
        let event = NewEvent::new(self.actor.clone(), event).with_attempt(state.attempt);
        let append = if event.event.is_intent() {
            let claim = Claim::these(self.runner, [self.stream]);
            let fence = self.store.claim(claim).await.unwrap().fence(self.stream).unwrap();
            let fence = Fence { runner: self.runner, fence };
            Append::intent(self.stream, row.head, fence, event)
        } else {
            Append::fact(self.stream, event)
        };
        self.store.append(append).await.unwrap().seq
    }

    async fn intent(&self, op: Operation) -> u64 {
        let path = "/path".to_owned();
        let request = hash("request");
        self.say(Intent::new(op, "POST".to_owned(), path, "2024-05-30".to_owned(), request)).await
    }

    /// Starts the migration, and lets Atlas show it in a state.
    async fn started(&self, status: &str) {
        self.approve(&Action::CreateWithDrop).await.unwrap();
        let mut created =
            Outcome::new(self.intent(Operation::Create).await, OutcomeResult::Accepted);
        created.id = Some(ID.parse().unwrap());
        self.say(created).await;
        let mut observed = Observed::new(status.to_owned(), 1_800_000_000_000);
        observed.ready = Some(status == "WORKING");
        self.say(observed).await;
    }

    async fn approve(&self, action: &Action) -> Result<Approving, DecisionError> {
        self.approve_with(action, &ApprovalOptions::default()).await
    }

    async fn approve_with(
        &self,
        action: &Action,
        options: &ApprovalOptions,
    ) -> Result<Approving, DecisionError> {
        approve(&*self.store, self.stream, &self.actor, action, options).await
    }

    async fn hold(&self) -> Result<Done, DecisionError> {
        hold(&*self.store, self.stream, &self.actor, None).await
    }

    async fn withdraw(&self, action: &Action) -> Result<Done, DecisionError> {
        withdraw(&*self.store, self.stream, &self.actor, action, None).await
    }

    async fn too_late(&self, action: &Action) -> Option<String> {
        why_too_late_for(action, &self.situation().await)
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, DecisionError>) -> String {
    match result.unwrap_err() {
        DecisionError::Refused(why) => why,
        error => panic!("the journal refused it, not the decision: {error}"),
    }
}

/// The bug: a person is told that nothing was cut over, of a migration that is over.
#[tokio::test]
async fn nothing_is_decided_about_a_migration_that_atlas_shows_at_its_end() {
    for (status, end, word) in [
        ("COMPLETE", EndResult::Complete, "complete"),
        ("FAILED", EndResult::Failed, "failed"),
        ("EXPIRED", EndResult::Expired, "expired"),
    ] {
        let journal = Journal::new(1).await;
        journal.started(status).await;
        // The end is not recorded yet, and then it is.
        for is_recorded in [false, true] {
            if is_recorded {
                journal.say(Ended::new(end.clone())).await;
            }
            let expected = format!("too late: the migration is {word}");
            assert_eq!(refusal(journal.approve(&Action::Cutover).await), expected);
            assert_eq!(refusal(journal.withdraw(&Action::Cutover).await), expected);
            assert_eq!(refusal(journal.hold().await), expected);
        }
    }
}

/// The bug: a decision is refused while it still means something, or is taken when nothing follows from it.
#[tokio::test]
async fn a_migration_that_was_given_up_can_be_held_until_it_ended() {
    let journal = Journal::new(1).await;
    journal.started("WORKING").await;
    journal.say(CutoverForgone::new()).await;
    assert_eq!(journal.too_late(&Action::Cutover).await, None);
    assert!(matches!(journal.hold().await.unwrap(), Done::Appended(..)));
    journal.say(Ended::new(EndResult::Forgone)).await;
    let expected = "too late: the migration ended without a cutover";
    assert_eq!(refusal(journal.approve(&Action::Cutover).await), expected);
    assert_eq!(refusal(journal.hold().await), expected);
}

/// The bug: data may be dropped by a start that nobody can stop any more, and the approval is withdrawn "in time".
#[tokio::test]
async fn a_start_that_drops_data_is_decided_before_its_request_only() {
    let drop = Action::CreateWithDrop;
    let journal = Journal::new(0).await;
    assert_eq!(journal.too_late(&drop).await, None);
    journal.approve(&drop).await.unwrap();
    let seq = journal.intent(Operation::Create).await;
    let late = journal.too_late(&drop).await.unwrap();
    assert!(late.starts_with(&format!("too late: create intent {seq} at 20")), "{late}");
    assert_eq!(refusal(journal.withdraw(&drop).await), late);
    assert_eq!(journal.too_late(&Action::Cutover).await, None);

    // A migration that was started elsewhere has no request here.
    let journal = Journal::new(0).await;
    journal.say(Adopted::new(ID.parse().unwrap(), ID.parse().unwrap(), "WORKING".into())).await;
    let late = format!("too late: migration {ID} was started");
    assert_eq!(journal.too_late(&drop).await.as_ref(), Some(&late));
    assert_eq!(refusal(journal.approve(&drop).await), late);
}

/// The bug: the first of two approvers is told that the approval adds nothing, or one who adds nothing is not told.
#[tokio::test]
async fn an_approval_is_repeated_if_more_are_needed_and_it_adds_none() {
    for (need, repeated) in [(1, [false, false]), (2, [false, true])] {
        let journal = Journal::new(need).await;
        journal.started("WORKING").await;
        for expected in repeated {
            let approving = journal.approve(&Action::Cutover).await.unwrap();
            assert_eq!((approving.have, approving.need), (1, usize::try_from(need).unwrap()));
            assert_eq!(approving.is_repeated, expected, "of {need}");
        }
    }
}

/// The bug: a person approves what changed since the page was loaded.
#[tokio::test]
async fn an_approval_of_what_changed_since_it_was_shown_is_refused() {
    let journal = Journal::new(1).await;
    let mut options = ApprovalOptions::default();
    options.seen = Some(Seen::of_state(&journal.situation().await.state));
    journal.approve_with(&Action::Cutover, &options).await.unwrap();
    journal.say(planned(1, "other policy")).await;
    let why = refusal(journal.approve_with(&Action::Cutover, &options).await);
    assert!(why.contains("changed since it was shown"), "{why}");

    let journal = Journal::new(1).await;
    journal.started("FAILED").await;
    options.seen = Some(Seen::of_state(&journal.situation().await.state));
    journal.say(Ended::new(EndResult::Failed)).await;
    journal.say(Retry::new(2)).await;
    let why = refusal(journal.approve_with(&Action::Cutover, &options).await);
    assert!(why.contains("changed since it was shown"), "{why}");
}

/// The bug: withdrawing the approval of the cutover is recorded because the start was approved.
#[tokio::test]
async fn only_an_approval_of_the_same_action_is_withdrawn() {
    let journal = Journal::new(1).await;
    journal.approve(&Action::CreateWithDrop).await.unwrap();
    let nothing = journal.withdraw(&Action::Cutover).await.unwrap();
    let Done::Nothing(result, text) = nothing else { panic!("{nothing:?}") };
    assert_eq!(
        (result, &text[..]),
        ("nothing_to_withdraw", "there was no approval to withdraw; no cutover was sent")
    );
    let approved = Approved::new(Action::Cutover, hash("policy"), hash("request"));
    journal.say(approved).await;
    assert!(matches!(journal.withdraw(&Action::Cutover).await.unwrap(), Done::Appended(..)));
    assert_eq!(journal.situation().await.state.approvals.len(), 1, "that of the start stays");
}

/// The bug: a hold or a veto stays although a person released it, or a release is recorded that releases nothing.
#[tokio::test]
async fn a_release_ends_a_hold_a_veto_or_both_and_nothing_else() {
    for facts in [0b01, 0b10, 0b11] {
        let journal = Journal::new(0).await;
        if facts & 0b01 != 0 {
            journal.say(Held::new()).await;
        }
        if facts & 0b10 != 0 {
            journal.say(Vetoed::new("stop-writes".to_owned())).await;
        }
        let released = || release(&*journal.store, journal.stream, &journal.actor, None);
        assert!(matches!(released().await.unwrap(), Done::Appended(..)), "{facts:b}");
        let state = journal.situation().await.state;
        assert_eq!((state.held, state.veto), (None, None));
        let again = released().await.unwrap();
        assert!(matches!(again, Done::Nothing("not_held", _)), "{again:?}");
    }
}

/// The bug: a plan is said to have a cutover of its own.
#[tokio::test]
async fn a_second_hold_says_what_is_held() {
    let journal = Journal::new(0).await;
    let started = PlanStarted::new("weekend.yaml".to_owned(), hash("plan"), json!({}));
    let stream = NewStream::new(StreamKind::Plan, "", "weekend".parse().unwrap());
    let plan = stream.id;
    journal.store.create(stream, NewEvent::new(journal.actor.clone(), started)).await.unwrap();
    for (stream, expected) in
        [(plan, "held since event 2"), (journal.stream, "held since event 2; no cutover was sent")]
    {
        let held = || hold(&*journal.store, stream, &journal.actor, None);
        assert!(matches!(held().await.unwrap(), Done::Appended(..)));
        let again = held().await.unwrap();
        let Done::Nothing("held", text) = again else { panic!("{again:?}") };
        assert_eq!(text, expected);
    }
}
