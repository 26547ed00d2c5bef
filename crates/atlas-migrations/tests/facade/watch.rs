//! Watches of one migration, over real HTTP and in virtual time.

use std::ops::RangeInclusive;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use atlas_migrations::conditions::{complete, lag_below, ready_for_cutover, terminal};
use atlas_migrations::{
    Change, LiveMigrationId, LiveMigrationStatus, PollInterval, Update, Updates, Watch,
    WatchOptions,
};
use atlas_simulator::{RecordedRequest, Scenario, Timeline};

use crate::shared_clock::SharedClock;
use crate::world::{KINDS, World};

const READY: &str = "5eed5eed5eed5eed5eed5eed";
const HOURS_120: Duration = Duration::from_secs(120 * 3600);

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns a world with a bearer token whose new migration has this timeline.
pub async fn world(timeline: Timeline) -> World {
    let mut scenario = Scenario::default();
    scenario.projects[0].live_migrations[0].timeline = timeline;
    SharedClock::world(scenario, "bearer token", |client| client).await.0
}

pub fn watch(world: &World) -> Watch {
    world.client.watch(world.group, world.id)
}

/// Options with a poll interval.
pub fn every(interval: RangeInclusive<Duration>) -> WatchOptions {
    WatchOptions::new().poll_interval(PollInterval::new(interval).unwrap())
}

/// Cuts over on the simulator, without the client.
fn cut_over(world: &World) {
    world.control().cut_over(world.group, world.id).unwrap();
}

/// Returns the time on the client's clock at which the migration becomes ready.
fn ready_at(timeline: &Timeline) -> SystemTime {
    let start = SystemTime::UNIX_EPOCH + seconds(1_790_000_000);
    start + seconds(timeline.new_seconds + timeline.replication_seconds)
}

pub async fn next(updates: &mut Updates) -> Update {
    updates.next().await.expect("there is another update").expect("the watch has not failed")
}

#[tokio::test]
async fn a_migration_is_watched_from_its_beginning_to_its_end() {
    for kind in KINDS {
        let (world, _) = SharedClock::world(Scenario::default(), kind, |client| client).await;
        let mut updates = watch(&world).updates();
        let mut seen: Vec<Update> = Vec::new();
        while let Some(update) = updates.next().await {
            let update = update.unwrap();
            if update.job.ready_for_cutover == Some(true) && seen.last().unwrap().deadline.is_none()
            {
                cut_over(&world);
            }
            seen.push(update);
        }
        let is_news = |update: &&Update| {
            let news = [Change::First, Change::Status, Change::ReadyForCutover];
            update.changed.iter().any(|change| news.contains(change))
        };
        let stages: Vec<_> = seen.iter().filter(is_news).collect();
        let stages: Vec<_> = stages
            .iter()
            .map(|update| {
                let status = update.job.status.as_ref().unwrap().as_str();
                (status, update.job.ready_for_cutover.unwrap(), update.deadline.is_some())
            })
            .collect();
        let expected = [
            ("NEW", false, false),
            ("WORKING", false, false),
            ("WORKING", true, true),
            ("WORKING", false, false),
            ("COMPLETE", false, false),
        ];
        assert_eq!(stages, expected, "{kind}");
        assert!(seen.iter().all(|update| !update.changed.is_empty()), "only changes are yielded");
        assert!(updates.next().await.is_none(), "the end is the last update");
        assert!(seen.iter().all(|update| update.failed_polls == 0));
    }
}

#[tokio::test]
async fn the_cutover_deadline_is_derived_from_polls() {
    let timeline = Timeline::default();
    let world = world(timeline.clone()).await;
    let mut updates = watch(&world).options(every(seconds(5)..=seconds(900))).updates();
    let ready = updates.until(ready_for_cutover()).await.unwrap();
    let deadline = ready.deadline.unwrap();
    let truth = ready_at(&timeline) + HOURS_120;
    assert!(deadline.earliest.unwrap() < truth && truth <= deadline.latest, "{deadline:?}");
    let doubt = deadline.latest.duration_since(deadline.earliest.unwrap()).unwrap();
    assert!(doubt <= seconds(15), "it polls often shortly before readiness: {doubt:?}");

    let expired = updates.until(terminal()).await.unwrap();
    assert_eq!(expired.job.status, Some(LiveMigrationStatus::Expired));
    assert!(expired.observed_at >= truth);
    let late = expired.observed_at.duration_since(truth).unwrap();
    assert!(late <= seconds(15), "it polls often shortly before expiry: {late:?}");

    // A watch that starts later knows less.
    let ready = READY.parse().unwrap();
    let mut updates = world.client.watch(world.group, ready).updates();
    assert_eq!(next(&mut updates).await.deadline, None, "it has expired by now");
}

#[tokio::test]
async fn a_migration_that_was_already_ready_has_only_a_latest_deadline() {
    let world = world(Timeline::default()).await;
    let id: LiveMigrationId = READY.parse().unwrap();
    let update = next(&mut world.client.watch(world.group, id).updates()).await;
    let deadline = update.deadline.unwrap();
    assert_eq!(deadline.earliest, None);
    assert_eq!(deadline.latest, update.observed_at + HOURS_120);
    assert_eq!(update.changed, [Change::First]);
}

#[tokio::test]
async fn estimates_contain_the_actual_time() {
    let timeline = Timeline::default();
    let world = world(timeline.clone()).await;
    let truth = ready_at(&timeline);
    let mut updates = watch(&world).updates();
    let (mut estimates, mut held) = (0, 0);
    loop {
        let update = next(&mut updates).await;
        if update.job.ready_for_cutover == Some(true) {
            break;
        }
        let Some(estimate) = update.estimate.filter(|_| update.lag > Some(Duration::ZERO)) else {
            continue;
        };
        estimates += 1;
        let (at, expected) = (update.observed_at, update.observed_at + estimate.expected);
        held += u32::from(at + estimate.earliest <= truth && truth <= at + estimate.latest);
        let wrong = truth.duration_since(expected).unwrap_or_else(|early| early.duration());
        // The lag is in whole seconds, so each poll improves the estimate.
        assert!(wrong < seconds(60) + estimate.expected / 4, "{estimate:?} is {wrong:?} off");
        let trend = update.trend.unwrap();
        assert!(trend.low < 0.26 && trend.high > 0.24, "{trend:?}");
    }
    assert!(estimates > 50 && held * 100 >= estimates * 95, "{held} of {estimates}");
}

#[tokio::test]
async fn unchanged_polls_are_yielded_on_request() {
    let world = world(Timeline { new_seconds: 100_000, ..Timeline::default() }).await;
    let mut updates = watch(&world).options(WatchOptions::new().emit_unchanged(true)).updates();
    assert_eq!(next(&mut updates).await.changed, [Change::First]);
    for _ in 0..9 {
        assert!(next(&mut updates).await.changed.is_empty());
    }
    assert_eq!(world.seen(), 10);
    // Without it, only the change is yielded.
    let mut updates = watch(&world).updates();
    assert_eq!(next(&mut updates).await.changed, [Change::First]);
    let changed = next(&mut updates).await;
    assert_eq!(changed.job.status, Some(LiveMigrationStatus::Working));
    assert!(changed.changed.contains(&Change::Status) && changed.changed.contains(&Change::Lag));
}

#[tokio::test]
async fn polls_respect_the_interval_and_speed_up_when_it_matters() {
    let timeline =
        Timeline { new_seconds: 1_000, replication_seconds: 4_000, ..Timeline::default() };
    let world = world(timeline).await;
    let mut updates = watch(&world).options(every(seconds(3)..=seconds(90))).updates();
    updates.until(ready_for_cutover()).await.unwrap();
    let cut_over_at = world.control().now();
    cut_over(&world);
    updates.until(complete()).await.unwrap();

    let polls: Vec<Duration> = world.control().requests().iter().map(RecordedRequest::at).collect();
    let gaps = |from: u64, to: u64| {
        let within = polls.windows(2).filter(move |pair| {
            pair[0] >= Duration::from_secs(from) && pair[1] <= Duration::from_secs(to)
        });
        within.map(|pair| pair[1].abs_diff(pair[0])).collect::<Vec<_>>()
    };
    for gap in gaps(0, u64::MAX) {
        assert!(gap >= seconds(3) && gap <= seconds(90), "{gap:?}");
    }
    assert!(
        gaps(300, 1_000).iter().all(|gap| *gap > seconds(50)),
        "polls are rare while it is new"
    );
    let quick = gaps(cut_over_at.as_secs() + 100, u64::MAX);
    assert!(
        quick.iter().all(|gap| *gap < seconds(6)),
        "polls are frequent during a cutover: {quick:?}"
    );
}

#[tokio::test]
async fn many_watches_do_not_poll_in_step() {
    let world = world(Timeline { new_seconds: 1_000_000, ..Timeline::default() }).await;
    let mut polls = Vec::new();
    for _ in 0..10 {
        let mut updates = watch(&world).options(WatchOptions::new().emit_unchanged(true)).updates();
        for _ in 0..12 {
            next(&mut updates).await;
        }
        let began = world.control().requests().len() - 12;
        let requests = &world.control().requests()[began..];
        polls.push(requests[11].at().abs_diff(requests[0].at()));
    }
    polls.sort();
    polls.dedup_by_key(|took| took.as_millis());
    assert_eq!(polls.len(), 10);
    assert!(polls[9].abs_diff(polls[0]) > seconds(10), "{polls:?}");
}

#[tokio::test]
async fn a_failed_migration_is_not_a_failed_poll() {
    let fails = Timeline { fails_after_seconds: Some(2_000), ..Timeline::default() };
    let world = world(fails).await;
    let mut updates = watch(&world).updates();
    let mut last = None;
    while let Some(update) = updates.next().await {
        last = Some(update.unwrap());
    }
    assert_eq!(last.unwrap().job.status, Some(LiveMigrationStatus::Failed));

    let failed = watch(&world).until(terminal()).await.unwrap();
    assert_eq!(failed.job.status, Some(LiveMigrationStatus::Failed));
    for error in [
        watch(&world).until(complete()).await.unwrap_err(),
        updates.until(ready_for_cutover()).await.unwrap_err(),
    ] {
        assert!(error.is_condition_unmet() && error.is_final() && !error.is_failed_poll());
        assert_eq!(error.last().unwrap().job.status, Some(LiveMigrationStatus::Failed));
        assert!(error.to_string().contains("ended as FAILED"), "{error}");
    }
}

#[tokio::test]
async fn a_watch_waits_for_any_condition() {
    let world = world(Timeline::default()).await;
    let mut updates = watch(&world).updates();
    let low = updates.until(lag_below(seconds(300))).await.unwrap();
    assert!(low.lag.unwrap() < seconds(300) && low.lag.unwrap() > seconds(250), "{low:?}");
    let mut polls = 0;
    let closure = updates.until(|_| {
        polls += 1;
        polls == 3
    });
    closure.await.unwrap();
    updates.until(ready_for_cutover()).await.unwrap();
    world.client.cut_over(world.group, world.id).await.unwrap();
    let done = updates.until(complete()).await.unwrap();
    assert_eq!(done.lag, None);
    assert_eq!(updates.until(terminal()).await.unwrap(), done, "the last update counts again");
    assert_eq!(updates.last(), Some(&done));
}

/// Dropping a pending future loses no update, and a dropped watch sends no more requests.
#[tokio::test]
async fn a_watch_can_be_dropped_at_any_point() {
    let world = world(Timeline::default()).await;
    let mut updates = watch(&world).updates();
    let (mut stages, mut pending) = (Vec::new(), 0);
    loop {
        let polled = {
            let mut future = pin!(updates.next());
            future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        };
        match polled {
            std::task::Poll::Ready(None) => break,
            std::task::Poll::Ready(Some(update)) => {
                let update = update.unwrap();
                if update.changed.contains(&Change::ReadyForCutover) && update.deadline.is_some() {
                    cut_over(&world);
                }
                stages.push(update.job.status.unwrap());
            }
            std::task::Poll::Pending => {
                pending += 1;
                assert!(pending < 10_000_000, "the watch makes no progress");
                tokio::task::yield_now().await;
            }
        }
    }
    stages.dedup();
    let [new, working, complete] = &stages[..] else { panic!("{stages:?}") };
    assert_eq!([new.as_str(), working.as_str(), complete.as_str()], ["NEW", "WORKING", "COMPLETE"]);

    let requests = world.seen();
    let mut dropped = watch(&world).updates();
    {
        let mut future = pin!(dropped.next());
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    drop(dropped);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(world.seen() <= requests + 1);
}

#[tokio::test]
async fn an_update_is_a_line_of_json() {
    let world = world(Timeline::default()).await;
    let mut updates = watch(&world).updates();
    let first = serde_json::to_value(next(&mut updates).await).unwrap();
    let expected = serde_json::json!({
        "group_id": "32b6e34b3d91647abb20e7b8",
        "live_migration_id": "6296fb4c7c7aa997cf94e9a8",
        "observed_at": "2026-09-21T14:13:20.000Z",
        "job": {
            "_id": "6296fb4c7c7aa997cf94e9a8", "status": "NEW", "readyForCutover": false,
            "migrationHosts": ["vm001.example.com"],
        },
        "lag_seconds": null, "trend": null, "estimate": null, "deadline": null,
        "changed": ["first"], "failed_polls": 0,
    });
    assert_eq!(first, expected);
    let falling = updates.until(|update| update.estimate.is_some()).await.unwrap();
    let falling = serde_json::to_value(falling).unwrap();
    assert!(falling["trend"]["catch_up_rate"].as_f64().unwrap() > 0.2, "{falling}");
    assert!(falling["estimate"]["latest_seconds"].as_f64().unwrap() > 3_000.0, "{falling}");
    assert_eq!(falling["changed"], serde_json::json!(["lag"]));
    let ready = updates.until(ready_for_cutover()).await.unwrap();
    let ready = serde_json::to_value(ready).unwrap();
    assert!(ready["deadline"]["latest"].as_str().unwrap().starts_with("2026-09-26T15:"), "{ready}");
}
