//! Watches of many migrations, over real HTTP and in virtual time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::{Duration, SystemTime};

use atlas_migrations::{
    Change, ClientBuilder, Fleet, FleetUpdates, GroupId, LiveMigrationId, LiveMigrationRef,
    LiveMigrationStatus, PollInterval, Update, WatchOptions,
};
use atlas_simulator::{
    Fault, FaultRule, LiveMigration, Project, RecordedRequest, Scenario, Timeline,
};

use crate::shared_clock::SharedClock;
use crate::watch_faults::passing_faults;
use crate::world::World;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns the start of the client's clock.
fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + seconds(1_790_000_000)
}

/// Returns a scenario with projects of these sizes, and its migrations. The timeline of a migration depends on
/// its number among all projects.
fn scenario(
    sizes: &[usize],
    timeline: impl Fn(usize) -> Timeline,
) -> (Scenario, Vec<LiveMigrationRef>) {
    let (mut keys, mut scenario) = (Vec::new(), Scenario::default());
    scenario.projects.clear();
    for (project, size) in sizes.iter().enumerate() {
        let group = format!("{:024x}", 0xa000 + project);
        let live_migrations = (0..*size).map(|_| {
            let number = keys.len();
            let id = format!("{number:024x}");
            let key = LiveMigrationRef::new(group.parse().unwrap(), id.parse().unwrap());
            keys.push(key);
            LiveMigration { id, timeline: timeline(number), ..LiveMigration::default() }
        });
        let live_migrations = live_migrations.collect();
        let group = group.clone();
        scenario.projects.push(Project { id: group, live_migrations, ..Project::default() });
    }
    (scenario, keys)
}

/// Returns a world whose time stops while polls are in flight, and a fleet of all its migrations.
async fn world(
    (scenario, keys): (Scenario, Vec<LiveMigrationRef>),
    kind: &str,
    set_up: impl FnOnce(Fleet) -> Fleet,
) -> (World, FleetUpdates, Vec<LiveMigrationRef>) {
    let (world, time) = SharedClock::world(scenario, kind, |client: ClientBuilder| client).await;
    let fleet = set_up(world.client.fleet().with(keys.iter().copied())).updates();
    time.stands_still_for(fleet.handle());
    (world, fleet, keys)
}

/// Has a fleet yield every poll.
fn each_poll(fleet: Fleet) -> Fleet {
    fleet.options(WatchOptions::new().emit_unchanged(true))
}

/// Returns the times of the polls of each migration, by its number.
fn polls(world: &World) -> BTreeMap<usize, Vec<Duration>> {
    let mut polls = BTreeMap::<usize, Vec<Duration>>::new();
    for request in world.control().requests() {
        assert_ne!(request.status(), Some(429), "no rate limit was exceeded: {request}");
        let (_, id) = request.path().rsplit_once('/').unwrap();
        polls.entry(usize::from_str_radix(id, 16).unwrap()).or_default().push(request.at());
    }
    polls
}

/// Watches a fleet until this time.
async fn follow_until(world: &World, fleet: &mut FleetUpdates, end: Duration) -> Vec<Update> {
    let mut updates = Vec::new();
    while world.control().now() < end {
        updates.push(fleet.next().await.unwrap().unwrap());
    }
    updates
}

#[tokio::test]
async fn a_fleet_ends_once_every_migration_has_ended() {
    let fates = |number| Timeline {
        new_seconds: 60 + 10 * number as u64,
        expires_after_ready_seconds: 4_000,
        fails_after_seconds: (number % 3 == 1).then_some(2_000),
        ..Timeline::default()
    };
    let (scenario, keys) = scenario(&[5, 1, 6], fates);
    let (world, _) = SharedClock::world(scenario, "service account", |client| client).await;
    // One poll at a time, so that no time passes during a poll.
    let mut fleet = world.client.fleet().concurrency(NonZeroUsize::MIN).updates();
    for key in keys.iter().chain(&keys) {
        fleet.add(*key);
    }
    assert_eq!(fleet.stats().watched, 12, "a migration added twice is watched once");
    let mut stories: HashMap<LiveMigrationRef, Vec<Update>> = HashMap::new();
    while let Some(update) = fleet.next().await {
        let update = update.unwrap();
        let key = update.migration;
        let ready = update.changed.contains(&Change::ReadyForCutover) && update.deadline.is_some();
        if ready && usize::from_str_radix(&key.id.to_string(), 16).unwrap() % 3 == 0 {
            world.client.cut_over(key.group, key.id).await.unwrap();
        }
        stories.entry(key).or_default().push(update);
    }
    for (number, key) in keys.iter().enumerate() {
        let story = &stories[key];
        let mut stages: Vec<_> =
            story.iter().map(|update| update.job.status.as_ref().unwrap().as_str()).collect();
        stages.dedup();
        let end = ["COMPLETE", "FAILED", "EXPIRED"][number % 3];
        assert_eq!(stages, ["NEW", "WORKING", end], "{number}");
        assert_eq!(story.iter().filter(|update| update.job.is_terminal()).count(), 1);
        assert!(story.iter().any(|update| update.estimate.is_some()), "{number}");
        assert_eq!(story.iter().filter(|update| update.changed == [Change::First]).count(), 1);
    }
    let stats = fleet.stats();
    assert_eq!((stats.watched, stats.in_flight, stats.failed_polls), (0, 0, 0));
}

#[tokio::test]
async fn a_large_project_respects_its_rate_limit_and_does_not_slow_down_a_small_one() {
    // The first migration of the large project cuts over from the start; the others stay new.
    let timeline = |number| match number {
        0 => Timeline {
            new_seconds: 0,
            replication_seconds: 0,
            cutover_seconds: 100_000,
            ..Timeline::default()
        },
        _ => Timeline { new_seconds: 1_000_000, ..Timeline::default() },
    };
    let all = scenario(&[1_500, 3, 1], timeline);
    let (world, mut fleet, keys) = world(all, "bearer token", each_poll).await;
    follow_until(&world, &mut fleet, seconds(1)).await;
    let key = &keys[0];
    world.control().cut_over(key.group, key.id).unwrap();
    follow_until(&world, &mut fleet, seconds(900)).await;

    let polls = polls(&world);
    assert_eq!(polls.len(), 1_504, "each is polled");
    let firsts: Vec<_> = (0..1_500).map(|number| polls[&number][0]).collect();
    assert!(firsts.iter().all(|first| *first <= seconds(240)), "{:?}", firsts.iter().max());
    let gaps = |number: usize, from: u64| {
        let late: Vec<_> =
            polls[&number].iter().filter(|time| **time >= seconds(from)).copied().collect();
        late.windows(2).map(|pair| pair[1].abs_diff(pair[0])).collect::<Vec<_>>()
    };
    for small in 1_500..1_504 {
        assert_eq!(polls[&small][0], Duration::ZERO, "it does not wait for the large project");
        assert!(gaps(small, 0).iter().all(|gap| *gap <= seconds(60)), "{:?}", gaps(small, 0));
        assert!(polls[&small].len() > 15);
    }
    // The large project is polled less often, and its urgent migration more often than the others.
    let idle = gaps(1_000, 150);
    assert!(idle.iter().all(|gap| *gap > seconds(100) && *gap < seconds(400)), "{idle:?}");
    let urgent = gaps(0, 150);
    let average =
        |gaps: &[Duration]| gaps.iter().sum::<Duration>() / u32::try_from(gaps.len()).unwrap();
    assert!(average(&urgent) * 3 < average(&idle), "{urgent:?}");
    // The fleet leaves some of the rate limit to others.
    let late = polls.values().flatten().filter(|time| **time > seconds(300)).count();
    assert!((3_600..=4_300).contains(&late), "{late} polls in ten minutes");
}

#[tokio::test]
async fn a_fleet_leaves_the_rate_limit_that_others_use() {
    let timeline = |_| Timeline { new_seconds: 1_000_000, ..Timeline::default() };
    let all = scenario(&[600], timeline);
    let (world, mut fleet, keys) = world(all, "bearer token", each_poll).await;
    follow_until(&world, &mut fleet, seconds(100)).await;
    for _ in 0..5 {
        // Another client takes more than the fleet leaves.
        loop {
            let call = world.client.live_migration(keys[0].group, keys[0].id).send().await;
            if call.unwrap().metadata().rate_limit().unwrap().remaining <= 60 {
                break;
            }
        }
        let end = world.control().now() + seconds(61);
        follow_until(&world, &mut fleet, end).await;
    }
    assert_eq!(polls(&world).len(), 600, "no poll is rejected");
    assert_eq!(fleet.stats().failed_polls, 0);
}

#[tokio::test]
async fn a_rate_limit_lower_than_documented_is_detected() {
    let timeline = |_| Timeline { new_seconds: 1_000_000, ..Timeline::default() };
    let (mut scenario, keys) = scenario(&[300, 2], timeline);
    scenario.rate_limits.group.capacity = 100;
    scenario.rate_limits.group.refill = 50;
    let set_up = |fleet: Fleet| each_poll(fleet).concurrency(NonZeroUsize::new(8).unwrap());
    let (world, mut fleet, _) = world((scenario, keys), "bearer token", set_up).await;
    follow_until(&world, &mut fleet, seconds(900)).await;
    assert_eq!(polls(&world).len(), 302, "each is polled and none is rejected");
}

#[tokio::test]
async fn a_rate_limit_applies_to_its_project_only() {
    let timeline = |_| Timeline { new_seconds: 1_000_000, ..Timeline::default() };
    let all = scenario(&[20, 20], timeline);
    let (world, mut fleet, keys) = world(all, "bearer token", each_poll).await;
    follow_until(&world, &mut fleet, seconds(200)).await;
    let group = keys[0].group.to_string();
    let refused = FaultRule::new(Fault::RateLimited { retry_after: Some(170) }).on_path(&group);
    let (before, seen) = (world.control().now(), world.control().requests().len());
    world.control().inject(refused.times(1));
    follow_until(&world, &mut fleet, seconds(600)).await;
    let requests = world.control().requests();
    let at = requests[seen..].iter().find(|poll| poll.status() == Some(429)).unwrap().at();
    let next = requests.iter().filter(|poll| poll.path().contains(&group) && poll.at() > at);
    assert!(next.map(RecordedRequest::at).min().unwrap() >= at + seconds(170));
    let others = requests.iter().filter(|poll| {
        !poll.path().contains(&group) && poll.at() > before && poll.at() < before + seconds(170)
    });
    assert!(others.count() >= 40, "the other project continues");
    assert_eq!(fleet.stats().failed_polls, 1);
    assert_eq!(fleet.stats().watched, 40);
}

#[tokio::test]
async fn migrations_are_added_and_removed_while_others_are_watched() {
    let timeline = |_| Timeline { new_seconds: 1_000_000, ..Timeline::default() };
    let (scenario, keys) = scenario(&[4, 4], timeline);
    let (world, _) = SharedClock::world(scenario, "bearer token", |client| client).await;
    let fleet = each_poll(world.client.fleet()).concurrency(NonZeroUsize::MIN);
    let mut fleet = fleet.updates();
    let handle = fleet.handle();

    // An empty fleet waits for a first migration; adding one wakes the waiting task.
    let mut waiting = Box::pin(async move {
        let first = fleet.next().await.unwrap();
        (first, fleet)
    });
    let woken = Arc::new(Flag::default());
    let waker = Waker::from(Arc::clone(&woken));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(!woken.is_set());
    handle.add(keys[0]);
    assert!(woken.is_set());
    let (update, mut fleet) = waiting.await;
    let update = update.unwrap();
    assert_eq!((update.migration, update.changed), (keys[0], vec![Change::First]));

    for key in &keys {
        handle.clone().add(*key);
    }
    let mut seen = BTreeSet::new();
    while seen.len() < keys.len() {
        seen.insert(fleet.next().await.unwrap().unwrap().migration);
    }
    assert_eq!(handle.stats().watched, keys.len());
    for key in &keys[1..] {
        handle.remove(*key);
    }
    handle.remove(keys[1]);
    for _ in 0..20 {
        let update = fleet.next().await.unwrap().unwrap();
        assert_eq!(update.migration, keys[0], "removed migrations yield nothing");
    }
    assert_eq!(handle.stats().watched, 1);
    // A migration that is added again starts with a first observation.
    fleet.add(keys[1]);
    let again = loop {
        let update = fleet.next().await.unwrap().unwrap();
        if update.migration == keys[1] {
            break update;
        }
    };
    assert_eq!(again.changed, [Change::First]);
    fleet.remove(keys[0]);
    handle.remove(keys[1]);
    drop(handle);
    assert!(fleet.next().await.is_none());
}

#[tokio::test]
async fn a_missing_migration_is_an_error_and_the_others_continue() {
    let all = scenario(&[3], |_| Timeline { new_seconds: 1_000_000, ..Timeline::default() });
    let (world, mut fleet, keys) = world(all, "API key", each_poll).await;
    let nobody: LiveMigrationId = "f".repeat(24).parse().unwrap();
    fleet.add((keys[0].group, nobody));
    let (mut errors, mut seen) = (Vec::new(), BTreeSet::new());
    for _ in 0..50 {
        match fleet.next().await.unwrap() {
            Ok(update) => drop(seen.insert(update.migration)),
            Err(error) => errors.push(error),
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), keys);
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!(error.migration(), (keys[0].group, nobody).into());
    assert!(error.is_final() && error.api_error().unwrap().is_not_found(), "{error}");
    assert_eq!(fleet.stats().watched, 3);
    let asked = world.control().requests();
    let asked = asked.iter().filter(|poll| poll.path().ends_with(&nobody.to_string()));
    assert_eq!(
        asked.filter(|poll| poll.status() == Some(404)).count(),
        1,
        "it is not polled again"
    );
}

#[derive(Default)]
struct Flag(std::sync::atomic::AtomicBool);

impl Flag {
    fn is_set(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_dropped_fleet_sends_no_more_requests() {
    let all = scenario(&[50], |_| Timeline::default());
    let (world, mut fleet, _) = world(all, "bearer token", |fleet| fleet).await;
    let handle = fleet.handle();
    fleet.next().await.unwrap().unwrap();
    {
        let mut future = pin!(fleet.next());
        let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    assert!(handle.stats().in_flight > 0);
    drop(fleet);
    assert_eq!((handle.stats().in_flight, handle.stats().watched), (0, 0));
    let seen = world.seen();
    let (group, id): (GroupId, LiveMigrationId) = (world.group, world.id);
    handle.add((group, id));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(world.seen() <= seen + 32, "only polls in flight arrive");
}

/// Returns the status that a migration has at a time.
fn truth(timeline: &Timeline, cut_over_at: Option<Duration>, now: Duration) -> LiveMigrationStatus {
    let ready = seconds(timeline.new_seconds + timeline.replication_seconds);
    let (end, status) = match (timeline.fails_after_seconds, cut_over_at) {
        (Some(fails), _) => (seconds(fails), LiveMigrationStatus::Failed),
        (None, Some(at)) => (at + seconds(timeline.cutover_seconds), LiveMigrationStatus::Complete),
        (None, None) => {
            (ready + seconds(timeline.expires_after_ready_seconds), LiveMigrationStatus::Expired)
        }
    };
    match now {
        _ if now >= end => status,
        _ if now < seconds(timeline.new_seconds) => LiveMigrationStatus::New,
        _ => LiveMigrationStatus::Working,
    }
}

/// A week with an outage every few hours and every fault between outages.
#[tokio::test]
async fn a_week_of_outages_hides_no_end_and_repeats_no_update() {
    const WEEK: Duration = Duration::from_secs(7 * 86_400);
    let timeline = |number: usize| Timeline {
        new_seconds: 1_200 * number as u64,
        initial_lag_seconds: 40_000,
        replication_seconds: 14_000 * number as u64,
        cutover_seconds: 900,
        // One does not end within the week.
        expires_after_ready_seconds: if number == 11 { 900_000 } else { 432_000 },
        fails_after_seconds: (number % 3 == 1).then_some(40_000 * number as u64),
    };
    let all = scenario(&[6, 3, 2, 1], timeline);
    let set_up = |fleet: Fleet| {
        fleet.options(
            WatchOptions::new()
                .poll_interval(PollInterval::new(seconds(10)..=seconds(1_800)).unwrap())
                .emit_unchanged(true)
                .emit_transient_errors(true)
                .error_timeout(seconds(7_200)),
        )
    };
    let (mut world, mut fleet, keys) = world(all, "service account", set_up).await;
    let control = world.control();
    let number = |key: &LiveMigrationRef| keys.iter().position(|known| known == key).unwrap();
    let mut stories: Vec<Vec<Update>> = vec![Vec::new(); keys.len()];
    let mut cut_over_at = vec![None; keys.len()];
    let (mut outages, mut back_at, mut next_outage) = (0_u32, None, seconds(3_600));
    let mut faults = passing_faults().into_iter().cycle();
    while control.now() < WEEK {
        let item = fleet.next().await.expect("some are still in progress");
        let now = control.now();
        match item {
            Ok(update) => {
                let (key, number) = (update.migration, number(&update.migration));
                let passed = update.observed_at.duration_since(start()).unwrap();
                assert_eq!(passed, now);
                let status = truth(&timeline(number), cut_over_at[number], passed);
                assert_eq!(update.job.status, Some(status), "{number}: the update is right");
                let is_ready = update.changed.contains(&Change::ReadyForCutover)
                    && update.job.ready_for_cutover == Some(true);
                if is_ready && number.is_multiple_of(3) {
                    control.cut_over(key.group, key.id).unwrap();
                    cut_over_at[number] = Some(now);
                }
                if update.changed.is_empty() {
                    let before = stories[number].last().unwrap();
                    assert_eq!(
                        update.job, before.job,
                        "{number}: an unchanged migration stays the same"
                    );
                } else {
                    stories[number].push(update);
                }
            }
            Err(error) => assert!(!error.is_final(), "{error}"),
        }
        if back_at.is_some_and(|time| now >= time) {
            back_at = None;
            world.simulator.resume().await.unwrap();
        } else if back_at.is_none() && now >= next_outage {
            outages += 1;
            next_outage = now + seconds(4 * 3_600);
            back_at = Some(now + seconds(60 * u64::from(outages % 50 + 1)));
            control.clear_faults();
            world.simulator.stop_serving().await;
        } else if back_at.is_none() && control.faults().is_empty() && now.as_secs() % 7 == 0 {
            control.inject(FaultRule::new(faults.next().unwrap()).times(2));
        }
    }
    assert!(outages >= 30, "{outages}");
    assert!(fleet.stats().failed_polls > 500, "{:?}", fleet.stats());
    for (number, story) in stories.iter().enumerate() {
        let end = truth(&timeline(number), cut_over_at[number], WEEK);
        let ends = story.iter().filter(|update| update.job.is_terminal()).count();
        if number == 11 {
            assert_eq!(ends, 0, "{number}");
        } else {
            assert_eq!(ends, 1, "{number} ends once");
            assert_eq!(
                story.last().unwrap().job.status,
                Some(end),
                "{number} ends with the right status"
            );
        }
        for pair in story.windows(2) {
            assert_ne!(pair[0].job, pair[1].job, "{number}: no update is repeated");
        }
    }
}
