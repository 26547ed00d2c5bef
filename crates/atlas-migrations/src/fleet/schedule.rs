//! [`Schedule`]: which migration is polled next. It neither sends nor waits.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::num::NonZeroU32;
use std::time::Duration;

use super::bucket::{Bucket, FULL_AFTER, Opening, PERIOD, Ticket};
use crate::watch::poll::Polled;
use crate::watch::tracker::{Options, Step, Tracker};
use crate::watch::{LONGEST, MigrationKey};
use crate::{GroupId, Update, WatchError};

/// How much of a poll is reckoned with.
const PARTS: u128 = 1_000_000_000;
/// What was not used can be used at once, up to what there is in so many seconds.
const SAVED_SECONDS: u128 = 180;
/// So late may a poll be before it holds up the others of its project. Timers are late by a millisecond, and what
/// each of many polls is late by would add up.
const LEEWAY: Duration = Duration::from_secs(1);

/// Which migration is polled next: of the projects that may be asked now each in turn, and of a project's
/// migrations the one that has waited for longest beyond its time.
///
/// Whatever happens costs the logarithm of how many there are, and no more.
#[derive(Debug)]
pub(super) struct Schedule {
    options: Options,
    /// How many polls a second there may be in a project in the long run, in [`PARTS`].
    supply: u128,
    members: HashMap<MigrationKey, Member>,
    projects: HashMap<GroupId, Project>,
    /// The projects in which a migration may be polled now, each once.
    ready: VecDeque<GroupId>,
    /// The others in which one may be polled at some time.
    waiting: BTreeSet<(Duration, GroupId)>,
    /// How many have joined so far, and how many polls were planned, which numbers them.
    count: u64,
}

#[derive(Debug)]
struct Member {
    tracker: Tracker,
    /// What tells it from one with the same key that left before.
    number: u64,
    /// When it is to be polled by its project's own time, and the number of that plan; none while a poll is
    /// under way.
    due: Option<(Duration, u64)>,
}

/// A project, which has a time of its own: the clock's, but for standing still while a migration's time has come
/// (and [`LEEWAY`] is over) and it cannot be polled yet. So where a project's migrations want more polls than there can be, all of them
/// wait longer by the same factor, and it need not be known which.
#[derive(Debug)]
struct Project {
    /// By the project's own time.
    due: BTreeSet<(Duration, u64, MigrationKey)>,
    members: usize,
    /// The project's own time at a time of the clock.
    time: Duration,
    as_of: Duration,
    supply: u128,
    /// How many polls were not used yet, in [`PARTS`].
    saved: u128,
    bucket: Bucket,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing is to be done before something happens to the project.
    Idle,
    Ready,
    Waiting(Duration),
}

/// A poll that is to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub key: MigrationKey,
    number: u64,
    ticket: Ticket,
}

impl Schedule {
    pub(super) fn new(options: Options, per_minute: NonZeroU32) -> Self {
        Self {
            options,
            supply: PARTS * u128::from(per_minute.get()) / 60,
            members: HashMap::new(),
            projects: HashMap::new(),
            ready: VecDeque::new(),
            waiting: BTreeSet::new(),
            count: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Has a migration polled from now on, if it is not already.
    pub(super) fn join(&mut self, key: MigrationKey, now: Duration) {
        if self.members.contains_key(&key) {
            return;
        }
        let (number, tracker) = (self.next_number(), Tracker::new(key));
        self.members.insert(key, Member { tracker, number, due: None });
        let supply = self.supply;
        let project = self.projects.entry(key.group).or_insert_with(|| Project::new(supply, now));
        project.members += 1;
        self.plan(key, Duration::ZERO, now);
    }

    /// Lets a migration be.
    pub(super) fn leave(&mut self, key: &MigrationKey, now: Duration) {
        let Some(member) = self.members.remove(key) else {
            return;
        };
        if let Some(project) = self.projects.get_mut(&key.group) {
            project.pass(now);
            project.members -= 1;
            if let Some((due, plan)) = member.due {
                project.due.remove(&(due, plan, *key));
            }
        }
        self.place(key.group, now);
    }

    /// The next migration to poll now, if there is one.
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
            if let Some((key, ticket)) = taken
                && let Some(member) = self.members.get_mut(&key)
            {
                member.due = None;
                return Some(Turn { key, number: member.number, ticket });
            }
        }
        None
    }

    /// When there may be a next one to poll, if nothing else happens.
    pub(super) fn wakes_at(&self) -> Option<Duration> {
        self.waiting.first().map(|(time, _)| *time)
    }

    /// Takes in what became of a poll, and says what there is to tell of it.
    pub(super) fn polled(
        &mut self,
        turn: Turn,
        polled: Polled,
        random: u64,
    ) -> Option<Result<Update, WatchError>> {
        let now = polled.moment.now;
        let Turn { key, number, ticket } = turn;
        if let Some(project) = self.projects.get_mut(&key.group) {
            match &polled.outcome {
                Err(error) if error.is_rate_limited() => {
                    // A wait beyond the patience ends the watch of the one that was asked to wait. The others
                    // are not kept waiting for longer than their patience either.
                    let most = self.options.patience.clamp(PERIOD, LONGEST);
                    let wait = error.retry_after().map(|wait| wait.min(most));
                    project.bucket.refused(ticket, wait, now);
                }
                _ => project.bucket.answered(ticket, polled.rate_limit, now),
            }
        }
        let member = self.members.get_mut(&key).filter(|member| member.number == number);
        let step = member.map(|member| member.tracker.polled(polled, &self.options, random));
        match &step {
            Some(Step { next: Some(wait), .. }) => self.plan(key, *wait, now),
            Some(Step { next: None, .. }) => self.leave(&key, now),
            // It has left meanwhile. Others may wait for what the answer said of the limit.
            None => self.place(key.group, now),
        }
        step.and_then(|step| step.told)
    }

    /// Has a migration polled after a wait.
    fn plan(&mut self, key: MigrationKey, wait: Duration, now: Duration) {
        let plan = self.next_number();
        if let Some(member) = self.members.get_mut(&key)
            && let Some(project) = self.projects.get_mut(&key.group)
        {
            project.pass(now);
            let due = project.time.saturating_add(wait);
            project.due.insert((due, plan, key));
            member.due = Some((due, plan));
        }
        self.place(key.group, now);
    }

    /// Puts a project where it belongs after something happened to it.
    fn place(&mut self, group: GroupId, now: Duration) {
        let Some(project) = self.projects.get_mut(&group) else {
            return;
        };
        let place = project.belongs(now);
        if project.place == Place::Ready || project.place == place {
            // What is ready no longer is found to be so when its turn comes.
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
        self.count += 1;
        self.count
    }
}

impl Project {
    fn new(supply: u128, now: Duration) -> Self {
        Self {
            due: BTreeSet::new(),
            members: 0,
            time: now,
            as_of: now,
            supply,
            saved: supply * SAVED_SECONDS,
            bucket: Bucket::new(now),
            place: Place::Idle,
        }
    }

    /// Lets time pass.
    fn pass(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.as_of);
        let time = self.time.saturating_add(passed);
        let due = self.due.first().map(|(due, ..)| due.saturating_add(LEEWAY));
        self.time = due.map_or(time, |due| time.min(due));
        self.as_of = self.as_of.max(now);
        let earned = passed.as_nanos().saturating_mul(self.supply) / 1_000_000_000;
        self.saved = self.saved.saturating_add(earned).min(self.supply * SAVED_SECONDS);
    }

    /// When the next poll may be made, by the clock; none where there is none to make, or an answer comes first.
    fn opens_at(&self, now: Duration) -> Option<Duration> {
        let (due, ..) = self.due.first()?;
        let Opening::At(opening) = self.bucket.opening(now) else {
            return None;
        };
        let due = self.as_of.saturating_add(due.saturating_sub(self.time));
        let missing = PARTS.saturating_sub(self.saved).saturating_mul(1_000_000_000);
        let earned_in = u64::try_from(missing.div_ceil(self.supply)).unwrap_or(u64::MAX);
        let earned = self.as_of.saturating_add(Duration::from_nanos(earned_in));
        Some(opening.max(due).max(earned))
    }

    fn belongs(&self, now: Duration) -> Place {
        if self.members == 0 {
            // What is known of its limit is kept until it does not matter.
            return match self.place {
                Place::Waiting(time) => Place::Waiting(time),
                _ => Place::Waiting(now.saturating_add(FULL_AFTER)),
            };
        }
        match self.opens_at(now) {
            None => Place::Idle,
            Some(time) if time <= now => Place::Ready,
            Some(time) => Place::Waiting(time),
        }
    }

    /// Takes the migration whose time has come, if one's has and the limit allows it.
    fn take(&mut self, now: Duration) -> Option<(MigrationKey, Ticket)> {
        self.opens_at(now).filter(|time| *time <= now)?;
        let &(due, plan, key) = self.due.first()?;
        let ticket = self.bucket.take(now)?;
        self.pass(now);
        self.saved = self.saved.saturating_sub(PARTS);
        self.due.remove(&(due, plan, key));
        Some((key, ticket))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use atlas_client_core::RateLimit;

    use super::*;
    use crate::watch::Pace;
    use crate::watch::poll::Moment;
    use crate::{LiveMigration, LiveMigrationStatus};

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn key(project: u64, number: u64) -> MigrationKey {
        MigrationKey {
            group: format!("{project:024x}").parse().unwrap(),
            id: format!("{number:024x}").parse().unwrap(),
        }
    }

    fn schedule() -> Schedule {
        Schedule::new(Options::default(), NonZeroU32::new(400).unwrap())
    }

    fn polled(status: &str, now: Duration) -> Polled {
        let job = LiveMigration { status: Some(status.into()), ..LiveMigration::default() };
        let moment = Moment { asked: now, now, wall: SystemTime::UNIX_EPOCH };
        Polled { outcome: Ok(job), rate_limit: None, moment }
    }

    /// What holds whenever nothing is being done to a schedule.
    fn check(schedule: &Schedule, under_way: usize) {
        let projects = &schedule.projects;
        let due: usize = projects.values().map(|project| project.due.len()).sum();
        let members: usize = projects.values().map(|project| project.members).sum();
        assert_eq!(members, schedule.members.len());
        assert!(due <= members && members <= due + under_way, "{due} {members} {under_way}");
        let count = |place: fn(&Place) -> bool| {
            projects.values().filter(|project| place(&project.place)).count()
        };
        assert_eq!(schedule.ready.len(), count(|place| *place == Place::Ready));
        assert_eq!(schedule.waiting.len(), count(|place| matches!(place, Place::Waiting(_))));
    }

    #[test]
    fn projects_take_turns_and_each_starts_with_who_waits_longest() {
        let mut schedule = schedule();
        for number in 0..100 {
            schedule.join(key(1, number), seconds(0));
        }
        schedule.join(key(2, 500), seconds(1));
        schedule.join(key(2, 501), seconds(1));
        schedule.join(key(3, 600), seconds(1));
        let mut turns = std::iter::from_fn(|| schedule.next(seconds(2)).map(|turn| turn.key));
        let first: Vec<_> = turns.by_ref().take(6).collect();
        let expected = [(1, 0), (2, 500), (3, 600), (1, 1), (2, 501), (1, 2)];
        assert_eq!(first, expected.map(|(project, number)| key(project, number)));
        assert_eq!(turns.count(), 97);
        check(&schedule, 103);
    }

    #[test]
    fn a_project_that_wants_too_much_waits_longer_and_its_urgent_ones_still_less_than_others() {
        let mut schedule = schedule();
        for number in 0..4_000 {
            schedule.join(key(1, number), seconds(0));
        }
        let (mut polls, mut under_way) = (vec![0_u32; 4_000], Vec::new());
        for now in (0..14_400).map(seconds) {
            while let Some(turn) = schedule.next(now) {
                under_way.push(turn);
            }
            for turn in under_way.drain(..) {
                let number = u32::from_str_radix(&turn.key.id.to_string(), 16).unwrap();
                polls[number as usize] += 1;
                // The first ten change all the time.
                let status = if number < 10 { format!("X{}", now.as_secs()) } else { "NEW".into() };
                schedule.polled(turn, polled(&status, now), 1 << 63);
            }
        }
        check(&schedule, 0);
        let all: u32 = polls.iter().sum();
        // What is there at the start, and 400 a minute.
        assert!(all > 400 * 230 && all < 400 * 243, "{all}");
        let (urgent, others) = polls.split_at(10);
        let (least, most) = (urgent.iter().min().unwrap(), others.iter().max().unwrap());
        assert!(least > &(most * 5), "{urgent:?}, {most}");
        assert!(others.iter().all(|polls| *polls > 15), "nobody starves");
    }

    #[test]
    fn polls_that_are_each_a_little_late_do_not_make_each_other_later() {
        let pace = Pace::new(&(seconds(5)..=seconds(5)));
        let options = Options { pace, ..Options::default() };
        let mut schedule = Schedule::new(options, NonZeroU32::MAX);
        let (mut polls, mut joined, mut now) = (0, 0, seconds(0));
        while now < seconds(600) {
            if joined < 100 && now >= seconds(5) * joined / 100 {
                schedule.join(key(1, joined.into()), now);
                joined += 1;
            }
            while let Some(turn) = schedule.next(now) {
                polls += 1;
                let rate_limit = Some(RateLimit::new(1200, 1200));
                schedule.polled(turn, Polled { rate_limit, ..polled("NEW", now) }, 0);
            }
            let next_join = seconds(5) * joined / 100;
            let wakes_at = schedule.wakes_at().unwrap();
            now = if joined < 100 { wakes_at.min(next_join) } else { wakes_at };
            now += Duration::from_millis(10);
        }
        // Each is seen every 5.01 s.
        assert!(polls > 100 * 118, "{polls}");
    }

    #[test]
    fn what_was_not_used_for_a_day_is_not_made_up_for() {
        let mut schedule = schedule();
        schedule.join(key(1, 0), seconds(0));
        let (mut polls, day) = (0, 86_400);
        for now in [0].into_iter().chain(day..day + 3_600).map(seconds) {
            if now == seconds(day) {
                (1..3_000).for_each(|number| schedule.join(key(1, number), now));
            }
            while let Some(turn) = schedule.next(now) {
                polls += 1;
                schedule.polled(turn, polled("NEW", now), 0);
            }
        }
        assert!(polls > 400 * 60 && polls < 400 * 63 + 100, "{polls}");
    }

    /// However many come and go, what is kept is bounded by who is there.
    #[test]
    fn whatever_comes_and_goes_leaves_nothing_behind() {
        let mut schedule = schedule();
        let mut random = 1_u64;
        let mut chance = move |of: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % of
        };
        let mut under_way: Vec<Turn> = Vec::new();
        for step in 0..50_000 {
            let now = seconds(step / 4);
            let any = key(chance(20), chance(40));
            match chance(4) {
                0 => schedule.join(any, now),
                1 => schedule.leave(&any, now),
                2 if under_way.len() < 32 => under_way.extend(schedule.next(now)),
                _ if !under_way.is_empty() => {
                    let place = usize::try_from(chance(32)).unwrap() % under_way.len();
                    let turn = under_way.swap_remove(place);
                    let status = if chance(5) == 0 { "COMPLETE" } else { "WORKING" };
                    let told = schedule.polled(turn, polled(status, now), chance(u64::MAX));
                    let is_over = told.is_some_and(|told| told.unwrap().job.is_over());
                    assert!(!is_over || status == LiveMigrationStatus::Complete.as_str());
                }
                _ => {}
            }
            check(&schedule, under_way.len());
        }
        let all: Vec<_> = schedule.members.keys().copied().collect();
        assert!(all.len() > 20);
        for key in &all {
            schedule.leave(key, seconds(20_000));
        }
        for turn in under_way {
            schedule.polled(turn, polled("NEW", seconds(20_000)), 0);
        }
        assert!(!schedule.projects.is_empty(), "their limits are still known");
        // Those whose turn it was are looked at once more.
        assert!(schedule.next(seconds(20_000)).is_none());
        assert!(schedule.next(seconds(20_000) + FULL_AFTER).is_none());
        assert!(schedule.projects.is_empty() && schedule.waiting.is_empty());
        assert!(schedule.members.is_empty() && schedule.ready.is_empty());
        assert_eq!(schedule.wakes_at(), None);
    }

    #[test]
    fn who_leaves_during_a_poll_and_comes_again_is_another() {
        let mut schedule = schedule();
        schedule.join(key(1, 1), seconds(0));
        let turn = schedule.next(seconds(0)).unwrap();
        schedule.leave(&key(1, 1), seconds(0));
        schedule.join(key(1, 1), seconds(0));
        assert!(schedule.polled(turn, polled("COMPLETE", seconds(1)), 0).is_none());
        assert_eq!(schedule.len(), 1);
        let again = schedule.next(seconds(1)).unwrap();
        assert!(schedule.next(seconds(1)).is_none(), "it is polled once at a time");
        assert!(schedule.polled(again, polled("COMPLETE", seconds(1)), 0).is_some());
        assert_eq!(schedule.len(), 0);
    }
}
