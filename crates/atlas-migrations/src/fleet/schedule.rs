//! [`Schedule`]: which migration is polled next. It neither sends nor waits.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::num::NonZeroU32;
use std::time::Duration;

use super::bucket::{Bucket, FULL_AFTER, Opening, Ticket};
use crate::watch::MigrationKey;
use crate::watch::poll::Polled;
use crate::watch::tracker::{Options, Step, Tracker};
use crate::{GroupId, Update, WatchError};

/// Polls a second that a migration wants are counted in this part of one.
const PARTS: u128 = 1_000_000_000;

/// Which migration is polled next: of the projects that may be asked now each in turn, and of a project's
/// migrations the one that has waited for longest beyond its time.
///
/// Whatever happens costs the logarithm of how many there are, and no more.
#[derive(Debug)]
pub(super) struct Schedule {
    options: Options,
    /// How many polls a second there may be in a project, in [`PARTS`].
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
    /// How many polls a second it wants, in [`PARTS`].
    demand: u128,
}

/// A project, which has a time of its own: the clock's while its members want no more polls than there can be,
/// and one that passes the slower the more they want. So all of them wait longer by the same factor, whatever
/// that comes to.
#[derive(Debug)]
struct Project {
    /// By the project's own time.
    due: BTreeSet<(Duration, u64, MigrationKey)>,
    members: usize,
    /// What its members want together.
    demand: u128,
    /// What there can be.
    supply: u128,
    /// The project's own time at a time of the clock.
    time: Duration,
    as_of: Duration,
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
        self.members.insert(key, Member { tracker, number, due: None, demand: 0 });
        let supply = self.supply;
        let project = self.projects.entry(key.group).or_insert_with(|| Project::new(supply, now));
        project.members += 1;
        let wanted = self.options.pace.longest();
        self.plan(key, wanted, Duration::ZERO, now);
    }

    /// Lets a migration be.
    pub(super) fn leave(&mut self, key: &MigrationKey, now: Duration) {
        let Some(member) = self.members.remove(key) else {
            return;
        };
        if let Some(project) = self.projects.get_mut(&key.group) {
            project.members -= 1;
            project.wants(member.demand, 0, now);
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
                    project.bucket.refused(ticket, error.retry_after(), now);
                }
                _ => project.bucket.answered(ticket, polled.rate_limit, now),
            }
        }
        let member = self.members.get_mut(&key).filter(|member| member.number == number);
        let step = member.map(|member| member.tracker.polled(polled, &self.options, random));
        match &step {
            Some(Step { next: Some(wait), .. }) => self.plan(key, *wait, *wait, now),
            Some(Step { next: None, .. }) => self.leave(&key, now),
            // It has left meanwhile. Others may wait for what the answer said of the limit.
            None => self.place(key.group, now),
        }
        step.and_then(|step| step.told)
    }

    /// Has a migration polled after a wait, which it wants to be of so much each time.
    fn plan(&mut self, key: MigrationKey, wanted: Duration, wait: Duration, now: Duration) {
        let plan = self.next_number();
        if let Some(member) = self.members.get_mut(&key)
            && let Some(project) = self.projects.get_mut(&key.group)
        {
            let demand = PARTS * 1_000_000_000 / wanted.as_nanos().max(1);
            project.wants(member.demand, demand, now);
            let due = project.time.saturating_add(wait);
            project.due.insert((due, plan, key));
            (member.demand, member.due) = (demand, Some((due, plan)));
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
            demand: 0,
            supply,
            time: now,
            as_of: now,
            bucket: Bucket::new(now),
            place: Place::Idle,
        }
    }

    /// Has a member want another number of polls a second, from now on.
    fn wants(&mut self, before: u128, demand: u128, now: Duration) {
        self.time = self.time_at(now);
        self.as_of = self.as_of.max(now);
        self.demand = self.demand - before + demand;
    }

    /// The project's own time at a time of the clock.
    fn time_at(&self, now: Duration) -> Duration {
        let passed = now.saturating_sub(self.as_of);
        self.time.saturating_add(scaled(passed, self.supply, self.demand.max(self.supply)))
    }

    /// When it is a time of the project's own, by the clock.
    fn clock_at(&self, time: Duration) -> Duration {
        let left = time.saturating_sub(self.time);
        self.as_of.saturating_add(scaled(left, self.demand.max(self.supply), self.supply))
    }

    fn belongs(&self, now: Duration) -> Place {
        if self.members == 0 {
            // What is known of its limit is kept until it does not matter.
            return match self.place {
                Place::Waiting(time) => Place::Waiting(time),
                _ => Place::Waiting(now.saturating_add(FULL_AFTER)),
            };
        }
        match (self.due.first(), self.bucket.opening(now)) {
            (None, _) | (_, Opening::OnAnswer) => Place::Idle,
            (Some((due, ..)), Opening::At(opening)) => match opening.max(self.clock_at(*due)) {
                time if time <= now => Place::Ready,
                time => Place::Waiting(time),
            },
        }
    }

    /// Takes the migration whose time has come, if one's has and the limit allows it.
    fn take(&mut self, now: Duration) -> Option<(MigrationKey, Ticket)> {
        let &(due, plan, key) = self.due.first().filter(|(due, ..)| self.clock_at(*due) <= now)?;
        let ticket = self.bucket.take(now)?;
        self.due.remove(&(due, plan, key));
        Some((key, ticket))
    }
}

/// A duration times a fraction.
fn scaled(duration: Duration, numerator: u128, denominator: u128) -> Duration {
    let nanoseconds = duration.as_nanos().saturating_mul(numerator) / denominator.max(1);
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}
