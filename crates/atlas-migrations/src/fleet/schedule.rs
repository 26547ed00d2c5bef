//! [`Schedule`]: decides which migration is polled next. It neither sends nor waits.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::num::NonZeroU32;
use std::time::Duration;

use super::bucket::{Bucket, FULL_AFTER, Opening, PERIOD, Ticket};
use crate::ids::{GroupId, LiveMigrationRef};
use crate::watch::poll::PollResult;
use crate::watch::tracker::{Step, Tracker};
use crate::watch::{MAX_WAIT, Update, WatchError, WatchOptions};

/// One poll, in the unit of the budget: a billionth of a poll.
const POLL: u128 = 1_000_000_000;
/// The budget holds at most the polls of this time.
const MAX_BUDGET_SECONDS: u128 = 180;
/// How late a poll may be before the virtual time of its project stops. Timers are late by a millisecond, which would
/// add up over many polls.
const LEEWAY: Duration = Duration::from_secs(1);

/// Decides which migration is polled next. The projects that can be polled now take turns; within a project it is the
/// migration that is overdue for longest.
///
/// Every operation takes logarithmic time in the number of migrations.
#[derive(Debug)]
pub(super) struct Schedule {
    options: WatchOptions,
    /// The budget that each project gains per second, in units of [`POLL`].
    budget_per_second: u128,
    members: HashMap<LiveMigrationRef, Member>,
    projects: HashMap<GroupId, Project>,
    /// The projects in which a migration can be polled now, each once.
    ready: VecDeque<GroupId>,
    /// The projects in which a migration can be polled later, by time.
    waiting: BTreeSet<(Duration, GroupId)>,
    /// The last number given to a member or a planned poll.
    last_number: u64,
}

#[derive(Debug)]
struct Member {
    tracker: Tracker,
    /// Distinguishes the member from a removed one of the same migration.
    number: u64,
    /// The next poll, by the virtual time of the project, and its number. `None` while a poll is in flight.
    due: Option<(Duration, u64)>,
}

/// The polls of a project, by a virtual time.
///
/// The virtual time follows the clock, but stops while a poll is overdue by more than [`LEEWAY`] and cannot be made yet.
/// So if the migrations of a project need more polls than it may make, all of them wait longer by the same factor.
#[derive(Debug)]
struct Project {
    /// The planned polls, by virtual time.
    due: BTreeSet<(Duration, u64, LiveMigrationRef)>,
    members: usize,
    virtual_time: Duration,
    /// The time of the clock to which the virtual time and the budget refer.
    as_of: Duration,
    budget_per_second: u128,
    /// The polls that can be made at once, in units of [`POLL`].
    budget: u128,
    bucket: Bucket,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Neither ready nor waiting: a change of the project decides.
    Idle,
    Ready,
    Waiting(Duration),
}

/// A poll to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub migration: LiveMigrationRef,
    number: u64,
    ticket: Ticket,
}

impl Schedule {
    pub(super) fn new(options: WatchOptions, per_minute: NonZeroU32) -> Self {
        Self {
            options,
            budget_per_second: POLL * u128::from(per_minute.get()) / 60,
            members: HashMap::new(),
            projects: HashMap::new(),
            ready: VecDeque::new(),
            waiting: BTreeSet::new(),
            last_number: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Adds a migration, unless it is a member already.
    pub(super) fn add(&mut self, migration: LiveMigrationRef, now: Duration) {
        if self.members.contains_key(&migration) {
            return;
        }
        let (number, tracker) = (self.next_number(), Tracker::new(migration));
        self.members.insert(migration, Member { tracker, number, due: None });
        let budget_per_second = self.budget_per_second;
        let project = self.projects.entry(migration.group);
        project.or_insert_with(|| Project::new(budget_per_second, now)).members += 1;
        self.plan(migration, Duration::ZERO, now);
    }

    /// Removes a migration.
    pub(super) fn remove(&mut self, migration: LiveMigrationRef, now: Duration) {
        let Some(member) = self.members.remove(&migration) else {
            return;
        };
        if let Some(project) = self.projects.get_mut(&migration.group) {
            project.advance(now);
            project.members -= 1;
            if let Some((due, plan)) = member.due {
                project.due.remove(&(due, plan, migration));
            }
        }
        self.place(migration.group, now);
    }

    /// Returns the next poll to make now, if there is one.
    pub(super) fn next(&mut self, now: Duration) -> Option<Turn> {
        while self.waiting.first().is_some_and(|(time, _)| *time <= now) {
            if let Some((_, group)) = self.waiting.pop_first()
                && let Some(project) = self.projects.get_mut(&group)
            {
                if project.members == 0 {
                    self.projects.remove(&group);
                } else {
                    project.place = Place::Ready;
                    self.ready.push_back(group);
                }
            }
        }
        while let Some(group) = self.ready.pop_front() {
            let taken = self.projects.get_mut(&group).and_then(|project| {
                project.place = Place::Idle;
                project.take(now)
            });
            self.place(group, now);
            if let Some((migration, ticket)) = taken
                && let Some(member) = self.members.get_mut(&migration)
            {
                member.due = None;
                return Some(Turn { migration, number: member.number, ticket });
            }
        }
        None
    }

    /// Returns when the next poll can be due, if nothing else happens.
    pub(super) fn wakes_at(&self) -> Option<Duration> {
        self.waiting.first().map(|(time, _)| *time)
    }

    /// Records the result of a poll. Returns the item to yield.
    pub(super) fn record(
        &mut self,
        turn: Turn,
        result: PollResult,
        random: u64,
    ) -> Option<Result<Update, WatchError>> {
        let now = result.moment.received;
        let Turn { migration, number, ticket } = turn;
        if let Some(project) = self.projects.get_mut(&migration.group) {
            match &result.outcome {
                Err(error) if error.is_rate_limited() => {
                    // A wait beyond the error timeout ends the watch of this migration. The others of the project
                    // do not wait for longer than the error timeout either.
                    let most = self.options.error_timeout.clamp(PERIOD, MAX_WAIT);
                    let wait = error.retry_after().map(|wait| wait.min(most));
                    project.bucket.rate_limited(ticket, wait, now);
                }
                _ => project.bucket.responded(ticket, result.rate_limit, now),
            }
        }
        let member = self.members.get_mut(&migration).filter(|member| member.number == number);
        let step = member.map(|member| member.tracker.record(result, &self.options, random));
        match &step {
            Some(Step { next: Some(wait), .. }) => self.plan(migration, *wait, now),
            Some(Step { next: None, .. }) => self.remove(migration, now),
            // Removed meanwhile. Other migrations may wait for what the response states of the limit.
            None => self.place(migration.group, now),
        }
        step.and_then(|step| step.item)
    }

    /// Plans the next poll of a migration after a wait.
    fn plan(&mut self, migration: LiveMigrationRef, wait: Duration, now: Duration) {
        let plan = self.next_number();
        if let Some(member) = self.members.get_mut(&migration)
            && let Some(project) = self.projects.get_mut(&migration.group)
        {
            project.advance(now);
            let due = project.virtual_time.saturating_add(wait);
            project.due.insert((due, plan, migration));
            member.due = Some((due, plan));
        }
        self.place(migration.group, now);
    }

    /// Moves a project to its place after a change.
    fn place(&mut self, group: GroupId, now: Duration) {
        let Some(project) = self.projects.get_mut(&group) else {
            return;
        };
        let place = project.place_at(now);
        if project.place == Place::Ready || project.place == place {
            // A project that is no longer ready is moved when its turn comes.
            return;
        }
        if let Place::Waiting(time) = project.place {
            self.waiting.remove(&(time, group));
        }
        match place {
            Place::Waiting(time) => drop(self.waiting.insert((time, group))),
            Place::Ready => self.ready.push_back(group),
            Place::Idle => {}
        }
        project.place = place;
    }

    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}

impl Project {
    fn new(budget_per_second: u128, now: Duration) -> Self {
        Self {
            due: BTreeSet::new(),
            members: 0,
            virtual_time: now,
            as_of: now,
            budget_per_second,
            budget: budget_per_second * MAX_BUDGET_SECONDS,
            bucket: Bucket::new(now),
            place: Place::Idle,
        }
    }

    /// Advances the virtual time and the budget.
    fn advance(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.as_of);
        let time = self.virtual_time.saturating_add(passed);
        let due = self.due.first().map(|(due, ..)| due.saturating_add(LEEWAY));
        self.virtual_time = due.map_or(time, |due| time.min(due));
        self.as_of = self.as_of.max(now);
        let gained = passed.as_nanos().saturating_mul(self.budget_per_second) / 1_000_000_000;
        let most = self.budget_per_second * MAX_BUDGET_SECONDS;
        self.budget = self.budget.saturating_add(gained).min(most);
    }

    /// Returns when the next poll can be made, by the clock, or `None` if there is none to make, or if a response
    /// decides.
    fn opens_at(&self, now: Duration) -> Option<Duration> {
        let (due, ..) = self.due.first()?;
        let Opening::At(opening) = self.bucket.opening(now) else {
            return None;
        };
        let due = self.as_of.saturating_add(due.saturating_sub(self.virtual_time));
        let missing = POLL.saturating_sub(self.budget).saturating_mul(1_000_000_000);
        let nanos = u64::try_from(missing.div_ceil(self.budget_per_second)).unwrap_or(u64::MAX);
        let affordable = self.as_of.saturating_add(Duration::from_nanos(nanos));
        Some(opening.max(due).max(affordable))
    }

    fn place_at(&self, now: Duration) -> Place {
        if self.members == 0 {
            // The state of its rate limit is kept until the limit is full again.
            return Place::Waiting(now.saturating_add(FULL_AFTER));
        }
        match self.opens_at(now) {
            None => Place::Idle,
            Some(time) if time <= now => Place::Ready,
            Some(time) => Place::Waiting(time),
        }
    }

    /// Takes the migration that is due first, if the limit and the budget allow a poll now.
    fn take(&mut self, now: Duration) -> Option<(LiveMigrationRef, Ticket)> {
        self.opens_at(now).filter(|time| *time <= now)?;
        let &(due, plan, migration) = self.due.first()?;
        let ticket = self.bucket.take(now)?;
        self.advance(now);
        self.budget = self.budget.saturating_sub(POLL);
        self.due.remove(&(due, plan, migration));
        Some((migration, ticket))
    }
}
#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use atlas_client_core::RateLimit;

    use super::*;
    use crate::live_migration::LiveMigration;
    use crate::status::LiveMigrationStatus;
    use crate::watch::PollInterval;
    use crate::watch::poll::Moment;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn migration(project: u64, number: u64) -> LiveMigrationRef {
        LiveMigrationRef {
            group: format!("{project:024x}").parse().unwrap(),
            id: format!("{number:024x}").parse().unwrap(),
        }
    }

    fn schedule() -> Schedule {
        Schedule::new(WatchOptions::new(), NonZeroU32::new(400).unwrap())
    }

    fn result(status: &str, now: Duration) -> PollResult {
        let job = LiveMigration { status: Some(status.into()), ..LiveMigration::default() };
        let moment = Moment { requested: now, received: now, wall: SystemTime::UNIX_EPOCH };
        PollResult { outcome: Ok(job), rate_limit: None, moment }
    }

    /// Checks the invariants of a schedule.
    fn check(schedule: &Schedule, in_flight: usize) {
        let projects = &schedule.projects;
        let due: usize = projects.values().map(|project| project.due.len()).sum();
        let members: usize = projects.values().map(|project| project.members).sum();
        assert_eq!(members, schedule.members.len());
        assert!(due <= members && members <= due + in_flight, "{due} {members} {in_flight}");
        let count = |place: fn(&Place) -> bool| {
            projects.values().filter(|project| place(&project.place)).count()
        };
        assert_eq!(schedule.ready.len(), count(|place| *place == Place::Ready));
        assert_eq!(schedule.waiting.len(), count(|place| matches!(place, Place::Waiting(_))));
    }

    #[test]
    fn projects_take_turns_and_each_starts_with_the_longest_overdue_migration() {
        let mut schedule = schedule();
        for number in 0..100 {
            schedule.add(migration(1, number), seconds(0));
        }
        schedule.add(migration(2, 500), seconds(1));
        schedule.add(migration(2, 501), seconds(1));
        schedule.add(migration(3, 600), seconds(1));
        let mut turns = std::iter::from_fn(|| schedule.next(seconds(2)).map(|turn| turn.migration));
        let first: Vec<_> = turns.by_ref().take(6).collect();
        let expected = [(1, 0), (2, 500), (3, 600), (1, 1), (2, 501), (1, 2)];
        assert_eq!(first, expected.map(|(project, number)| migration(project, number)));
        assert_eq!(turns.count(), 97);
        check(&schedule, 103);
    }

    #[test]
    fn a_project_above_its_budget_slows_down_and_still_polls_urgent_migrations_more_often() {
        let mut schedule = schedule();
        for number in 0..4_000 {
            schedule.add(migration(1, number), seconds(0));
        }
        let (mut polls, mut in_flight) = (vec![0_u32; 4_000], Vec::new());
        for now in (0..14_400).map(seconds) {
            while let Some(turn) = schedule.next(now) {
                in_flight.push(turn);
            }
            for turn in in_flight.drain(..) {
                let number = u32::from_str_radix(&turn.migration.id.to_string(), 16).unwrap();
                polls[number as usize] += 1;
                // The first ten change with every poll.
                let status = if number < 10 { format!("X{}", now.as_secs()) } else { "NEW".into() };
                schedule.record(turn, result(&status, now), 1 << 63);
            }
        }
        check(&schedule, 0);
        let all: u32 = polls.iter().sum();
        // The budget at the start, and 400 a minute.
        assert!(all > 400 * 230 && all < 400 * 243, "{all}");
        let (urgent, others) = polls.split_at(10);
        let (least, most) = (urgent.iter().min().unwrap(), others.iter().max().unwrap());
        assert!(least > &(most * 5), "{urgent:?}, {most}");
        assert!(others.iter().all(|polls| *polls > 15), "every migration is polled");
    }

    #[test]
    fn small_delays_of_polls_do_not_add_up() {
        let interval = PollInterval::fixed(seconds(5)).unwrap();
        let options = WatchOptions::new().poll_interval(interval);
        let mut schedule = Schedule::new(options, NonZeroU32::MAX);
        let (mut polls, mut added, mut now) = (0, 0, seconds(0));
        while now < seconds(600) {
            if added < 100 && now >= seconds(5) * added / 100 {
                schedule.add(migration(1, added.into()), now);
                added += 1;
            }
            while let Some(turn) = schedule.next(now) {
                polls += 1;
                let rate_limit = Some(RateLimit::new(1200, 1200));
                schedule.record(turn, PollResult { rate_limit, ..result("NEW", now) }, 0);
            }
            let next_add = seconds(5) * added / 100;
            let wakes_at = schedule.wakes_at().unwrap();
            now = if added < 100 { wakes_at.min(next_add) } else { wakes_at };
            now += Duration::from_millis(10);
        }
        // Each is polled every 5.01 s.
        assert!(polls > 100 * 118, "{polls}");
    }

    #[test]
    fn polls_of_an_idle_day_are_not_caught_up_on() {
        let mut schedule = schedule();
        schedule.add(migration(1, 0), seconds(0));
        let (mut polls, day) = (0, 86_400);
        for now in [0].into_iter().chain(day..day + 3_600).map(seconds) {
            if now == seconds(day) {
                (1..3_000).for_each(|number| schedule.add(migration(1, number), now));
            }
            while let Some(turn) = schedule.next(now) {
                polls += 1;
                schedule.record(turn, result("NEW", now), 0);
            }
        }
        assert!(polls > 400 * 60 && polls < 400 * 63 + 100, "{polls}");
    }

    /// The state is bounded by the current members, however many are added and removed.
    #[test]
    fn removed_migrations_leave_no_state_behind() {
        let mut schedule = schedule();
        let mut random = 1_u64;
        let mut chance = move |of: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % of
        };
        let mut in_flight: Vec<Turn> = Vec::new();
        for step in 0..50_000 {
            let now = seconds(step / 4);
            let any = migration(chance(20), chance(40));
            match chance(4) {
                0 => schedule.add(any, now),
                1 => schedule.remove(any, now),
                2 if in_flight.len() < 32 => in_flight.extend(schedule.next(now)),
                _ if !in_flight.is_empty() => {
                    let place = usize::try_from(chance(32)).unwrap() % in_flight.len();
                    let turn = in_flight.swap_remove(place);
                    let status = if chance(5) == 0 { "COMPLETE" } else { "WORKING" };
                    let item = schedule.record(turn, result(status, now), chance(u64::MAX));
                    let is_terminal = item.is_some_and(|item| item.unwrap().job.is_terminal());
                    assert!(!is_terminal || status == LiveMigrationStatus::Complete.as_str());
                }
                _ => {}
            }
            check(&schedule, in_flight.len());
        }
        let all: Vec<_> = schedule.members.keys().copied().collect();
        assert!(all.len() > 20);
        for key in &all {
            schedule.remove(*key, seconds(20_000));
        }
        for turn in in_flight {
            schedule.record(turn, result("NEW", seconds(20_000)), 0);
        }
        // Projects that were ready are moved at their next turn.
        assert!(schedule.next(seconds(20_000)).is_none());
        let kept = schedule.projects.len();
        assert!(schedule.next(seconds(19_999) + FULL_AFTER).is_none());
        assert_eq!((kept, schedule.projects.len()), (20, 20), "the limits are kept");
        assert!(schedule.next(seconds(20_000) + FULL_AFTER).is_none());
        assert!(schedule.projects.is_empty() && schedule.waiting.is_empty());
        assert!(schedule.members.is_empty() && schedule.ready.is_empty());
        assert_eq!(schedule.wakes_at(), None);
    }

    #[test]
    fn a_migration_removed_and_added_again_during_a_poll_is_a_new_member() {
        let mut schedule = schedule();
        schedule.add(migration(1, 1), seconds(0));
        let turn = schedule.next(seconds(0)).unwrap();
        schedule.remove(migration(1, 1), seconds(0));
        schedule.add(migration(1, 1), seconds(0));
        assert!(schedule.record(turn, result("COMPLETE", seconds(1)), 0).is_none());
        assert_eq!(schedule.len(), 1);
        let again = schedule.next(seconds(1)).unwrap();
        assert!(schedule.next(seconds(1)).is_none(), "one poll at a time");
        assert!(schedule.record(again, result("COMPLETE", seconds(1)), 0).is_some());
        assert_eq!(schedule.len(), 0);
    }
}
