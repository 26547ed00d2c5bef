//! What a runner does next, for each state of a migration. The histories are real: a journal accepted their events.

use std::{sync::Arc, time::Duration};

use atlas_migrations_journal::{
    AtlasId, Clock, Hash, Options, SqliteStore, StreamId,
    event::{
        Action, Actor, Approved, CutoverForgone, EndResult, Ended, Event, Held, Intent, NewEvent,
        Observed, Operation, Outcome, OutcomeResult, Planned, Postponed, Released, StreamKind,
        Unclear, UnclearReason, Validated, ValidationStatus, Vetoed,
    },
    state::WaitsFor,
    store::{Append, Fence, NewRunner, NewStream, Store},
};
use atlas_migrations_plan::{CutoverPolicy, OnFailure, Plan};
use serde_json::json;

use crate::runner::{
    decide::decide,
    facts::{ClockCheck, Facts, Memory, PlanFacts, PollTrouble, Seen, Turn},
    history::History,
    next::Next,
};

/// The time at which all events were written.
pub(super) const WRITTEN: i64 = 1_800_000_000_000;
const HOUR: i64 = 3_600_000;
const ID: &str = "6296fb4c7c7aa997cf94e9a8";

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn since_boot(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn wall_ms(&self) -> i64 {
        WRITTEN
    }
}

pub(super) fn hash(of: &str) -> Hash {
    Hash::of(&json!(of))
}

fn id() -> AtlasId {
    ID.parse().unwrap()
}

pub(super) fn intent(op: Operation) -> Event {
    let path = "/path".to_owned();
    Intent::new(op, "POST".to_owned(), path, "2024-05-30".to_owned(), hash("request")).into()
}

pub(super) fn outcome(intent_seq: u64, result: OutcomeResult, status: u16) -> Event {
    let mut outcome = Outcome::new(intent_seq, result);
    outcome.status = Some(status);
    outcome.id = Some(id());
    outcome.into()
}

pub(super) fn observed(status: &str, ready: bool) -> Event {
    let mut observed = Observed::new(status.to_owned(), WRITTEN);
    observed.ready = Some(ready);
    observed.lag_seconds = ready.then_some(3);
    observed.into()
}

pub(super) fn validated(status: ValidationStatus) -> Event {
    Validated::new(id(), status).into()
}

fn approval(action: Action) -> Event {
    Approved::new(action, hash("policy"), hash("request")).into()
}

/// The events until the migration is ready: 1 planned, 2 and 3 validation, 4 validated, 5 and 6 creation, 7 ready.
pub(super) fn until_ready() -> Vec<Event> {
    vec![
        intent(Operation::Validate),
        outcome(2, OutcomeResult::Accepted, 201),
        validated(ValidationStatus::Success),
        intent(Operation::Create),
        outcome(5, OutcomeResult::Accepted, 201),
        observed("WORKING", true),
    ]
}

/// One line of the table.
pub(super) struct Case {
    pub(super) events: Vec<Event>,
    pub(super) drops: bool,
    pub(super) approvers: u32,
    pub(super) memory: Memory,
    pub(super) plan: PlanFacts,
    pub(super) policy: Option<CutoverPolicy>,
    pub(super) clock: ClockCheck,
    pub(super) now_ms: i64,
}

impl Case {
    /// A migration of a plan without conditions, shortly after its events were written.
    pub(super) fn new(events: Vec<Event>) -> Self {
        let plan = PlanFacts {
            is_current: true,
            is_held: false,
            postponed_until_ms: None,
            failed: None,
            turn: Turn::Now,
        };
        let mut policy = CutoverPolicy::default();
        policy.approvers = 0;
        Self {
            events,
            drops: false,
            approvers: 0,
            memory: Memory::default(),
            plan,
            policy: Some(policy),
            clock: ClockCheck::default(),
            now_ms: WRITTEN + 1000,
        }
    }

    /// A migration that is ready, with a look that is a second old.
    pub(super) fn ready(more: Vec<Event>) -> Self {
        let mut events = until_ready();
        events.extend(more);
        let mut case = Self::new(events);
        case.memory.seen = Some(look("WORKING", true, Some(3)));
        case.memory.allowed_until_ms = Some(i64::MAX);
        case
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    async fn history(&self) -> History {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::default();
        options.clock = Arc::new(Fixed);
        let store = SqliteStore::open(&folder.path().join("journal.db"), options).await.unwrap();
        let runner = store.register(NewRunner::new("host", 1, "user", "1")).await.unwrap();
        let actor = Actor::new("user", "host");
        let name = "orders".parse().unwrap();
        let mut planned = Planned::new(name, hash("request"), hash("policy"), json!({}));
        planned.drops_destination = self.drops;
        planned.approvers = self.approvers;
        let stream = NewStream::new(StreamKind::Migration, "plan", "orders".parse().unwrap());
        let id: StreamId = stream.id;
        let first = NewEvent::new(actor.clone(), planned).with_runner(runner);
        store.create(stream, first).await.unwrap();
        for event in &self.events {
            let head = store.state(id).await.unwrap().0.head;
            let event = NewEvent::new(actor.clone(), event.clone()).with_runner(runner);
            let append = if event.event.is_intent() {
                Append::intent(id, head, Fence { runner, fence: 1 }, event)
            } else {
                Append::fact(id, event)
            };
            store.append(append).await.unwrap();
        }
        let mut history = History::new(StreamKind::Migration);
        for record in store.read(id, 0).await.unwrap() {
            history.apply(&record);
        }
        store.close().await;
        history
    }

    pub(super) async fn next(&self) -> Next {
        let history = self.history().await;
        decide(&Facts {
            history: &history,
            memory: &self.memory,
            policy: self.policy.as_ref(),
            policy_hash: Some(&hash("policy")),
            plan: &self.plan,
            clock: self.clock,
            now_ms: self.now_ms,
        })
    }

    pub(super) async fn waits_for(&self) -> String {
        match self.next().await {
            Next::Wait(waits) => waits.to_string(),
            next => panic!("it does not wait: {next:?}"),
        }
    }
}

pub(super) fn look(status: &str, ready: bool, lag_seconds: Option<u64>) -> Seen {
    let status = status.to_owned();
    Seen { status, ready, lag_seconds, at_ms: WRITTEN + 500, earliest_expiry_ms: None }
}

/// Returns the conditions of a plan file's `cutover`.
pub(super) fn policy(cutover: &str) -> CutoverPolicy {
    let text = format!(
        "version: 1\nname: p\nproject: 32b6e34b3d91647abb20e7b8\napprovers: 0\ncutover: {cutover}\nmigrations:\n  - name: orders\n    \
         source: {{project: 5f0a1b2c3d4e5f6071829304, cluster: a, tls: true, authentication: managed}}\n    \
         destination: {{cluster: b, network: public}}\n    migration_host: h\n"
    );
    Plan::parse("plan.yaml", &text).unwrap_or_else(|error| panic!("{error}")).policy
}

#[tokio::test]
async fn a_migration_is_validated_then_created_then_followed() {
    let validation = [intent(Operation::Validate), outcome(2, OutcomeResult::Accepted, 201)];
    let success = validated(ValidationStatus::Success);
    let created = [intent(Operation::Create), outcome(5, OutcomeResult::Accepted, 201)];
    assert_eq!(Case::new(vec![]).next().await, Next::Validate);
    let open = Case::new(validation[..1].to_vec());
    assert_eq!(open.next().await, Next::Validate, "a validation is sent again");
    let events = validation.to_vec();
    assert_eq!(Case::new(events.clone()).next().await, Next::PollValidation(id()));
    let lost = Case::new(events.clone()).with(|case| case.memory.lost_validation = Some(id()));
    assert_eq!(lost.next().await, Next::Validate, "Atlas does not know it anymore");
    let events = [events, vec![success]].concat();
    assert_eq!(Case::new(events.clone()).next().await, Next::Create);
    let events = [events, created.to_vec()].concat();
    assert_eq!(Case::new(events.clone()).next().await, Next::Wait(WaitsFor::Ready));
    let seen = Case::new(events).with(|case| case.memory.seen = Some(look("NEW", false, None)));
    assert!(matches!(seen.next().await, Next::Record(Event::Observed(_))));
}

/// The bug: a destination is dropped without the approval of its own.
#[tokio::test]
async fn a_create_that_drops_waits_for_its_own_approval() {
    let events = until_ready()[..3].to_vec();
    let case = Case::new(events.clone()).with(|case| case.drops = true);
    assert!(case.waits_for().await.contains("create_with_drop, 0 of 1"));
    for (action, is_enough) in [(Action::Cutover, false), (Action::CreateWithDrop, true)] {
        let events = [events.clone(), vec![approval(action)]].concat();
        let case = Case::new(events).with(|case| case.drops = true);
        assert_eq!(case.next().await == Next::Create, is_enough);
    }
}

#[tokio::test]
async fn a_failed_validation_and_a_refused_create_wait_for_a_person() {
    let failed = [until_ready()[..2].to_vec(), vec![validated(ValidationStatus::Failed)]].concat();
    assert_eq!(Case::new(failed.clone()).next().await, Next::Validate, "a new run asks again");
    let asked = Case::new(failed).with(|case| case.memory.validations = 1);
    assert!(asked.waits_for().await.contains("validation failed"));
    let refused = |status| {
        [until_ready()[..4].to_vec(), vec![outcome(5, OutcomeResult::Refused, status)]].concat()
    };
    assert!(Case::new(refused(400)).waits_for().await.contains("`retry`"));
    assert_eq!(Case::new(refused(429)).next().await, Next::Create);
    let later = Case::new(refused(429)).with(|case| case.memory.not_before_ms = i64::MAX);
    assert!(later.waits_for().await.contains("tries again soon"));
}

/// The bug: any one of the checks before a cutover is left out, or in the wrong order.
#[tokio::test]
async fn each_condition_alone_keeps_a_cutover_back() {
    assert!(matches!(Case::ready(vec![]).next().await, Next::CutOver(_)));
    let held: Event = Held::new().into();
    let mut postponed = Postponed::new();
    postponed.until_ms = Some(WRITTEN + 2000);
    let veto: Event = Vetoed::new("stop-writes".to_owned()).into();
    let release: Event = Released::new().into();
    let forgone: Event = CutoverForgone::new().into();
    let ready = Case::ready;
    let cases: Vec<(&str, Case)> = vec![
        ("a person; `release`", ready(vec![held.clone()])),
        ("a person; `release`", ready(vec![veto.clone()])),
        ("`postpone-until`", ready(vec![postponed.clone().into()])),
        ("the expiry in Atlas", ready(vec![forgone])),
        ("approvals for cutover, 0 of 1", ready(vec![]).with(|case| case.approvers = 1)),
        ("a person; `release`", ready(vec![]).with(|case| case.plan.is_held = true)),
        (
            "`postpone-until`",
            ready(vec![]).with(|case| case.plan.postponed_until_ms = Some(WRITTEN + 2000)),
        ),
        ("changed the plan", ready(vec![]).with(|case| case.plan.is_current = false)),
        (
            "the plan stops at a failure",
            ready(vec![]).with(|case| case.plan.failed = Some("users".parse().unwrap())),
        ),
        ("its turn", ready(vec![]).with(|case| case.plan.turn = Turn::After)),
        (
            "`users` did not complete",
            ready(vec![]).with(|case| case.plan.turn = Turn::Never("users".parse().unwrap())),
        ),
        ("not in the plan anymore", ready(vec![]).with(|case| case.policy = None)),
        (
            "a lower lag",
            ready(vec![]).with(|case| case.memory.seen = Some(look("WORKING", true, Some(31)))),
        ),
        (
            "a lower lag",
            ready(vec![]).with(|case| case.memory.seen = Some(look("WORKING", true, None))),
        ),
        (
            "the hook before the cutover",
            ready(vec![]).with(|case| {
                case.memory.allowed_until_ms = Some(case.now_ms);
                case.memory.ask_again_ms = i64::MAX;
            }),
        ),
        ("tries again soon", ready(vec![]).with(|case| case.memory.not_before_ms = i64::MAX)),
        (
            "Atlas refused the cutover",
            ready(vec![intent(Operation::Cutover), outcome(8, OutcomeResult::Refused, 400)]),
        ),
        (
            "says when it is complete",
            ready(vec![intent(Operation::Cutover), outcome(8, OutcomeResult::Accepted, 202)]),
        ),
    ];
    for (expected, case) in cases {
        let waits = case.waits_for().await;
        assert!(waits.contains(expected), "{expected}: {waits}");
    }
    for events in [vec![held, release.clone()], vec![veto, release]] {
        assert!(matches!(Case::ready(events).next().await, Next::CutOver(_)));
    }
    let over = Case::ready(vec![postponed.into()]).with(|case| case.now_ms = WRITTEN + 2000);
    assert!(matches!(over.next().await, Next::CutOver(_)));
    let ignored = Case::ready(vec![]).with(|case| {
        case.plan.failed = Some("users".parse().unwrap());
        case.policy.as_mut().unwrap().on_failure = OnFailure::Continue;
    });
    assert!(matches!(ignored.next().await, Next::CutOver(_)));
}

#[tokio::test]
async fn a_cutover_needs_a_look_that_is_young_and_hooks_that_allowed_it() {
    let at = |age_ms| Case::ready(vec![]).with(|case| case.now_ms = WRITTEN + 500 + age_ms);
    assert!(matches!(at(15_000).next().await, Next::CutOver(_)));
    assert_eq!(at(15_001).next().await, Next::Look);
    assert_eq!(at(-1).next().await, Next::Look, "a look from the future proves nothing");
    let unasked = Case::ready(vec![]).with(|case| case.memory.allowed_until_ms = None);
    assert_eq!(unasked.next().await, Next::AskHooks);
    let expired = Case::ready(vec![]).with(|case| case.memory.allowed_until_ms = Some(case.now_ms));
    assert_eq!(expired.next().await, Next::AskHooks);
}

/// The bug: a cutover outside its window, or inside it by a wrong clock.
#[tokio::test]
async fn a_window_is_judged_by_a_clock_that_agrees_with_atlas() {
    // It is 2027-01-15T08:00:01Z.
    let open = policy("{windows: [{from: 2027-01-15T07:00:00Z, to: 2027-01-15T09:00:00Z}]}");
    let closed = policy("{windows: [{from: 2027-01-16T22:00:00Z, to: 2027-01-17T04:00:00Z}]}");
    let past = policy("{windows: [{from: 2027-01-14T22:00:00Z, to: 2027-01-15T04:00:00Z}]}");
    let with = |policy: &CutoverPolicy, clock: Option<i64>| {
        Case::ready(vec![]).with(|case| {
            case.policy = Some(policy.clone());
            case.clock =
                ClockCheck { at_ms: Some(case.now_ms), skew_ms: clock, database_skew_ms: 0 };
        })
    };
    let waits = with(&closed, Some(0)).waits_for().await;
    assert!(waits.contains("2027-01-16T22:00:00Z"), "{waits}");
    assert!(with(&past, Some(0)).waits_for().await.contains("the last window is over"));
    let next = with(&open, Some(-60_000)).next().await;
    let Next::CutOver(why) = next else { panic!("{next:?}") };
    assert_eq!(why.window.as_deref(), Some("open until 2027-01-15T09:00:00Z"));
    assert!(with(&open, Some(61_000)).waits_for().await.contains("differs by 61 s"));
    assert!(with(&open, None).waits_for().await.contains("does not say the time"));
    let database = with(&open, Some(0)).with(|case| case.clock.database_skew_ms = -61_000);
    assert!(database.waits_for().await.contains("the journal's database differ by 61 s"));
    let late = policy("{windows: [{from: 2027-01-20T08:00:00Z, to: 2027-01-21T04:00:00Z}]}");
    assert!(with(&late, Some(0)).waits_for().await.contains("can expire before the window opens"));
    let unchecked = with(&open, Some(0)).with(|case| case.clock = ClockCheck::default());
    assert_eq!(unchecked.next().await, Next::Look);
    let old = with(&open, Some(0)).with(|case| case.clock.at_ms = Some(case.now_ms - 300_001));
    assert_eq!(old.next().await, Next::Look);
}

/// The bug: an unclear cutover is sent again, or a migration that is still ready counts as proof.
#[tokio::test]
async fn only_the_state_of_the_migration_resolves_an_unclear_cutover() {
    let unclear: Event = {
        let lost = UnclearReason::ConnectionLost;
        Unclear::new(8, lost, atlas_migrations_journal::event::Sent::Unknown).into()
    };
    let with = |seen: Seen| {
        Case::ready(vec![intent(Operation::Cutover), unclear.clone()])
            .with(|case| case.memory.seen = Some(seen))
    };
    assert!(
        with(look("WORKING", true, Some(1))).waits_for().await.contains("the fate of the cutover")
    );
    let stopping = with(look("WORKING", false, None));
    assert!(matches!(stopping.next().await, Next::Record(Event::Observed(_))));
    let stopping =
        Case::ready(vec![intent(Operation::Cutover), unclear.clone(), observed("WORKING", false)])
            .with(|case| case.memory.seen = Some(look("WORKING", false, None)));
    assert!(matches!(stopping.next().await, Next::Record(Event::Resolved(_))));
    let complete =
        Case::ready(vec![intent(Operation::Cutover), unclear, observed("COMPLETE", false)]);
    let complete = complete.with(|case| case.memory.seen = Some(look("COMPLETE", false, None)));
    let Next::Record(Event::Ended(ended)) = complete.next().await else { panic!() };
    assert_eq!(ended.result, EndResult::Complete);
}

#[tokio::test]
async fn an_open_request_of_another_process_is_called_unclear_when_the_journal_allows_it() {
    let create = [until_ready()[..3].to_vec(), vec![intent(Operation::Create)]].concat();
    let next = Case::new(create.clone()).next().await;
    assert!(matches!(next, Next::Record(Event::Unclear(_))), "{next:?}");
    let refused = Case::new(create).with(|case| {
        case.now_ms = WRITTEN + 69_999;
        case.memory.unclear_from_ms = WRITTEN + 70_000;
    });
    assert!(refused.waits_for().await.contains("the response to create"));
}

/// The bug: a killed process left the intent of a second validation, and the create request is refused for ever.
#[tokio::test]
async fn an_open_validation_of_a_process_that_is_gone_does_not_keep_the_creation_back() {
    let case = Case::new(vec![
        intent(Operation::Validate),
        outcome(2, OutcomeResult::Accepted, 201),
        intent(Operation::Validate),
        validated(ValidationStatus::Success),
    ]);
    let next = case.next().await;
    assert!(
        matches!(&next, Next::Record(Event::Unclear(unclear)) if unclear.intent_seq == 4),
        "{next:?}"
    );
}

#[tokio::test]
async fn an_end_is_recorded_once_with_its_result() {
    for (status, forgone, result) in [
        ("FAILED", false, EndResult::Failed),
        ("EXPIRED", false, EndResult::Expired),
        ("EXPIRED", true, EndResult::Forgone),
    ] {
        let more = if forgone { vec![CutoverForgone::new().into()] } else { vec![] };
        let more = [more, vec![observed(status, false)]].concat();
        let case = Case::ready(more.clone())
            .with(|case| case.memory.seen = Some(look(status, false, None)));
        let Next::Record(Event::Ended(ended)) = case.next().await else { panic!("{status}") };
        assert_eq!(ended.result, result);
        let ended = [more, vec![Ended::new(result).into()]].concat();
        assert!(matches!(Case::ready(ended).next().await, Next::Wait(_)));
    }
    let nothing = Case::new(vec![CutoverForgone::new().into()]);
    let Next::Record(Event::Ended(ended)) = nothing.next().await else { panic!() };
    assert_eq!(ended.result, EndResult::Forgone);
}

#[tokio::test]
async fn failing_polls_and_near_deadlines_are_recorded_once() {
    let trouble = |count| PollTrouble { since_ms: WRITTEN, class: "timeout".to_owned(), count };
    let failing =
        |count| Case::ready(vec![]).with(|case| case.memory.trouble = Some(trouble(count)));
    assert!(!matches!(failing(2).next().await, Next::Record(_)));
    let Next::Record(event) = failing(3).next().await else { panic!() };
    let again =
        Case::ready(vec![event.clone()]).with(|case| case.memory.trouble = Some(trouble(4)));
    assert!(!matches!(again.next().await, Next::Record(_)));
    let back = Case::ready(vec![event]);
    assert!(matches!(back.next().await, Next::Record(Event::PollsBack(_))));

    let hours_after_ready = |hours: i64, more: Vec<Event>| {
        Case::ready(more).with(|case| {
            case.now_ms = WRITTEN + hours * HOUR;
            case.plan.is_held = true;
        })
    };
    assert!(matches!(hours_after_ready(95, vec![]).next().await, Next::Wait(_)));
    let Next::Record(near) = hours_after_ready(96, vec![]).next().await else { panic!() };
    assert!(matches!(&near, Event::DeadlineNear(near) if near.hours_left == 24));
    assert!(matches!(hours_after_ready(97, vec![near.clone()]).next().await, Next::Wait(_)));
    let Next::Record(near) = hours_after_ready(119, vec![near]).next().await else { panic!() };
    assert!(matches!(&near, Event::DeadlineNear(near) if near.hours_left == 1));
}

/// The bug: a view shows the lag that a migration had two days ago.
#[tokio::test]
async fn a_new_lag_of_a_migration_that_replicates_is_recorded_after_ten_minutes() {
    let after = |minutes: i64, ready: bool, lag: Option<u64>| {
        let mut events = until_ready();
        events.pop();
        events.push(observed("WORKING", ready));
        Case::new(events).with(|case| {
            case.now_ms = WRITTEN + minutes * 60_000;
            let at_ms = case.now_ms;
            case.memory.seen = Some(Seen { at_ms, ..look("WORKING", ready, lag) });
        })
    };
    assert!(matches!(after(9, false, Some(60)).next().await, Next::Wait(_)));
    let Next::Record(Event::Observed(look)) = after(10, false, Some(60)).next().await else {
        panic!("the lag is not recorded")
    };
    assert_eq!(look.lag_seconds, Some(60));
    assert!(matches!(after(10, false, None).next().await, Next::Wait(_)));
    assert!(!matches!(after(10, true, Some(3)).next().await, Next::Record(_)));
}
