//! Each rule of [`StreamState::admit`] alone: what it keeps back, and what it lets through.

use serde_json::{Map, json};

use super::stream::{ID, Log, accepted, hash, intent, observed, planned};
use crate::state::{Phase, Rejection, Rules};
use crate::{
    event::{
        Action, Actor, Adopted, ApprovalWithdrawn, Approved, CutoverForgone, EndResult, Ended,
        Event, Held, HookEnded, HookResult, HookStarted, NewEvent, Operation, Outcome,
        OutcomeResult, PlanChanged, PlanStarted, Postponed, Released, Resolution, Resolved,
        ResolvedBy, Retry, Sent, StreamKind, Unclear, UnclearReason, Validated, ValidationStatus,
        Vetoed,
    },
    hash::Hash,
    ids::RunnerId,
    text::Redactor,
};

pub(super) const MINUTE: i64 = 60_000;

/// Returns a planned migration, event 1, that has these events too.
pub(super) fn migration(events: Vec<Event>) -> Log {
    let mut log = Log::new();
    log.append(planned(0)).unwrap();
    with(log, events)
}

pub(super) fn with(mut log: Log, events: Vec<Event>) -> Log {
    for event in events {
        log.append(event).unwrap();
    }
    log
}

/// Returns whether the stream takes the event as its next one.
pub(super) fn admit(log: &Log, event: impl Into<Event>) -> Result<(), Rejection> {
    let event = NewEvent::new(Actor::new("ana", "ops1"), event).with_attempt(log.state.attempt);
    log.state.admit(&event, log.now_ms, &Rules::default())
}

/// Created: 2 and 3. Ready: 4.
pub(super) fn until_ready() -> Vec<Event> {
    vec![intent(Operation::Create).into(), accepted(2).into(), observed("WORKING", true).into()]
}

pub(super) fn created() -> Vec<Event> {
    until_ready()[..2].to_vec()
}

pub(super) fn create() -> Event {
    intent(Operation::Create).into()
}

pub(super) fn cutover() -> Event {
    intent(Operation::Cutover).into()
}

fn overriding(op: Operation) -> Event {
    let mut intent = intent(op);
    intent.override_policy = Some(Redactor::default().text("in a hurry"));
    intent.into()
}

pub(super) fn refused(seq: u64, status: u16) -> Event {
    let mut outcome = Outcome::new(seq, OutcomeResult::Refused);
    outcome.status = Some(status);
    outcome.into()
}

pub(super) fn unclear(seq: u64) -> Unclear {
    Unclear::new(seq, UnclearReason::Timeout, Sent::Whole)
}

/// Returns a stream whose last request is unclear. A minute passed since its intent.
pub(super) fn clouded(mut log: Log) -> Log {
    let seq = log.state.head;
    log.now_ms += MINUTE;
    with(log, vec![unclear(seq).into()])
}

fn adopted() -> Event {
    Adopted::new("32b6e34b3d91647abb20e7b8".parse().unwrap(), ID.parse().unwrap(), "NEW".to_owned())
        .into()
}

pub(super) fn ended(result: EndResult) -> Event {
    Ended::new(result).into()
}

fn unknown(event_type: &str) -> Event {
    Event::from_fields(event_type, 9, &Map::new())
}

#[track_caller]
fn misplaced(result: &Result<(), Rejection>) {
    assert!(matches!(result, Err(Rejection::Misplaced(_))), "{result:?}");
}

#[test]
fn each_kind_of_stream_takes_its_own_events_only() {
    use StreamKind::{Link, Migration, Plan};
    let plan = || ("plan.yaml".to_owned(), hash(), json!({}));
    let (file, plan_hash, body) = plan();
    let started = PlanStarted::new(file, plan_hash, body);
    let (file, plan_hash, body) = plan();
    let changed = PlanChanged::new(file, plan_hash, body);
    let hook = || "page".to_owned();
    let hook_ended = HookEnded::new(hook(), 1, 1, HookResult::Other("odd".to_owned()));
    let table: Vec<(Vec<Event>, &[StreamKind])> = vec![
        (vec![started.into(), changed.into()], &[Plan]),
        (
            vec![
                Held::new().into(),
                Released::new().into(),
                Postponed::new().into(),
                HookStarted::new(hook(), 1, 1).into(),
                hook_ended.into(),
            ],
            &[Plan, Migration],
        ),
        (vec![intent(Operation::Validate).into(), create(), cutover()], &[Migration]),
        (vec![intent(Operation::LinkCreate).into(), intent(Operation::LinkDelete).into()], &[Link]),
        (vec![intent(Operation::Other("split".to_owned())).into()], &[]),
        (
            vec![
                accepted(1).into(),
                unclear(1).into(),
                Resolved::new(1, Resolution::DidNot, ResolvedBy::Person).into(),
            ],
            &[Migration, Link],
        ),
        (vec![unknown("rested")], &[Plan, Migration, Link]),
        (
            vec![
                planned(0).into(),
                adopted(),
                Validated::new(ID.parse().unwrap(), ValidationStatus::Success).into(),
                observed("NEW", false).into(),
                Approved::new(Action::Cutover, hash(), hash()).into(),
                Vetoed::new(hook()).into(),
                CutoverForgone::new().into(),
                Retry::new(2).into(),
                ended(EndResult::Failed),
            ],
            &[Migration],
        ),
    ];
    for (events, kinds) in table {
        for (event, kind) in
            events.iter().flat_map(|event| [Plan, Migration, Link].map(|kind| (event, kind)))
        {
            let log = Log::of(kind);
            let is_wrong = admit(&log, event.clone()) == Err(Rejection::WrongKind(kind));
            assert_eq!(is_wrong, !kinds.contains(&kind), "{event:?} in a stream of kind {kind:?}");
        }
    }
}

#[test]
fn a_plan_starts_once_and_changes_after_that() {
    let mut log = Log::of(StreamKind::Plan);
    let file = || "plan.yaml".to_owned();
    let changed = |of: i32| PlanChanged::new(file(), Hash::of(&json!(of)), json!({}));
    let started = || PlanStarted::new(file(), hash(), json!({}));
    misplaced(&log.append(changed(2)));
    log.append(started()).unwrap();
    misplaced(&log.append(started()));
    assert_eq!((log.state.phase(), &log.state.policy_hash), (Phase::Started, &Some(hash())));
    log.append(changed(2)).unwrap();
    assert_eq!(log.state.policy_hash, Some(Hash::of(&json!(2))));
    log.append(Held::new()).unwrap();
    assert_eq!(log.state.phase(), Phase::Held);
}

/// The bug: a request is decided at one attempt and sent for the next.
#[test]
fn an_intent_is_for_the_current_attempt() {
    let log = migration([refused_create(), vec![Retry::new(2).into()]].concat());
    for (attempt, expected) in [(1, Err(Rejection::OtherAttempt { current: 2 })), (2, Ok(()))] {
        let event = NewEvent::new(Actor::new("ana", "ops1"), create()).with_attempt(attempt);
        assert_eq!(log.state.admit(&event, 0, &Rules::default()), expected);
    }
}

pub(super) fn refused_create() -> Vec<Event> {
    vec![create(), refused(2, 400)]
}

/// The bug: an intent that a later version wrote allows a request that this one cannot see.
#[test]
fn an_intent_that_this_version_does_not_know_is_not_written_and_blocks_where_it_was_read() {
    let log = migration(vec![]);
    assert!(matches!(admit(&log, unknown("intent_to_split")), Err(Rejection::Blocked(_))));
    assert_eq!(admit(&log, unknown("rested")), Ok(()));
}

#[test]
fn a_result_names_an_intent_of_the_stream_whose_fate_is_open() {
    let log = migration(vec![create()]);
    let missing = Err(Rejection::NoSuchIntent { intent_seq: 1 });
    let did_not = |seq| Resolved::new(seq, Resolution::DidNot, ResolvedBy::Person);
    assert_eq!(admit(&log, accepted(1)), missing);
    assert_eq!(admit(&log, accepted(2)), Ok(()));
    assert_eq!(admit(&log, unclear(1)), missing);
    assert_eq!(admit(&log, did_not(1)), missing);
    let mut log = with(log, vec![accepted(2).into()]);
    log.now_ms = 60 * MINUTE;
    misplaced(&admit(&log, unclear(2)));
    misplaced(&admit(&log, did_not(2)));
    assert_eq!(admit(&log, accepted(2)), Ok(()), "a late response is a fact");
}

/// The bug: a request is called unclear while the process that may send it can still send it.
#[test]
fn only_the_process_that_sent_a_request_may_call_it_unclear_at_once() {
    let (sender, other) = (RunnerId::new(), RunnerId::new());
    let log = {
        let mut log = migration(vec![create()]);
        log.state.slots.values_mut().for_each(|slot| slot.runner = Some(sender));
        log
    };
    let gone = Unclear::new(2, UnclearReason::RunnerGone, Sent::Unknown);
    let early = Err(Rejection::TooEarly { allowed_ms: MINUTE });
    for (event, runner, now_ms, expected) in [
        (unclear(2), Some(sender), 0, Ok(())),
        (unclear(2), Some(other), MINUTE - 1, early.clone()),
        (unclear(2), Some(other), MINUTE, Ok(())),
        (unclear(2), None, MINUTE - 1, early.clone()),
        (gone.clone(), Some(sender), MINUTE - 1, early),
        (gone, Some(other), MINUTE, Ok(())),
    ] {
        let case = format!("{event:?} by {runner:?} at {now_ms}");
        let mut event = NewEvent::new(Actor::new("ana", "ops1"), event);
        event.runner = runner;
        assert_eq!(log.state.admit(&event, now_ms, &Rules::default()), expected, "{case}");
    }
    misplaced(&admit(&clouded(migration(vec![create()])), unclear(2)));
    // Two processes without a number are not the same one.
    let log = migration(vec![create()]);
    assert!(matches!(admit(&log, unclear(2)), Err(Rejection::TooEarly { .. })));
}

/// The bug: a cutover that may still be on its way is said to have taken no effect, and sent again.
#[test]
fn only_a_person_says_that_a_request_took_no_effect_and_only_after_its_time_limit() {
    let did_not = |by| Resolved::new(2, Resolution::DidNot, by);
    let mut create = migration(vec![create()]);
    create.now_ms = 60 * MINUTE;
    misplaced(&admit(&create, did_not(ResolvedBy::Look)));
    assert_eq!(admit(&create, did_not(ResolvedBy::Person)), Ok(()));
    let mut log = migration([until_ready(), vec![cutover()]].concat());
    for (now_ms, expected) in
        [(609_999, Err(Rejection::TooEarly { allowed_ms: 610_000 })), (610_000, Ok(()))]
    {
        log.now_ms = now_ms;
        let did_not = Resolved::new(5, Resolution::DidNot, ResolvedBy::Person);
        assert_eq!(admit(&log, did_not), expected);
    }
}

#[test]
fn a_create_request_that_took_effect_is_resolved_with_the_id_of_its_migration() {
    let took = |seq| Resolved::new(seq, Resolution::TookEffect, ResolvedBy::Look);
    let log = migration(vec![create()]);
    misplaced(&admit(&log, took(2)));
    let mut named = took(2);
    named.id = Some(ID.parse().unwrap());
    assert_eq!(admit(&log, named.clone()), Ok(()));
    let log = with(log, vec![named.into()]);
    assert_eq!(log.state.migration_id, Some(ID.parse().unwrap()));
    let log = with(log, vec![observed("WORKING", true).into(), cutover()]);
    assert_eq!(admit(&log, took(5)), Ok(()), "a cutover needs none");
    let log = with(log, vec![took(5).into()]);
    assert!(matches!(admit(&log, cutover()), Err(Rejection::AlreadyDone { intent_seq: 5, .. })));
}

/// The bug: what was sent differs from what the journal says.
#[test]
fn the_request_of_a_migration_is_frozen_once_it_may_have_been_sent() {
    let to = |destination: Option<&str>| {
        let mut planned = planned(0);
        planned.destination = destination.map(str::to_owned);
        planned
    };
    let mut other_request = planned(0);
    other_request.request_hash = Hash::of(&json!(2));
    let mut dropping = planned(0);
    dropping.drops_destination = true;
    let first: Event = to(Some("a")).into();
    let changes = [other_request, dropping, to(Some("b"))];
    let unsent = migration(vec![first.clone()]);
    for change in changes.clone() {
        assert_eq!(admit(&unsent, change), Ok(()));
    }
    for sent in [create(), adopted()] {
        let log = migration(vec![first.clone(), sent]);
        for change in changes.clone() {
            assert_eq!(admit(&log, change), Err(Rejection::Frozen));
        }
        assert_eq!(admit(&log, to(Some("a"))), Ok(()));
        assert_eq!(admit(&log, to(None)), Ok(()));
    }
}

#[test]
fn a_migration_is_adopted_once_and_not_while_a_create_request_may_take_effect() {
    assert_eq!(admit(&migration(vec![]), adopted()), Ok(()));
    assert_eq!(admit(&migration(created()), adopted()), Err(Rejection::HasMigration));
    let undecided = admit(&migration(vec![create()]), adopted());
    assert!(matches!(undecided, Err(Rejection::Undecided { unclear: false, .. })));
}

#[test]
fn a_cutover_that_may_have_been_sent_is_not_held_postponed_or_given_up() {
    let decisions: [Event; 3] =
        [Held::new().into(), Postponed::new().into(), CutoverForgone::new().into()];
    let before = migration(until_ready());
    let after = migration([until_ready(), vec![cutover()]].concat());
    for decision in decisions {
        assert_eq!(admit(&before, decision.clone()), Ok(()));
        let late = admit(&after, decision);
        assert!(matches!(late, Err(Rejection::TooLate { intent_seq: 5, .. })), "{late:?}");
    }
}

#[test]
fn nothing_is_sent_for_a_migration_that_ended_or_is_held_or_whose_last_request_is_undecided() {
    let log = migration(vec![ended(EndResult::Failed)]);
    assert_eq!(admit(&log, create()), Err(Rejection::Ended(EndResult::Failed)));
    let log = migration(vec![Held::new().into()]);
    assert_eq!(admit(&log, create()), Err(Rejection::Held));
    assert_eq!(admit(&log, overriding(Operation::Create)), Ok(()));
    assert_eq!(admit(&with(log, vec![Released::new().into()]), create()), Ok(()));
    let log = migration(vec![create()]);
    let undecided = admit(&log, cutover());
    assert!(matches!(undecided, Err(Rejection::Undecided { intent_seq: 2, unclear: false, .. })));
    let undecided = admit(&clouded(log), create());
    assert!(matches!(undecided, Err(Rejection::Undecided { intent_seq: 2, unclear: true, .. })));
}

/// The bug: a validation, which changes nothing, holds up a migration, or sends beside a request that changes something.
#[test]
fn a_validation_is_repeated_and_holds_up_only_while_its_process_may_send_it() {
    let validate = || -> Event { intent(Operation::Validate).into() };
    let log = migration(vec![validate()]);
    assert_eq!(admit(&log, validate()), Ok(()));
    assert!(matches!(admit(&log, create()), Err(Rejection::Undecided { .. })));
    assert_eq!(admit(&clouded(log), create()), Ok(()));
    let done = migration(vec![validate(), accepted(2).into()]);
    assert_eq!(admit(&done, validate()), Ok(()));
    let log = migration(vec![create()]);
    assert!(matches!(admit(&log, validate()), Err(Rejection::Undecided { .. })));
}

#[test]
fn a_create_request_is_sent_once_and_as_it_was_planned() {
    assert_eq!(admit(&migration(vec![adopted()]), create()), Err(Rejection::HasMigration));
    let created = migration(created());
    assert!(matches!(admit(&created, create()), Err(Rejection::AlreadyDone { .. })));
    let mut other = intent(Operation::Create);
    other.request_hash = Hash::of(&json!(2));
    assert_eq!(admit(&migration(vec![]), other), Err(Rejection::HashChanged));
    let refused_before = migration(refused_create());
    assert_eq!(admit(&refused_before, create()), Err(Rejection::RefusedBefore));
    let validated = with(refused_before, vec![intent(Operation::Validate).into()]);
    let refusal = validated.state.refusal.as_ref().map(|refusal| &refusal.op);
    assert_eq!(refusal, Some(&Operation::Create), "a validation does not end it");
    let slowed = migration(vec![create(), refused(2, 429)]);
    assert_eq!(admit(&slowed, create()), Ok(()), "the rate limit refuses for a moment");
    let invalid = migration(vec![intent(Operation::Validate).into(), refused(2, 400)]);
    assert_eq!(admit(&invalid, create()), Ok(()), "it was another request");
}

/// The bug: any one of the conditions of a cutover is not checked where it is written down.
#[test]
fn each_condition_of_a_cutover_is_checked_and_a_person_overrides_all_but_its_existence() {
    let until_ms = 10 * MINUTE;
    let mut postponed = Postponed::new();
    postponed.until_ms = Some(until_ms);
    let mut vetoed = Vetoed::new("stop-writes".to_owned());
    vetoed.until_ms = Some(until_ms);
    let keeping = [
        (vec![CutoverForgone::new().into()], Rejection::Forgone),
        (vec![vetoed.into()], Rejection::Held),
        (vec![Vetoed::new("stop-writes".to_owned()).into()], Rejection::Held),
        (vec![postponed.into()], Rejection::Postponed { until_ms }),
        (vec![observed("WORKING", false).into()], Rejection::NotReady),
        (
            vec![planned(1).into()],
            Rejection::NotApproved { action: Action::Cutover, have: 0, need: 1 },
        ),
    ];
    assert_eq!(admit(&migration(until_ready()), cutover()), Ok(()));
    for (events, rejection) in keeping {
        let mut log = migration([until_ready(), events].concat());
        log.now_ms = until_ms - 1;
        assert_eq!(admit(&log, cutover()), Err(rejection.clone()));
        assert_eq!(admit(&log, overriding(Operation::Cutover)), Ok(()), "{rejection:?}");
        log.now_ms = until_ms;
        let ends = matches!(rejection, Rejection::Postponed { .. });
        assert_eq!(admit(&log, cutover()).is_ok(), ends || log.state.veto == Some(Some(until_ms)));
    }
    assert_eq!(admit(&migration(created()), cutover()), Err(Rejection::NotReady), "nobody looked");
    for intent in [cutover(), overriding(Operation::Cutover)] {
        assert_eq!(admit(&migration(vec![]), intent), Err(Rejection::NoMigration));
    }
    for (policy, expected) in [(hash(), Ok(())), (Hash::of(&json!(2)), Err(Rejection::HashChanged))]
    {
        let mut intent = intent(Operation::Cutover);
        intent.policy_hash = Some(policy);
        assert_eq!(admit(&migration(until_ready()), intent), expected);
    }
}

/// The bug: one approval counts for two, for another policy or request, or after it was withdrawn.
#[test]
fn approvals_count_for_their_action_policy_and_request_until_they_are_withdrawn() {
    let (other, action) = (Hash::of(&json!(2)), Action::Cutover);
    let approved = |action, policy: &Hash, request: &Hash| -> Event {
        Approved::new(action, policy.clone(), request.clone()).into()
    };
    let mut log = migration(vec![
        approved(Action::CreateWithDrop, &hash(), &hash()),
        approved(Action::Cutover, &other, &hash()),
        approved(Action::Cutover, &hash(), &other),
        approved(Action::Cutover, &hash(), &hash()),
        approved(Action::Cutover, &hash(), &hash()),
    ]);
    assert_eq!(log.state.valid_approvals(&action, 0), [5], "both are of the same user");
    for (user, approval) in ["ana", "bob"].into_iter().zip(log.state.approvals.values_mut().skip(3))
    {
        approval.db_user = Some(user.to_owned());
    }
    assert_eq!(log.state.valid_approvals(&action, 0), [5, 6]);
    let withdraw = |action, approvals: &[u64]| -> Event {
        let mut withdrawn = ApprovalWithdrawn::new(action);
        withdrawn.approvals = approvals.to_vec();
        withdrawn.into()
    };
    let log =
        with(log, vec![withdraw(Action::CreateWithDrop, &[5]), withdraw(Action::Cutover, &[6])]);
    assert_eq!(log.state.valid_approvals(&action, 0), [5]);
    assert_eq!(log.state.valid_approvals(&Action::CreateWithDrop, 0), [2]);
    let log = with(log, vec![withdraw(Action::Cutover, &[])]);
    assert!(log.state.valid_approvals(&action, 0).is_empty());
    assert_eq!(log.state.valid_approvals(&Action::CreateWithDrop, 0), [2]);
    let unknown = Action::Other("split".to_owned());
    assert_eq!(log.state.needed_approvals(&unknown), usize::MAX);
}

#[test]
fn a_retry_follows_a_failed_attempt_or_a_refused_create_and_counts_by_one() {
    let failed = |result| migration([created(), vec![ended(result)]].concat());
    let cannot = Err(Rejection::CannotRetry);
    for (log, attempt, expected) in [
        (failed(EndResult::Failed), 2, Ok(())),
        (failed(EndResult::Expired), 2, Ok(())),
        (failed(EndResult::Failed), 3, cannot.clone()),
        (failed(EndResult::Complete), 2, cannot.clone()),
        (migration(refused_create()), 2, Ok(())),
        (migration(vec![]), 2, cannot.clone()),
        (migration([refused_create(), vec![adopted()]].concat()), 2, cannot.clone()),
        (migration(vec![intent(Operation::Validate).into(), refused(2, 400)]), 2, cannot),
    ] {
        assert_eq!(admit(&log, Retry::new(attempt)), expected, "{:?}", log.state.ended);
    }
    // A validation that may be on its way outlives the end of its attempt in Atlas.
    let undecided = admit(&migration(vec![create()]), Retry::new(2));
    assert!(matches!(undecided, Err(Rejection::Undecided { .. })), "{undecided:?}");
}

#[test]
fn an_attempt_ends_once_and_not_while_its_create_request_may_take_effect() {
    let undecided = migration(vec![create()]);
    let end = admit(&undecided, ended(EndResult::Failed));
    assert!(matches!(end, Err(Rejection::Undecided { .. })), "{end:?}");
    let log = migration(created());
    assert_eq!(admit(&log, ended(EndResult::Failed)), Ok(()));
    misplaced(&admit(&log, ended(EndResult::Forgone)));
    let forgone = with(log, vec![CutoverForgone::new().into()]);
    assert_eq!(admit(&forgone, ended(EndResult::Forgone)), Ok(()));
    misplaced(&admit(&migration(vec![ended(EndResult::Failed)]), ended(EndResult::Failed)));
    let cutting = migration([until_ready(), vec![cutover()]].concat());
    assert_eq!(admit(&cutting, ended(EndResult::Complete)), Ok(()), "Atlas says so");
}
