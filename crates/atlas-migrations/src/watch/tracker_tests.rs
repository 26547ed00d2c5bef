//! What a tracker makes of observations, the odd and the hostile ones among them.

use std::time::{Duration, SystemTime};

use atlas_client_core::Error;
use atlas_hostile_inputs::{check, documents};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::pace::{LONGEST, Pace};
use super::poll::{Moment, Polled};
use super::tracker::{Options, Step, Tracker};
use super::{MigrationKey, Update, conditions};
use crate::LiveMigration;

const ID: &str = "6296fb4c7c7aa997cf94e9a8";
const HOURS_120: Duration = Duration::from_secs(120 * 3600);
const HOUR: u64 = 3600;

fn tracker() -> Tracker {
    let group = "32b6e34b3d91647abb20e7b8".parse().unwrap();
    Tracker::new(MigrationKey { group, id: ID.parse().unwrap() })
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The time of day while nobody sets it.
fn wall(now: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + seconds(1_790_000_000 + now)
}

fn look(tracker: &mut Tracker, job: Value, now: u64, wall: SystemTime) -> Update {
    let options = Options { each_poll: true, ..Options::default() };
    let moment = Moment { asked: seconds(now), now: seconds(now), wall };
    let outcome = Ok(serde_json::from_value(job).unwrap());
    let polled = Polled { outcome, rate_limit: None, moment };
    let Step { told, .. } = tracker.polled(polled, &options, 0);
    told.unwrap().unwrap()
}

/// Looks while nobody sets the clock.
fn looks(tracker: &mut Tracker, jobs: &[Value]) -> Vec<Update> {
    let times = (0..).map(|number| number * 60);
    let looks = jobs.iter().zip(times);
    looks.map(|(job, now)| look(tracker, job.clone(), now, wall(now))).collect()
}

fn left(update: &Update) -> Option<Duration> {
    let latest = update.deadline?.latest;
    Some(latest.duration_since(update.observed_at).unwrap())
}

#[test]
fn nothing_is_to_come_of_what_is_over_whatever_else_is_said() {
    for status in ["COMPLETE", "FAILED", "EXPIRED"] {
        for readiness in [json!(true), Value::Null] {
            let working = |lag| json!({"status": "WORKING", "lagTimeSeconds": lag});
            let ready = json!({"status": "WORKING", "lagTimeSeconds": 60, "readyForCutover": true});
            let over = json!({"status": status, "lagTimeSeconds": 0, "readyForCutover": readiness});
            let seen = looks(&mut tracker(), &[working(180), working(120), ready, over]);
            assert!(seen[2].deadline.is_some() && seen[2].estimate.is_some(), "{:?}", seen[2]);
            let over = &seen[3];
            assert_eq!((over.deadline, over.estimate, over.trend), (None, None, None), "{status}");
            assert!(!conditions::ready_for_cutover()(over));
        }
    }
}

#[test]
fn a_readiness_that_is_left_out_for_once_is_as_it_was() {
    let ready = || json!({"status": "WORKING", "readyForCutover": true});
    let silent = |status: Option<&str>| json!({"_id": ID, "status": status});
    let mut tracker = tracker();
    let seen = looks(
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
        // Of another status nobody said that it can be cut over.
        None,
        None,
        minutes(6),
        None,
        None,
    ];
    assert_eq!(left, expected);
}

#[test]
fn a_clock_that_is_set_changes_nothing_of_the_time_that_is_left() {
    let hours = |hours: u64| seconds(hours * HOUR);
    for set_to in [wall(0) - hours(25), wall(0) + hours(25), SystemTime::UNIX_EPOCH] {
        let mut tracker = tracker();
        let ready = || json!({"status": "WORKING", "readyForCutover": true});
        look(&mut tracker, json!({"status": "WORKING", "readyForCutover": false}), 0, wall(0));
        look(&mut tracker, ready(), HOUR, wall(HOUR));
        let update = look(&mut tracker, ready(), 3 * HOUR, set_to);
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

/// What a server, a clock and an owner of a watch can come up with.
#[derive(Clone, Debug)]
struct Story {
    /// What is answered, how long it takes and how long after the answer before it was asked for.
    looks: Vec<(Vec<u8>, Duration, Duration)>,
    walls: Vec<SystemTime>,
    interval: (Duration, Duration),
    patience: Duration,
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
    let look = || (documents(SEEDS), any_duration(), any_duration());
    let interval = (any_duration(), any_duration());
    (vec(look(), 1..9), vec(any_wall(), 9), interval, any_duration(), any::<u64>()).prop_map(
        |(looks, walls, interval, patience, random)| Story {
            looks,
            walls,
            interval,
            patience,
            random,
        },
    )
}

#[test]
fn hostile_observations_neither_break_a_tracker_nor_hurry_it() {
    check("tracker", &stories(), |story| {
        let pace = Pace::new(&(story.interval.0..=story.interval.1));
        let options =
            Options { pace, patience: story.patience, each_poll: true, each_failure: true };
        let (mut tracker, mut clock) = (tracker(), Duration::ZERO);
        for ((body, after, took), wall) in story.looks.iter().zip(&story.walls) {
            let asked = clock.saturating_add(*after);
            clock = asked.saturating_add(*took);
            let outcome: Result<LiveMigration, _> = serde_json::from_slice(body);
            let polled = Polled {
                outcome: outcome.map_err(Error::request),
                rate_limit: None,
                moment: Moment { asked, now: clock, wall: *wall },
            };
            let Step { told, next } = tracker.polled(polled, &options, story.random);
            let least = story.interval.0.clamp(Duration::from_millis(10), LONGEST);
            prop_assert!(next.is_none_or(|next| next >= least), "{next:?}");
            match told.unwrap() {
                Ok(update) => {
                    prop_assert_eq!(next.is_none(), update.job.is_over());
                    holds(&update)?;
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

/// What holds of every update.
fn holds(update: &Update) -> Result<(), TestCaseError> {
    if let Some(deadline) = update.deadline {
        prop_assert!(!update.job.is_over());
        prop_assert!(left(update).unwrap() <= HOURS_120, "{update:?}");
        let earliest = deadline.earliest.unwrap_or(update.observed_at);
        prop_assert!(earliest >= update.observed_at && earliest <= deadline.latest, "{update:?}");
    }
    if let Some(estimate) = update.estimate {
        prop_assert!(!update.job.is_over());

        prop_assert!(estimate.earliest <= LONGEST && estimate.latest <= LONGEST, "{estimate:?}");
    }
    let json = serde_json::to_string(update);
    prop_assert!(json.is_ok(), "{json:?}");
    Ok(())
}
