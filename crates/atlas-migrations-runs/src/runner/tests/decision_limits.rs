//! Where the limits of a decision are, to the millisecond.

use atlas_migrations_journal::event::{EndResult, Ended, Operation, OutcomeResult};

use super::decisions::{Case, WRITTEN, intent, look, outcome, policy, until_ready};
use crate::runner::{
    facts::{ClockCheck, Seen},
    next::Next,
};

/// The opening of the window below.
const OPENS: i64 = WRITTEN + 172_800_000;
const OPEN: &str = "{windows: [{from: 2027-01-15T07:00:00Z, to: 2027-01-15T09:00:00Z}]}";
const CLOSED: &str = "{windows: [{from: 2027-01-17T08:00:00Z, to: 2027-01-17T09:00:00Z}]}";

async fn is_cut_over(change: impl FnOnce(&mut Case)) -> bool {
    matches!(Case::ready(vec![]).with(change).next().await, Next::CutOver(_))
}

#[tokio::test]
async fn a_pause_ends_at_its_time() {
    assert!(is_cut_over(|case| case.memory.not_before_ms = case.now_ms).await);
    assert!(!is_cut_over(|case| case.memory.not_before_ms = case.now_ms + 1).await);
    let created = |not_before_ms| {
        Case::new(until_ready()[..3].to_vec())
            .with(|case| case.memory.not_before_ms = case.now_ms + not_before_ms)
    };
    assert_eq!(created(0).next().await, Next::Create);
    assert!(created(1).waits_for().await.contains("tries again soon"));
}

#[tokio::test]
async fn hooks_are_asked_again_at_their_time_and_allow_until_theirs() {
    let asked = |again_ms| {
        Case::ready(vec![]).with(|case| {
            case.memory.allowed_until_ms = None;
            case.memory.ask_again_ms = case.now_ms + again_ms;
        })
    };
    assert_eq!(asked(0).next().await, Next::AskHooks);
    assert!(asked(1).waits_for().await.contains("the hook"));
    assert!(is_cut_over(|case| case.memory.allowed_until_ms = Some(case.now_ms + 1)).await);
}

#[tokio::test]
async fn a_lag_of_exactly_the_limit_is_low_enough() {
    let most = Case::ready(vec![]).policy.unwrap().max_lag.as_secs();
    for (lag, is_low) in [(most, true), (most + 1, false)] {
        let seen = look("WORKING", true, Some(lag));
        assert_eq!(is_cut_over(|case| case.memory.seen = Some(seen)).await, is_low, "{lag}");
    }
    let stopping = look("WORKING", false, Some(0));
    assert!(!is_cut_over(|case| case.memory.seen = Some(stopping)).await);
}

/// The bug: a window is judged by a clock that is a little too far off, or was compared a little too long ago.
#[tokio::test]
async fn a_clock_counts_for_five_minutes_and_up_to_a_minute_of_difference() {
    let agreeing = ClockCheck { at_ms: Some(WRITTEN), skew_ms: Some(0), database_skew_ms: 0 };
    for (age_ms, skew_ms, database_skew_ms, counts) in [
        (300_000, 60_000, 60_000, true),
        (0, -60_000, -60_000, true),
        (300_001, 0, 0, false),
        (-1, 0, 0, false),
        (0, 60_001, 0, false),
        (0, -60_001, 0, false),
        (0, 0, 60_001, false),
        (0, 0, -60_001, false),
    ] {
        let found = is_cut_over(|case| {
            case.policy = Some(policy(OPEN));
            let at_ms = Some(case.now_ms - age_ms);
            case.clock = ClockCheck { at_ms, skew_ms: Some(skew_ms), database_skew_ms };
        });
        assert_eq!(found.await, counts, "{age_ms} {skew_ms} {database_skew_ms}");
    }
    assert!(is_cut_over(|case| case.clock = ClockCheck { at_ms: None, ..agreeing }).await);
}

#[tokio::test]
async fn a_migration_that_expires_when_its_window_opens_needs_an_earlier_one() {
    for (expires_ms, is_late) in [(OPENS, true), (OPENS + 1, false)] {
        let case = Case::ready(vec![]).with(|case| {
            case.policy = Some(policy(CLOSED));
            let earliest_expiry_ms = Some(expires_ms);
            case.memory.seen = Some(Seen { earliest_expiry_ms, ..look("WORKING", true, Some(3)) });
        });
        let waits = case.waits_for().await;
        assert_eq!(waits.contains("can expire before the window opens"), is_late, "{waits}");
        assert!(waits.contains("2027-01-17T08:00:00Z"), "{waits}");
    }
}

/// The bug: a validation that Atlas refused blocks the next run, or is repeated for ever.
#[tokio::test]
async fn a_refused_validation_is_asked_for_once_more_by_each_run() {
    let refused = [intent(Operation::Validate), outcome(2, OutcomeResult::Refused, 400)];
    let case = |validations| {
        Case::new(refused.to_vec()).with(|case| case.memory.validations = validations)
    };
    assert_eq!(case(0).next().await, Next::Validate);
    let waits = case(1).waits_for().await;
    assert!(waits.contains("Atlas refused validate") && !waits.contains("`retry`"), "{waits}");
}

#[tokio::test]
async fn an_attempt_that_failed_waits_for_a_person_and_one_that_is_complete_for_nothing() {
    for (result, expected) in [
        (EndResult::Failed, "`retry` starts the next attempt"),
        (EndResult::Expired, "`retry` starts the next attempt"),
        (EndResult::Complete, "nothing"),
    ] {
        let waits = Case::ready(vec![Ended::new(result).into()]).waits_for().await;
        assert!(waits.contains(expected), "{waits}");
    }
}
