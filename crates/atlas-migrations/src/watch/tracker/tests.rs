//! Tests of the tracker with odd and hostile observations.

use std::time::{Duration, SystemTime};

use atlas_client_core::Error;
use atlas_hostile_inputs::{check, documents};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{Step, Tracker};
use crate::ids::LiveMigrationRef;
use crate::live_migration::LiveMigration;
use crate::watch::conditions;
use crate::watch::options::WatchOptions;
use crate::watch::poll::{Moment, PollResult};
use crate::watch::poll_interval::{MAX_WAIT, PollInterval};
use crate::watch::update::{Change, Update};

const ID: &str = "6296fb4c7c7aa997cf94e9a8";
const HOURS_120: Duration = Duration::from_secs(120 * 3600);
const HOUR: u64 = 3600;

fn tracker() -> Tracker {
    let group = "32b6e34b3d91647abb20e7b8".parse().unwrap();
    Tracker::new(LiveMigrationRef::new(group, ID.parse().unwrap()))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns the system time, if nobody changes it.
fn wall(now: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + seconds(1_790_000_000 + now)
}

fn observe(tracker: &mut Tracker, job: Value, now: u64, wall: SystemTime) -> Update {
    let options = WatchOptions::new().emit_unchanged(true);
    let moment = Moment { requested: seconds(now), received: seconds(now), wall };
    let outcome = Ok(serde_json::from_value(job).unwrap());
    let result = PollResult { outcome, rate_limit: None, moment };
    let Step { item, .. } = tracker.record(result, &options, 0);
    item.unwrap().unwrap()
}

/// Observes once a minute.
fn observe_all(tracker: &mut Tracker, jobs: &[Value]) -> Vec<Update> {
    let times = (0..).map(|number| number * 60);
    jobs.iter().zip(times).map(|(job, now)| observe(tracker, job.clone(), now, wall(now))).collect()
}

/// Returns the update, and the time until the next poll, after the last of these jobs, each with its second.
fn last(jobs: impl IntoIterator<Item = (u64, Value)>) -> Step {
    let mut tracker = tracker();
    let steps = jobs.into_iter().map(|(second, job)| {
        let time = seconds(second);
        let moment = Moment { requested: time, received: time, wall: wall(second) };
        let outcome = Ok(serde_json::from_value(job).unwrap());
        let result = PollResult { outcome, rate_limit: None, moment };
        tracker.record(result, &WatchOptions::new().emit_unchanged(true), 1 << 63)
    });
    steps.last().unwrap()
}

fn left(update: &Update) -> Option<Duration> {
    let latest = update.deadline?.latest;
    Some(latest.duration_since(update.observed_at).unwrap())
}

#[test]
fn a_terminal_migration_has_no_deadline_estimate_or_trend() {
    for status in ["COMPLETE", "FAILED", "EXPIRED"] {
        for readiness in [json!(true), Value::Null] {
            let working = |lag| json!({"status": "WORKING", "lagTimeSeconds": lag});
            let ready = json!({"status": "WORKING", "lagTimeSeconds": 60, "readyForCutover": true});
            let over = json!({"status": status, "lagTimeSeconds": 0, "readyForCutover": readiness});
            let seen = observe_all(&mut tracker(), &[working(180), working(120), ready, over]);
            assert!(seen[2].deadline.is_some() && seen[2].estimate.is_some(), "{:?}", seen[2]);
            let over = &seen[3];
            assert_eq!((over.deadline, over.estimate, over.trend), (None, None, None), "{status}");
            assert!(!conditions::ready_for_cutover()(over));
        }
    }
}

/// The bug: a view that draws what changed misses a change, or draws one that is none.
#[test]
fn each_changed_field_is_named_and_no_other() {
    let job = json!({
        "_id": ID, "status": "WORKING", "lagTimeSeconds": 9, "readyForCutover": false,
        "migrationHosts": ["a"], "note": 1,
    });
    for (field, value, changed) in [
        ("status", json!("NEW"), vec![Change::Status]),
        ("lagTimeSeconds", json!(8), vec![Change::Lag]),
        ("lagTimeSeconds", Value::Null, vec![Change::Lag]),
        ("readyForCutover", json!(true), vec![Change::ReadyForCutover]),
        ("_id", Value::Null, vec![Change::Other]),
        ("migrationHosts", json!(["b"]), vec![Change::Other]),
        ("note", json!(2), vec![Change::Other]),
        ("note", json!(1), vec![]),
    ] {
        let mut other = job.clone();
        other[field] = value;
        let step = last([(0, job.clone()), (60, other)]);
        assert_eq!(step.item.unwrap().unwrap().changed, changed, "{field}");
    }
}

/// The bug: the lag of a migration that is ready, which predicts nothing, makes polls frequent.
#[test]
fn an_estimate_makes_polls_frequent_unless_the_migration_is_ready() {
    let next = |is_ready: bool| {
        let job = |lag: u64| json!({"status": "WORKING", "lagTimeSeconds": lag, "readyForCutover": is_ready});
        // One that is ready for longer than 120 hours has no deadline: an operator extended the time.
        let later = (0..25).map(|minute| (130 * HOUR + 60 * minute, job(1500 - 60 * minute)));
        let step = last([(0, job(0))].into_iter().chain(later));
        assert_eq!(step.item.unwrap().unwrap().deadline, None);
        step.next.unwrap()
    };
    assert!(next(false) < seconds(20), "{:?}", next(false));
    assert!(next(true) > seconds(40), "{:?}", next(true));
}

#[test]
fn a_response_without_readiness_keeps_the_last_readiness() {
    let ready = || json!({"status": "WORKING", "readyForCutover": true});
    let silent = |status: Option<&str>| json!({"_id": ID, "status": status});
    let mut tracker = tracker();
    let seen = observe_all(
        &mut tracker,
        &[
            json!({"status": "WORKING", "readyForCutover": false}),
            ready(),
            silent(Some("WORKING")),
            silent(None),
            ready(),
            silent(Some("PAUSED")),
            silent(Some("PAUSED")),
            ready(),
            json!({"status": "WORKING", "readyForCutover": false}),
            silent(Some("WORKING")),
        ],
    );
    let minutes = |minutes: u64| HOURS_120.checked_sub(seconds(minutes * 60));
    let left: Vec<_> = seen.iter().map(left).collect();
    let expected = [
        None,
        minutes(0),
        minutes(1),
        minutes(2),
        minutes(3),
        // After a change of the status the readiness is unknown.
        None,
        None,
        minutes(6),
        None,
        None,
    ];
    assert_eq!(left, expected);
}

#[test]
fn a_change_of_the_system_time_does_not_change_the_remaining_time() {
    let hours = |hours: u64| seconds(hours * HOUR);
    for set_to in [wall(0) - hours(25), wall(0) + hours(25), SystemTime::UNIX_EPOCH] {
        let mut tracker = tracker();
        let ready = || json!({"status": "WORKING", "readyForCutover": true});
        observe(&mut tracker, json!({"status": "WORKING", "readyForCutover": false}), 0, wall(0));
        observe(&mut tracker, ready(), HOUR, wall(HOUR));
        let update = observe(&mut tracker, ready(), 3 * HOUR, set_to);
        assert_eq!(left(&update), HOURS_120.checked_sub(hours(2)));
        let earliest = update.deadline.unwrap().earliest.unwrap();
        assert_eq!(earliest.duration_since(set_to).ok(), HOURS_120.checked_sub(hours(3)));
    }
}

const SEEDS: &[&str] = &[
    r#"{"_id":"6296fb4c7c7aa997cf94e9a8","status":"WORKING","lagTimeSeconds":900,"readyForCutover":false}"#,
    r#"{"status":"WORKING","lagTimeSeconds":9223372036854775807,"readyForCutover":true}"#,
    r#"{"status":"WORKING","lagTimeSeconds":18446744073709551615}"#,
    r#"{"status":"WORKING","lagTimeSeconds":-1}"#,
    r#"{"status":"WORKING","lagTimeSeconds":8.5,"readyForCutover":true}"#,
    r#"{"status":"FAILED","lagTimeSeconds":0,"readyForCutover":true}"#,
    r#"{"status":"PAUSED","migrationHosts":["a"],"stage":{"name":"x"}}"#,
    r#"{"_id":"aaaaaaaaaaaaaaaaaaaaaaaa","status":"COMPLETE"}"#,
    "{}",
];

/// Hostile responses, clocks and options.
#[derive(Clone, Debug)]
struct Story {
    /// The body of each response, the pause before the request, and the time until the response.
    responses: Vec<(Vec<u8>, Duration, Duration)>,
    walls: Vec<SystemTime>,
    interval: (Duration, Duration),
    error_timeout: Duration,
    random: u64,
}

fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        3 => (0_u64..200_000).prop_map(Duration::from_secs),
        1 => any::<u64>().prop_map(Duration::from_secs),
        1 => select(vec![Duration::ZERO, Duration::MAX, Duration::from_nanos(1)]),
    ]
}

fn any_wall() -> impl Strategy<Value = SystemTime> {
    let shift = |text: i64| {
        let by = Duration::from_secs(text.unsigned_abs());
        let epoch = SystemTime::UNIX_EPOCH;
        let shifted = if text < 0 { epoch.checked_sub(by) } else { epoch.checked_add(by) };
        shifted.unwrap_or(epoch)
    };
    prop_oneof![3 => (1_700_000_000_i64..1_900_000_000).prop_map(shift), 1 => any::<i64>().prop_map(shift)]
}

fn stories() -> impl Strategy<Value = Story> {
    let response = || (documents(SEEDS), any_duration(), any_duration());
    let interval = (any_duration(), any_duration());
    (vec(response(), 1..9), vec(any_wall(), 9), interval, any_duration(), any::<u64>()).prop_map(
        |(responses, walls, interval, error_timeout, random)| Story {
            responses,
            walls,
            interval,
            error_timeout,
            random,
        },
    )
}

#[test]
fn hostile_observations_neither_panic_nor_shorten_the_interval() {
    check("tracker", &stories(), |story| {
        // Invalid intervals cannot reach a tracker.
        let least = story.interval.0.clamp(Duration::from_millis(10), MAX_WAIT);
        let most = story.interval.1.clamp(least, MAX_WAIT);
        let options = WatchOptions::new()
            .poll_interval(PollInterval::new(least..=most).unwrap())
            .error_timeout(story.error_timeout)
            .emit_unchanged(true)
            .emit_transient_errors(true);
        let (mut tracker, mut clock) = (tracker(), Duration::ZERO);
        for ((body, after, took), wall) in story.responses.iter().zip(&story.walls) {
            let requested = clock.saturating_add(*after);
            clock = requested.saturating_add(*took);
            let outcome: Result<LiveMigration, _> = serde_json::from_slice(body);
            let result = PollResult {
                outcome: outcome.map_err(Error::request),
                rate_limit: None,
                moment: Moment { requested, received: clock, wall: *wall },
            };
            let Step { item, next } = tracker.record(result, &options, story.random);
            prop_assert!(next.is_none_or(|next| next >= least), "{next:?}");
            match item.unwrap() {
                Ok(update) => {
                    prop_assert_eq!(next.is_none(), update.job.is_terminal());
                    check_update(&update)?;
                }
                Err(error) => {
                    prop_assert_eq!(next.is_none(), error.is_final());
                    let shown = format!("{error} {error:?}");
                    prop_assert!(!shown.contains('\x1b'), "{shown}");
                }
            }
        }
        Ok(())
    });
}

/// Checks what holds of every update.
fn check_update(update: &Update) -> Result<(), TestCaseError> {
    if let Some(deadline) = update.deadline {
        prop_assert!(!update.job.is_terminal());
        prop_assert!(left(update).unwrap() <= HOURS_120, "{update:?}");
        let earliest = deadline.earliest.unwrap_or(update.observed_at);
        prop_assert!(earliest >= update.observed_at && earliest <= deadline.latest, "{update:?}");
    }
    if let Some(estimate) = update.estimate {
        prop_assert!(!update.job.is_terminal());

        prop_assert!(estimate.earliest <= MAX_WAIT && estimate.latest <= MAX_WAIT, "{estimate:?}");
    }
    let json = serde_json::to_string(update);
    prop_assert!(json.is_ok(), "{json:?}");
    Ok(())
}
