//! The phase of a stream, and what it waits for.

use super::{
    admit::{
        MINUTE, admit, clouded, create, created, cutover, ended, migration, refused,
        refused_create, until_ready, with,
    },
    stream::{ID, Log, accepted, intent, observed, planned},
};
use crate::event::{
    CutoverForgone, EndResult, Event, Held, Operation, PollsFailing, Postponed, Resolution,
    Resolved, ResolvedBy, StreamKind, Validated, ValidationStatus, Vetoed,
};
use crate::state::{Conditions, HookView, Phase, Rejection, WaitsFor, WindowView};

#[test]
fn a_repeated_validation_forgets_the_result_of_the_one_before() {
    let validated = |status| -> Event { Validated::new(ID.parse().unwrap(), status).into() };
    let validate = || -> Event { intent(Operation::Validate).into() };
    let log = migration(vec![validate(), accepted(2).into(), validated(ValidationStatus::Success)]);
    assert_eq!(log.state.phase(), Phase::Validated);
    let log = with(log, vec![validate()]);
    assert_eq!(log.state.phase(), Phase::Validating);
    let log = with(log, vec![accepted(5).into(), validated(ValidationStatus::Failed)]);
    assert_eq!(log.state.phase(), Phase::Planned);
    assert!(log.state.waits_for(&Conditions::new(0)).to_string().contains("validation failed"));
}

#[test]
fn the_requests_of_a_link_make_its_phase() {
    let link = |events| with(Log::of(StreamKind::Link), events);
    let create = || -> Event { intent(Operation::LinkCreate).into() };
    let delete = || -> Event { intent(Operation::LinkDelete).into() };
    assert_eq!(link(vec![]).state.phase(), Phase::Unlinked);
    assert_eq!(link(vec![create()]).state.phase(), Phase::Linking);
    assert_eq!(clouded(link(vec![create()])).state.phase(), Phase::Unclear);
    let linked = link(vec![create(), accepted(1).into()]);
    assert_eq!(linked.state.phase(), Phase::Linked);
    assert!(matches!(admit(&linked, create()), Err(Rejection::AlreadyDone { .. })));
    let deleting = with(linked, vec![delete()]);
    assert_eq!(deleting.state.phase(), Phase::Unlinking);
    assert!(matches!(admit(&deleting, delete()), Err(Rejection::Undecided { .. })));
    let lost = clouded(deleting);
    assert_eq!(lost.state.phase(), Phase::Unclear);
    assert_eq!(admit(&lost, delete()), Ok(()), "deleting again makes it certain");
    let took = Resolved::new(3, Resolution::TookEffect, ResolvedBy::Look);
    assert_eq!(with(lost, vec![took.into()]).state.phase(), Phase::Unlinked);
    let refused = link(vec![create(), refused(1, 400)]);
    assert_eq!(refused.state.phase(), Phase::Unlinked);
}

#[test]
fn what_atlas_shows_and_what_people_decide_make_the_phase() {
    for (status, phase) in [
        ("COMPLETE", Phase::Complete),
        ("FAILED", Phase::Failed),
        ("EXPIRED", Phase::Expired),
        ("NEW", Phase::Replicating),
    ] {
        let log = migration([created(), vec![observed(status, false).into()]].concat());
        assert_eq!(log.state.phase(), phase);
    }
    for (result, phase) in [
        (EndResult::Complete, Phase::Complete),
        (EndResult::Failed, Phase::Failed),
        (EndResult::Expired, Phase::Expired),
        (EndResult::Other("gone".to_owned()), Phase::Blocked),
    ] {
        let log = migration([created(), vec![ended(result)]].concat());
        assert_eq!(log.state.phase(), phase);
    }
    let mut vetoed = Vetoed::new("stop-writes".to_owned());
    assert_eq!(migration(vec![vetoed.clone().into()]).state.phase(), Phase::Held);
    vetoed.until_ms = Some(MINUTE);
    assert_eq!(migration(vec![vetoed.into()]).state.phase(), Phase::Planned, "it ends by itself");
    let forgone = migration([until_ready(), vec![CutoverForgone::new().into()]].concat());
    assert_eq!((forgone.state.phase(), waits(&forgone)), (Phase::Forgone, WaitsFor::Expiry));
    let ended = with(forgone, vec![ended(EndResult::Forgone)]);
    assert_eq!((ended.state.phase(), waits(&ended)), (Phase::Forgone, WaitsFor::Nothing));
    let failing = PollsFailing::new(7, "timeout".to_owned(), 3);
    assert_eq!(migration(vec![failing.into()]).state.polls_failing_since_ms, Some(7));
}

fn waits(log: &Log) -> WaitsFor {
    log.state.waits_for(&Conditions::new(log.now_ms))
}

#[track_caller]
fn says(waits: &WaitsFor, expected: &str) {
    assert!(waits.to_string().contains(expected), "{expected}: {waits:?}");
}

/// The bug: a person waits for the wrong thing.
#[test]
fn a_migration_says_what_it_waits_for_before_its_creation() {
    let validated = |status| migration(vec![Validated::new(ID.parse().unwrap(), status).into()]);
    let success = || validated(ValidationStatus::Success);
    assert_eq!(waits(&migration(vec![])), WaitsFor::Runner("validates it"));
    assert_eq!(waits(&success()), WaitsFor::Runner("starts it"));
    let mut conditions = Conditions::new(0);
    conditions.turn = false;
    assert_eq!(success().state.waits_for(&conditions), WaitsFor::Turn);
    let mut dropping = planned(0);
    dropping.drops_destination = true;
    says(&waits(&with(success(), vec![dropping.into()])), "create_with_drop, 0 of 1");
    says(&waits(&migration(refused_create())), "Atlas refused create");
    says(&waits(&with(success(), vec![create(), refused(3, 400)])), "Atlas refused create");
    assert_eq!(
        waits(&with(success(), vec![create(), refused(3, 429)])),
        WaitsFor::Runner("starts it")
    );
    let slowed = migration(vec![intent(Operation::Validate).into(), refused(2, 429)]);
    assert_eq!(waits(&slowed), WaitsFor::Runner("validates it"));
    let invalid = migration(vec![intent(Operation::Validate).into(), refused(2, 400)]);
    says(&waits(&invalid), "Atlas refused validate");
    let corrected = vec![intent(Operation::Validate).into(), accepted(4).into()];
    assert_eq!(waits(&with(invalid, corrected)), WaitsFor::Validation);
    says(&waits(&migration(vec![create()])), "the response to create");
    let validating = vec![intent(Operation::Validate).into(), accepted(2).into()];
    assert_eq!(waits(&migration(validating)), WaitsFor::Validation);
    let mut other = accepted(2);
    other.id = Some("ffffffffffffffffffffffff".parse().unwrap());
    let contradicting = migration([created(), vec![other.into()]].concat());
    says(&waits(&contradicting), "a person: both migration");
    says(&waits(&clouded(migration(vec![create()]))), "the fate of create");
}

#[test]
fn a_migration_says_what_it_waits_for_before_its_cutover() {
    let ready = |events| migration([until_ready(), events].concat());
    assert_eq!(waits(&ready(vec![])), WaitsFor::Runner("cuts it over"));
    let mut vetoed = Vetoed::new("stop-writes".to_owned());
    vetoed.until_ms = Some(MINUTE);
    assert_eq!(waits(&ready(vec![vetoed.into()])), WaitsFor::Hook);
    let mut postponed = Postponed::new();
    postponed.until_ms = Some(MINUTE);
    let mut log = ready(vec![postponed.into()]);
    assert_eq!(waits(&log), WaitsFor::Postponement(MINUTE));
    log.now_ms = MINUTE;
    assert_eq!(waits(&log), WaitsFor::Runner("cuts it over"));
    says(&waits(&ready(vec![planned(2).into()])), "approvals for cutover, 0 of 2");
    let log = ready(vec![]);
    let under = |change: fn(&mut Conditions)| {
        let mut conditions = Conditions::new(0);
        change(&mut conditions);
        log.state.waits_for(&conditions)
    };
    assert_eq!(under(|c| c.turn = false), WaitsFor::Turn);
    assert_eq!(under(|c| c.lag_is_low = false), WaitsFor::Lag);
    assert_eq!(under(|c| c.hook = HookView::Pending), WaitsFor::Hook);
    let opens = under(|c| c.window = WindowView::Opens("at ten".to_owned()));
    assert_eq!(opens, WaitsFor::Window("at ten".to_owned()));
    says(&under(|c| c.window = WindowView::Over), "the last window is over");
    let cutting = clouded(ready(vec![cutover()]));
    says(&waits(&cutting), "the fate of the cutover (event 5)");
    assert_eq!(waits(&ready(vec![Held::new().into()])), WaitsFor::Release);
    assert_eq!(waits(&ready(vec![cutover(), accepted(5).into()])), WaitsFor::Completion);
    says(&waits(&ready(vec![ended(EndResult::Failed)])), "`retry` starts the next attempt");
}
