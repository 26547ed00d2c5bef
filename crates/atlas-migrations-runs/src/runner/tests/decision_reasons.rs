//! What alone keeps a request back, what alone proves nothing, and what is said of it.

use atlas_migrations_journal::{
    AtlasId, Redactor,
    event::{
        Approved, CutoverForgone, DeadlineNear, EndResult, Event, Operation, OutcomeResult,
        Planned, PollsFailing, Postponed, Resolution, Resolved, ResolvedBy, Sent, Unclear,
        UnclearReason,
    },
    state::WaitsFor,
};
use serde_json::json;

use super::decisions::{Case, WRITTEN, hash, intent, look, observed, outcome, policy, until_ready};
use crate::runner::{facts::Seen, next::Next};

const HOUR: i64 = 3_600_000;

fn unclear(intent_seq: u64) -> Event {
    Unclear::new(intent_seq, UnclearReason::ConnectionLost, Sent::Unknown).into()
}

fn planned(policy: &str) -> Event {
    let name = "orders".parse().unwrap();
    Planned::new(name, hash("request"), hash(policy), json!({})).into()
}

/// The bug: a process follows an old file, and starts or cuts over what another process planned in another way.
#[tokio::test]
async fn a_plan_that_is_not_current_or_held_keeps_the_creation_back_too() {
    let validated = || Case::new(until_ready()[..3].to_vec());
    assert_eq!(validated().next().await, Next::Create);
    let cases = [
        ("changed the plan", validated().with(|case| case.plan.is_current = false)),
        ("changed the plan", validated().with(|case| case.events.push(planned("other")))),
        ("a person; `release`", validated().with(|case| case.plan.is_held = true)),
        ("not in the plan anymore", validated().with(|case| case.policy = None)),
        (
            "the destination is complete",
            validated()
                .with(|case| case.memory.trap = Some("the destination is complete".to_owned())),
        ),
        ("changed the plan", Case::ready(vec![planned("other")])),
    ];
    for (expected, case) in cases {
        let waits = case.waits_for().await;
        assert!(waits.contains(expected), "{expected}: {waits}");
    }
}

/// The bug: something is sent for a migration of which the journal contradicts itself.
#[tokio::test]
async fn a_stream_that_contradicts_itself_waits_for_a_person() {
    let other: AtlasId = "6296fb4c7c7aa997cf94e9a9".parse().unwrap();
    let mut resolved = Resolved::new(5, Resolution::TookEffect, ResolvedBy::Person);
    resolved.id = Some(other);
    let late = outcome(5, OutcomeResult::Accepted, 201);
    let events = [until_ready()[..4].to_vec(), vec![unclear(5), resolved.into(), late]].concat();
    let waits = Case::new(events).waits_for().await;
    assert!(waits.contains("belong to attempt 1"), "{waits}");
}

/// The bug: the earlier of two postponements lets the cutover go.
#[tokio::test]
async fn the_later_postponement_of_the_migration_and_of_the_plan_counts() {
    for (own_ms, of_the_plan_ms) in [(2000, 9000), (9000, 2000), (9000, 0)] {
        let mut postponed = Postponed::new();
        postponed.until_ms = Some(WRITTEN + own_ms);
        let case = Case::ready(vec![postponed.into()])
            .with(|case| case.plan.postponed_until_ms = Some(WRITTEN + of_the_plan_ms));
        assert_eq!(case.next().await, Next::Wait(WaitsFor::Postponement(WRITTEN + 9000)));
    }
}

/// The bug: people are asked for an approval although the copy is not complete yet.
#[tokio::test]
async fn a_migration_that_is_not_ready_waits_for_that_first() {
    let mut events = until_ready();
    events.push(observed("WORKING", false));
    let case = Case::new(events).with(|case| case.approvers = 1);
    assert_eq!(case.next().await, Next::Wait(WaitsFor::Ready));
}

/// The bug: a cutover that had no effect counts as one that took effect, and nobody is asked.
#[tokio::test]
async fn only_a_migration_that_stops_after_the_request_proves_its_cutover() {
    let stopping = || Seen { at_ms: WRITTEN + 1, ..look("WORKING", false, None) };
    let resolved = |ready: bool, seen: Seen| {
        let mut events = until_ready();
        if !ready {
            events.pop();
        }
        let seq = u64::try_from(events.len()).unwrap() + 2;
        let Event::Intent(mut cutover) = intent(Operation::Cutover) else { panic!() };
        cutover.override_policy = Some(Redactor::default().text("the old cluster is gone"));
        events.extend([cutover.into(), unclear(seq), observed(&seen.status, seen.ready)]);
        let case = Case::new(events).with(|case| case.memory.seen = Some(seen));
        async move { matches!(case.next().await, Next::Record(Event::Resolved(_))) }
    };
    assert!(resolved(true, stopping()).await);
    assert!(!resolved(true, Seen { at_ms: WRITTEN, ..stopping() }).await, "seen before");
    assert!(!resolved(true, Seen { ready: true, ..stopping() }).await);
    assert!(!resolved(true, Seen { lag_seconds: Some(1), ..stopping() }).await);
    assert!(!resolved(true, Seen { status: "NEW".to_owned(), ..stopping() }).await);
    assert!(!resolved(false, stopping()).await, "it was never ready");
}

/// The bug: the journal refuses an event again and again, as fast as it can.
#[tokio::test]
async fn what_the_journal_did_not_take_is_recorded_again_at_its_time() {
    let seen =
        || Case::ready(vec![]).with(|case| case.memory.seen = Some(look("PAUSED", false, None)));
    let open =
        || Case::new([until_ready()[..3].to_vec(), vec![intent(Operation::Create)]].concat());
    for case in [seen, open as fn() -> Case] {
        for (later_ms, is_recorded) in [(0, true), (1, false)] {
            let case = case().with(|case| case.memory.record_from_ms = case.now_ms + later_ms);
            assert_eq!(matches!(case.next().await, Next::Record(_)), is_recorded, "{later_ms}");
        }
    }
}

/// The bug: a request that is called unclear is called unclear once more, and the journal refuses that for ever.
#[tokio::test]
async fn an_unclear_request_is_not_called_unclear_again() {
    let events = [until_ready()[..4].to_vec(), vec![unclear(5)]].concat();
    assert!(Case::new(events).waits_for().await.contains("the fate of create"));
}

/// The bug: a look that another process made later is overwritten by an old one of this process.
#[tokio::test]
async fn an_old_look_is_not_recorded_over_a_later_one() {
    let recorded = |at_ms| {
        Case::ready(vec![])
            .with(|case| case.memory.seen = Some(Seen { at_ms, ..look("WORKING", false, None) }))
    };
    assert!(matches!(recorded(WRITTEN).next().await, Next::Record(Event::Observed(_))));
    assert!(!matches!(recorded(WRITTEN - 1).next().await, Next::Record(_)));
}

/// The bug: "polls work again" is recorded because of a look from before they failed.
#[tokio::test]
async fn only_a_look_after_the_failures_ends_them() {
    let failing =
        |since_ms| Case::ready(vec![PollsFailing::new(since_ms, "timeout".to_owned(), 3).into()]);
    let at_ms = WRITTEN + 500;
    assert!(matches!(failing(at_ms).next().await, Next::Record(Event::PollsBack(_))));
    assert!(!matches!(failing(at_ms + 1).next().await, Next::Record(_)));
}

/// The bug: a deadline is announced for a migration that is not ready any more, or that is cut over.
#[tokio::test]
async fn a_deadline_is_announced_only_for_a_migration_that_is_ready_and_not_cut_over() {
    let after_100_hours = |more: Vec<Event>, ready: bool| {
        Case::ready(more).with(|case| {
            case.now_ms = WRITTEN + 100 * HOUR;
            case.memory.seen = Some(look("WORKING", ready, ready.then_some(3)));
        })
    };
    let cut_over = vec![intent(Operation::Cutover), outcome(8, OutcomeResult::Accepted, 202)];
    let near = after_100_hours(vec![], true).next().await;
    assert!(matches!(near, Next::Record(Event::DeadlineNear(_))), "{near:?}");
    let cases = [(vec![observed("WORKING", false)], false), (cut_over, true)];
    for (more, ready) in cases {
        let next = after_100_hours(more, ready).next().await;
        assert!(matches!(next, Next::Wait(_)), "{next:?}");
    }
}

/// The bug: the deadline moves each time that a ready migration is seen, and is never near.
#[tokio::test]
async fn the_deadline_counts_from_the_first_look_that_was_ready() {
    let mut later =
        atlas_migrations_journal::event::Observed::new("WORKING".to_owned(), WRITTEN + 90 * HOUR);
    later.ready = Some(true);
    later.lag_seconds = Some(3);
    let case = Case::ready(vec![later.into()]).with(|case| {
        case.now_ms = WRITTEN + 97 * HOUR;
        case.memory.seen = None;
    });
    assert!(matches!(case.next().await, Next::Record(Event::DeadlineNear(_))));
}

/// The bug: a migration counts as given up and ended while it is in Atlas, or while its creation may still take effect.
#[tokio::test]
async fn a_migration_that_was_given_up_ends_at_once_only_if_nothing_was_started() {
    let forgone = || -> Event { CutoverForgone::new().into() };
    let Next::Record(Event::Ended(ended)) = Case::new(vec![forgone()]).next().await else {
        panic!()
    };
    assert_eq!(ended.result, EndResult::Forgone);
    assert_eq!(Case::ready(vec![forgone()]).next().await, Next::Wait(WaitsFor::Expiry));
    let open = [until_ready()[..4].to_vec(), vec![unclear(5), forgone()]].concat();
    assert!(Case::new(open).waits_for().await.contains("the fate of create"));
}

/// The bug: the result of an older validation counts for a new one.
#[tokio::test]
async fn a_new_validation_takes_the_place_of_the_one_before() {
    let accepted = outcome(2, OutcomeResult::Accepted, 201);
    let events = vec![intent(Operation::Validate), accepted, intent(Operation::Validate)];
    assert_eq!(Case::new(events).next().await, Next::Validate);
}

/// The bug: the journal does not say what a cutover was decided on.
#[tokio::test]
async fn a_cutover_says_which_look_and_which_lag_it_is_decided_on() {
    let Next::CutOver(why) = Case::ready(vec![]).next().await else { panic!() };
    assert_eq!((why.lag_seconds, why.looked_ms), (Some(3), Some(WRITTEN + 500)));
    assert!(why.approvals.is_empty());
    let approved = Approved::new(
        atlas_migrations_journal::event::Action::Cutover,
        hash("policy"),
        hash("request"),
    );
    let case = Case::ready(vec![approved.into()]).with(|case| case.approvers = 1);
    let Next::CutOver(why) = case.next().await else { panic!() };
    assert_eq!(why.approvals, [8]);
}

/// The bug: an opening is shown in the zone of a window that opens at another time.
#[tokio::test]
async fn an_opening_is_shown_in_the_zone_of_its_own_window() {
    // It is Friday, 2027-01-15T08:00:01Z.
    let policy = policy(
        "{windows: [{days: [sun], from: \"22:00\", to: \"23:00\", zone: America/New_York}, \
         {days: [sat], from: \"22:00\", to: \"23:00\", zone: Europe/Paris}]}",
    );
    let waits = Case::ready(vec![]).with(|case| case.policy = Some(policy)).waits_for().await;
    assert!(waits.contains("Sat 2027-01-16 22:00 CET (2027-01-16T21:00:00Z)"), "{waits}");
}

/// The bug: a person is asked to correct a cutover that Atlas never refused.
#[tokio::test]
async fn only_a_refused_cutover_keeps_a_ready_migration_back() {
    let refused = |op| vec![intent(op), outcome(8, OutcomeResult::Refused, 400)];
    let validated = Case::ready(refused(Operation::Validate)).next().await;
    assert!(matches!(validated, Next::CutOver(_)), "{validated:?}");
    let waits = Case::ready(refused(Operation::Cutover)).waits_for().await;
    assert!(waits.contains("Atlas refused the cutover"), "{waits}");
}

/// The bug: after the last hour was announced, four hours are announced because the deadline turns out to be later.
#[tokio::test]
async fn a_deadline_that_moves_away_is_not_announced_again() {
    let near = |hours_left| DeadlineNear::new(hours_left, WRITTEN).into();
    for (announced, is_news) in [(24, true), (4, false), (1, false)] {
        let case = Case::ready(vec![near(announced)]).with(|case| {
            case.now_ms = WRITTEN + 117 * HOUR;
            case.plan.is_held = true;
        });
        assert_eq!(matches!(case.next().await, Next::Record(_)), is_news, "{announced}");
    }
}

/// The bug: the end of the attempt before is recorded for the next one, of which nothing exists yet.
#[tokio::test]
async fn a_look_is_recorded_only_for_a_migration_that_exists() {
    let seen = look("FAILED", false, None);
    let case = Case::new(vec![]).with(|case| case.memory.seen = Some(seen));
    assert_eq!(case.next().await, Next::Validate);
}
