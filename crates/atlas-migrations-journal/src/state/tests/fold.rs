//! What events add up to, also those that contradict each other.

use super::{
    admit::{
        MINUTE, admit, clouded, create, created, cutover, ended, migration, refused_create,
        unclear, with,
    },
    stream::{Log, accepted, intent, observed, planned},
};
use crate::event::{EndResult, Operation, Resolution, Resolved, ResolvedBy, Retry};
use crate::state::{Phase, Rejection};

/// The bug: the end of an attempt frees or occupies the wrong destination, or closes the requests of another attempt.
#[test]
fn an_end_decides_the_requests_of_its_attempt_and_names_the_completed_destination() {
    let mut to = planned(0);
    to.destination = Some("a".to_owned());
    for (result, completed) in
        [(EndResult::Complete, Some("a".to_owned())), (EndResult::Failed, None)]
    {
        let events = [vec![to.clone().into()], vec![create(), accepted(3).into()]].concat();
        let log = migration([events, vec![observed("WORKING", true).into(), cutover()]].concat());
        assert!(log.state.occupies_destination());
        let log = with(log, vec![ended(result)]);
        assert_eq!(log.state.completed_destination, completed);
        assert!(log.state.undecided().is_none() && !log.state.occupies_destination());
    }
    let planned = migration(vec![to.into()]);
    assert!(!planned.state.occupies_destination());
    assert!(with(planned, vec![create()]).state.occupies_destination());
    assert!(!migration(created()).state.occupies_destination(), "it names no destination");
}

#[test]
fn an_outcome_is_late_after_its_request_was_called_unclear_or_was_resolved() {
    let log = migration(vec![create()]);
    assert!(!log.state.is_late(&accepted(2).into()));
    let log = clouded(log);
    assert!(log.state.is_late(&accepted(2).into()));
    assert!(!log.state.is_late(&accepted(1).into()));
    assert!(!log.state.is_late(&unclear(2).into()));
}

/// The bug: two responses name two migrations, and one of them is forgotten.
#[test]
fn contradicting_events_block_a_stream_and_nothing_is_sent_for_it() {
    let blocked = |log: &Log| {
        assert_eq!(log.state.phase(), Phase::Blocked);
        assert!(matches!(admit(log, create()), Err(Rejection::Blocked(_))));
    };
    let mut other = accepted(2);
    other.id = Some("ffffffffffffffffffffffff".parse().unwrap());
    blocked(&migration([created(), vec![other.into()]].concat()));
    let same = migration([created(), vec![accepted(2).into()]].concat());
    assert_eq!(same.state.phase(), Phase::Replicating, "it says the same again");
    // The first request was said to have taken no effect, and the next attempt began.
    let mut log = migration(refused_create());
    log.append(Retry::new(2)).unwrap();
    log.append(accepted(2)).unwrap();
    blocked(&log);
}

#[test]
fn a_response_after_a_person_said_that_there_was_no_effect_takes_the_slot_again() {
    let mut log = migration(vec![create()]);
    log.now_ms = MINUTE;
    log.append(Resolved::new(2, Resolution::DidNot, ResolvedBy::Person)).unwrap();
    assert_eq!(admit(&log, create()), Ok(()));
    log.append(accepted(2)).unwrap();
    assert!(matches!(admit(&log, create()), Err(Rejection::AlreadyDone { intent_seq: 2, .. })));
    let mut log = migration(vec![intent(Operation::Validate).into()]);
    log.now_ms = MINUTE;
    log.append(unclear(2)).unwrap();
    log.append(accepted(2)).unwrap();
    assert!(log.state.slot(&Operation::Validate).is_none(), "a validation has none to take");
}
