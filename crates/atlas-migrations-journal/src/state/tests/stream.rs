//! Properties of the state under random events.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use crate::state::{Conditions, Look, Phase, Rejection, Rules, SlotState, StreamState, WaitsFor};
use crate::{
    event::{
        Action, Actor, Approved, CutoverForgone, EndResult, Ended, Event, EventRecord, Held,
        Intent, NewEvent, Observed, Operation, Outcome, OutcomeResult, Planned, Released,
        Resolution, Resolved, ResolvedBy, Retry, Sent, StreamKind, Unclear, UnclearReason,
    },
    hash::Hash,
    ids::StreamId,
};

pub(super) const ID: &str = "6f0a1b2c3d4e5f6071829304";

/// A stream in memory that appends what its state admits.
pub(super) struct Log {
    stream: StreamId,
    pub(super) state: StreamState,
    records: Vec<EventRecord>,
    pub(super) now_ms: i64,
}

impl Log {
    pub(super) fn new() -> Self {
        Self::of(StreamKind::Migration)
    }

    pub(super) fn of(kind: StreamKind) -> Self {
        Self {
            stream: StreamId::new(),
            state: StreamState::new(kind),
            records: Vec::new(),
            now_ms: 0,
        }
    }

    pub(super) fn append(&mut self, event: impl Into<Event>) -> Result<(), Rejection> {
        let new = NewEvent::new(Actor::new("ana", "ops1"), event).with_attempt(self.state.attempt);
        self.state.admit(&new, self.now_ms, &Rules::default())?;
        let record = EventRecord {
            stream: self.stream,
            seq: self.state.head + 1,
            position: self.state.head + 1,
            event_id: new.event_id,
            attempt: new.attempt,
            at_ms: self.now_ms,
            actor: new.actor,
            db_user: None,
            runner: None,
            fields: new.event.to_fields(),
            event: new.event,
        };
        self.state.apply(&record);
        self.records.push(record);
        Ok(())
    }
}

pub(super) fn hash() -> Hash {
    Hash::of(&json!(1))
}

pub(super) fn planned(approvers: u32) -> Planned {
    let mut planned = Planned::new("orders".parse().unwrap(), hash(), hash(), json!({}));
    planned.approvers = approvers;
    planned
}

pub(super) fn intent(op: Operation) -> Intent {
    Intent::new(op, "POST".to_owned(), "/x".to_owned(), "2023-01-01".to_owned(), hash())
}

pub(super) fn accepted(seq: u64) -> Outcome {
    let mut outcome = Outcome::new(seq, OutcomeResult::Accepted);
    outcome.id = Some(ID.parse().unwrap());
    outcome
}

pub(super) fn observed(status: &str, ready: bool) -> Observed {
    let mut observed = Observed::new(status.to_owned(), 0);
    observed.ready = Some(ready);
    observed
}

/// Makes an event from three random numbers.
fn event(kind: u8, seq: u64, word: u8) -> Event {
    let did_not = || Resolved::new(seq, Resolution::DidNot, ResolvedBy::Person);
    match kind {
        0 => planned(u32::from(word % 2)).into(),
        1 => intent(Operation::Validate).into(),
        2..=4 => intent(Operation::Create).into(),
        5..=7 => intent(Operation::Cutover).into(),
        8 | 9 => accepted(seq).into(),
        10 => Outcome::new(seq, OutcomeResult::Accepted).into(),
        11 => {
            let mut outcome = Outcome::new(seq, OutcomeResult::Refused);
            outcome.status = Some(if word.is_multiple_of(2) { 400 } else { 429 });
            outcome.into()
        }
        12 => Outcome::new(seq, OutcomeResult::NotSent).into(),
        13 => Unclear::new(seq, UnclearReason::Timeout, Sent::Whole).into(),
        14 => did_not().into(),
        15 => {
            let mut resolved = Resolved::new(seq, Resolution::TookEffect, ResolvedBy::Look);
            resolved.id = Some(ID.parse().unwrap());
            resolved.into()
        }
        16 | 17 => observed("WORKING", word < 128).into(),
        18 => observed("FAILED", false).into(),
        19 => Held::new().into(),
        20 => Released::new().into(),
        21 => Approved::new(Action::Cutover, hash(), hash()).into(),
        22 => CutoverForgone::new().into(),
        23 => Retry::new(u32::from(word % 4)).into(),
        _ => Ended::new(if word < 128 { EndResult::Failed } else { EndResult::Complete }).into(),
    }
}

/// Counts the requests of each attempt that may have reached Atlas: all intents but those closed since.
fn possible_requests(records: &[EventRecord]) -> BTreeMap<(u32, Operation), i64> {
    let mut open: BTreeMap<u64, (u32, Operation)> = BTreeMap::new();
    for record in records {
        match &record.event {
            Event::Intent(intent) => {
                open.insert(record.seq, (record.attempt, intent.op.clone()));
            }
            Event::Outcome(outcome)
                if matches!(outcome.result, OutcomeResult::Refused | OutcomeResult::NotSent) =>
            {
                open.remove(&outcome.intent_seq);
            }
            Event::Resolved(resolved) if resolved.result == Resolution::DidNot => {
                open.remove(&resolved.intent_seq);
            }
            _ => {}
        }
    }
    let mut counts = BTreeMap::new();
    for key in open.into_values() {
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_events_never_allow_a_second_create_or_cutover(
        steps in prop::collection::vec((0u8..25, 1u64..20, any::<u8>(), 0i64..400_000), 1..60)
    ) {
        let mut log = Log::new();
        for (kind, seq, word, passed) in steps {
            log.now_ms += passed;
            let event = event(kind, seq, word);
            let undecided = log.state.undecided().map(|(key, _)| key.op.clone());
            let is_intent = matches!(&event, Event::Intent(intent) if intent.op != Operation::Validate);
            let appended = log.append(event).is_ok();
            if appended && is_intent {
                prop_assert_eq!(undecided, None, "an intent was admitted while a request was undecided");
            }
            for ((attempt, op), count) in possible_requests(&log.records) {
                if op != Operation::Validate {
                    prop_assert!(count <= 1, "{count} {op} requests in attempt {attempt}");
                }
            }
            let folded = StreamState::fold(StreamKind::Migration, &log.records);
            prop_assert_eq!(&folded, &log.state);
            let line = log.state.waits_for(&Conditions::new(log.now_ms)).to_string();
            prop_assert!(!line.is_empty() && !line.contains('\n'));
        }
        let sequences: Vec<_> = log.records.iter().map(|record| record.seq).collect();
        prop_assert_eq!(sequences, (1..=log.state.head).collect::<Vec<_>>());
    }

    #[test]
    fn any_event_can_be_added_even_one_that_would_not_be_admitted(
        steps in prop::collection::vec((0u8..25, 1u64..20, any::<u8>()), 1..60)
    ) {
        let mut log = Log::new();
        for (at, (kind, seq, word)) in steps.into_iter().enumerate() {
            let event = event(kind, seq, word);
            let record = EventRecord {
                stream: log.stream,
                seq: at as u64 + 1,
                position: at as u64 + 1,
                event_id: crate::EventId::new(),
                attempt: 1,
                at_ms: 0,
                actor: Actor::new("ana", "ops1"),
                db_user: None,
                runner: None,
                fields: event.to_fields(),
                event,
            };
            log.state.apply(&record);
        }
        prop_assert!(!log.state.waits_for(&Conditions::new(0)).to_string().is_empty());
    }
}

#[test]
fn a_migration_goes_from_planned_to_complete_and_says_what_it_waits_for() {
    let mut log = Log::new();
    let waits = |log: &Log| log.state.waits_for(&Conditions::new(log.now_ms));
    log.append(planned(1)).unwrap();
    assert_eq!(
        (log.state.phase(), waits(&log)),
        (Phase::Planned, WaitsFor::Runner("validates it"))
    );
    log.append(intent(Operation::Create)).unwrap();
    assert_eq!(log.state.phase(), Phase::Creating);
    assert_eq!(waits(&log).to_string(), "the response to create; ana@ops1 records it");
    log.append(accepted(2)).unwrap();
    assert_eq!((log.state.phase(), waits(&log)), (Phase::Replicating, WaitsFor::Ready));
    log.append(observed("WORKING", true)).unwrap();
    assert_eq!(log.state.phase(), Phase::Ready);
    assert_eq!(waits(&log).to_string(), "approvals for cutover, 0 of 1; `approve` gives one");
    assert!(
        log.append(intent(Operation::Cutover))
            .unwrap_err()
            .to_string()
            .starts_with("0 of 1 approvals")
    );
    log.append(Approved::new(Action::Cutover, hash(), hash())).unwrap();
    log.append(intent(Operation::Cutover)).unwrap();
    assert_eq!(log.state.phase(), Phase::CuttingOver);
    let too_late = log.append(Held::new()).unwrap_err().to_string();
    assert_eq!(too_late, "too late: cutover intent 6 at 1970-01-01T00:00:00Z by ana@ops1");
    log.append(Unclear::new(6, UnclearReason::Timeout, Sent::Whole)).unwrap_err();
    log.now_ms = 60_000;
    log.append(Unclear::new(6, UnclearReason::RunnerGone, Sent::Unknown)).unwrap();
    assert_eq!(log.state.phase(), Phase::Unclear);
    log.append(accepted(6)).unwrap();
    assert_eq!(log.state.phase(), Phase::CuttingOver);
    log.append(observed("COMPLETE", false)).unwrap();
    log.append(Ended::new(EndResult::Complete)).unwrap();
    assert_eq!((log.state.phase(), waits(&log)), (Phase::Complete, WaitsFor::Nothing));
}

/// The bug: a migration that replicates for weeks fills the journal, or its curve is a line between two points.
#[test]
fn a_lag_is_worth_an_event_if_it_is_visibly_another_one_or_an_hour_passed() {
    let look = |lag_seconds| Look {
        status: "WORKING".to_owned(),
        ready: false,
        lag_seconds,
        polled_ms: 0,
    };
    let minutes = |minutes: i64| minutes * 60_000;
    for (before, after, ready, minute, is_news) in [
        (Some(1000), Some(940), false, 9, false),
        (Some(1000), Some(940), false, 10, true),
        (Some(1000), Some(960), false, 59, false),
        (Some(1000), Some(960), false, 60, true),
        (Some(0), Some(1), false, 10, false),
        (None, Some(1), false, 10, true),
        (Some(1000), None, false, 60, false),
        (Some(1000), Some(0), true, 60, false),
        (Some(0), Some(u64::MAX), false, 10, true),
    ] {
        let found = look(before).is_lag_news(ready, after, minutes(minute));
        assert_eq!(found, is_news, "{before:?} {after:?} {minute}");
    }
}

/// The bug: the plan bounds how long an approval counts, and an approval of last month allows a cutover.
#[test]
fn an_approval_counts_until_its_own_time_or_that_of_the_policy_whichever_is_earlier() {
    for (given, counts) in [(None, 600_000), (Some(200_000), 200_000), (Some(900_000), 600_000)] {
        let mut log = Log::new();
        let mut planned = planned(1);
        planned.approval_expires_after_ms = Some(500_000);
        log.append(planned).unwrap();
        log.now_ms = 100_000;
        let mut approved = Approved::new(Action::Cutover, hash(), hash());
        approved.expires_ms = given;
        log.append(approved).unwrap();
        let valid = |now_ms| log.state.valid_approvals(&Action::Cutover, now_ms).len();
        assert_eq!((valid(counts - 1), valid(counts)), (1, 0), "{given:?}");
    }
}

#[test]
fn a_person_says_that_a_request_took_no_effect_only_after_the_time_limit() {
    let mut log = Log::new();
    log.append(planned(0)).unwrap();
    log.append(intent(Operation::Create)).unwrap();
    log.now_ms = 59_999;
    let did_not = || Resolved::new(2, Resolution::DidNot, ResolvedBy::Person);
    assert_eq!(log.append(did_not()).unwrap_err(), Rejection::TooEarly { allowed_ms: 60_000 });
    log.now_ms = 60_000;
    log.append(did_not()).unwrap();
    log.append(intent(Operation::Create)).unwrap();
    // The response of the first request comes after all: both may have taken effect.
    log.append(accepted(2)).unwrap();
    assert_eq!(log.state.phase(), Phase::Blocked);
    assert!(log.append(intent(Operation::Cutover)).is_err());
}

#[test]
fn a_create_request_that_drops_data_needs_its_own_approval() {
    let mut log = Log::new();
    let mut dropping = planned(0);
    dropping.drops_destination = true;
    log.append(dropping).unwrap();
    assert!(
        log.append(intent(Operation::Create)).unwrap_err().to_string().contains("create_with_drop")
    );
    log.append(Approved::new(Action::CreateWithDrop, hash(), Hash::of(&json!(2)))).unwrap();
    assert!(
        log.append(intent(Operation::Create)).is_err(),
        "an approval for another request does not count"
    );
    log.append(Approved::new(Action::CreateWithDrop, hash(), hash())).unwrap();
    log.append(intent(Operation::Create)).unwrap();
}

#[test]
fn a_create_without_an_id_in_its_response_is_unclear() {
    let mut log = Log::new();
    log.append(planned(0)).unwrap();
    log.append(intent(Operation::Create)).unwrap();
    log.append(Outcome::new(2, OutcomeResult::Accepted)).unwrap();
    assert_eq!(log.state.unclear().map(|(_, slot)| slot.state), Some(SlotState::Unclear));
}

#[test]
fn an_intent_of_a_later_version_blocks_its_stream() {
    let mut log = Log::new();
    log.append(planned(0)).unwrap();
    let fields = serde_json::Map::new();
    let mut record = log.records[0].clone();
    record.seq = 2;
    record.event = Event::from_fields("intent", 2, &fields);
    log.state.apply(&record);
    assert_eq!(log.state.phase(), Phase::Blocked);
    assert!(log.append(intent(Operation::Create)).is_err());
}

#[test]
fn a_lost_link_request_is_made_certain_by_deleting_the_link() {
    let mut log = Log::of(StreamKind::Link);
    log.append(intent(Operation::LinkCreate)).unwrap();
    assert!(log.append(intent(Operation::LinkDelete)).is_err(), "the process may still send");
    log.now_ms = 60_000;
    log.append(Unclear::new(1, UnclearReason::RunnerGone, Sent::Unknown)).unwrap();
    assert!(log.append(intent(Operation::LinkCreate)).is_err());
    log.append(intent(Operation::LinkDelete)).unwrap();
    log.append(Outcome::new(3, OutcomeResult::Accepted)).unwrap();
    assert_eq!(log.state.phase(), Phase::Unlinked);
    log.append(intent(Operation::LinkCreate)).unwrap();
}
