//! [`Board`]: everything that a view shows.

use std::collections::{BTreeMap, HashMap};

use atlas_migrations_journal::{event::StreamKind, overview::MigrationSummary, store::StreamRow};

use crate::reader::{Published, Snapshot, events_of, rows_of};
use crate::{
    groups::{Group, groups, tone_rank},
    migration::{Migration, Pointer},
    plan::PlanView,
    policy::{Policy, policies},
    times::Times,
    words::{Kind, Tone},
};

/// Everything that a view shows.
#[derive(Clone, Debug)]
pub struct Board {
    /// Sorted by who acts next, then by urgency.
    pub migrations: Vec<Migration>,
    /// The plans, the worst verdict first.
    pub plans: Vec<PlanView>,
    /// The name of the only plan.
    pub scope: Option<String>,
    /// When an event was recorded last, in milliseconds since 1970.
    pub last_event_ms: Option<i64>,
}

/// How many migrations are in a state.
#[derive(Clone, Copy, Debug)]
pub struct Total {
    /// The state.
    pub kind: Kind,
    /// How it looks.
    pub tone: Tone,
    /// The number of migrations.
    pub count: usize,
}

impl Board {
    /// Makes the board from what the journal says, for one plan if its name is given.
    pub fn new(published: &Published, plan: Option<&str>, times: &Times) -> Self {
        let snapshot = &*published.snapshot;
        let rules: HashMap<_, _> = rows_of(snapshot, StreamKind::Plan, None)
            .map(|row| (row.id, policies(events_of(snapshot, row.id))))
            .collect();
        let none = BTreeMap::new();
        let of_plan = |row: &StreamRow| row.plan.and_then(|plan| rules.get(&plan)).unwrap_or(&none);
        let names = names(snapshot);
        let mut migrations: Vec<_> = rows_of(snapshot, StreamKind::Migration, plan)
            .map(|row| {
                let records = events_of(snapshot, row.id);
                let summary = MigrationSummary::new(row.clone(), records);
                let name = name_of(&names, row);
                Migration::new(name, &summary, records, of_plan(row), times)
            })
            .collect();
        sort(&mut migrations);
        let mut plans: Vec<_> = rows_of(snapshot, StreamKind::Plan, plan)
            .map(|row| {
                let id = row.id.to_string();
                let members: Vec<_> =
                    migrations.iter().filter(|one| one.plan.as_ref() == Some(&id)).collect();
                let rules: &BTreeMap<String, Policy> = rules.get(&row.id).unwrap_or(&none);
                PlanView::new(row, events_of(snapshot, row.id), &members, rules, times)
            })
            .collect();
        plans.sort_by(|a, b| (a.verdict, &a.pointer.name).cmp(&(b.verdict, &b.pointer.name)));
        let only = (plans.len() == 1 && migrations.iter().all(|one| one.plan.is_some()))
            .then(|| plans.first().map(|plan| plan.pointer.name.clone()))
            .flatten();
        let events = snapshot.events.values().filter_map(|events| events.last());
        Self {
            scope: plan.map(str::to_owned).or(only),
            last_event_ms: events.map(|event| event.at_ms).max(),
            migrations,
            plans,
        }
    }

    /// Sorts the migrations again, after some were changed.
    pub fn sort(&mut self) {
        sort(&mut self.migrations);
    }

    /// Returns the sections of the table.
    pub fn groups(&self) -> Vec<Group<'_>> {
        groups(&self.migrations)
    }

    /// Returns how many migrations need a person.
    pub fn need_person(&self) -> usize {
        self.migrations.iter().filter(|one| one.needs_person()).count()
    }

    /// Returns the verdict in one line.
    pub fn heading(&self) -> String {
        let (need, total) = (self.need_person(), self.migrations.len());
        let complete = self.count(|one| one.kind == Kind::Complete);
        match (need, total) {
            (_, 0) => "No migrations".to_owned(),
            (0, _) if complete == total && total == 1 => "The migration is complete".to_owned(),
            (0, _) if complete == total => format!("All {total} are complete"),
            (0, 1) => "It goes on by itself".to_owned(),
            (0, _) => format!("None of {total} needs you"),
            (1, 1) => "1 migration needs you".to_owned(),
            (1, _) => format!("1 of {total} needs you"),
            _ => format!("{need} of {total} need you"),
        }
    }

    /// Returns the title of the browser's tab.
    pub fn title(&self) -> String {
        let scope = self.scope.as_deref().unwrap_or("migrations");
        match self.need_person() {
            0 => format!("{} · {scope}", self.heading()),
            1 => format!("1 needs you · {scope}"),
            need => format!("{need} need you · {scope}"),
        }
    }

    /// Returns the migrations that need a person, if they are few.
    pub fn named(&self) -> Vec<&Migration> {
        let need: Vec<_> = self.migrations.iter().filter(|one| one.needs_person()).collect();
        if need.len() <= 3 { need } else { Vec::new() }
    }

    /// Returns how many migrations are in each state, the broken ones first.
    pub fn totals(&self) -> Vec<Total> {
        let mut totals: Vec<Total> = Vec::new();
        for one in &self.migrations {
            let (kind, tone) = (one.kind, one.tone());
            match totals.iter_mut().find(|total| total.kind == kind && total.tone == tone) {
                Some(total) => total.count += 1,
                None => totals.push(Total { kind, tone, count: 1 }),
            }
        }
        totals.sort_by_key(|total| (tone_rank(total.tone), total.kind));
        totals
    }

    /// Returns a migration by its stream.
    pub fn migration(&self, id: &str) -> Option<&Migration> {
        self.migrations.iter().find(|one| one.pointer.id == id)
    }

    /// Returns a plan by its stream.
    pub fn plan(&self, id: &str) -> Option<&PlanView> {
        self.plans.iter().find(|plan| plan.pointer.id == id)
    }

    /// Returns the plan of a migration.
    pub fn plan_of(&self, migration: &Migration) -> Option<&Pointer> {
        Some(&self.plan(migration.plan.as_ref()?)?.pointer)
    }

    /// Returns the board of one plan.
    #[must_use]
    pub fn of_plan(&self, plan: &PlanView) -> Self {
        let is_member = |one: &&Migration| one.plan.as_ref() == Some(&plan.pointer.id);
        Self {
            migrations: self.migrations.iter().filter(is_member).cloned().collect(),
            plans: vec![plan.clone()],
            scope: Some(plan.pointer.name.clone()),
            last_event_ms: self.last_event_ms,
        }
    }

    /// Keeps some of the migrations, and the plans that they belong to. A plan keeps its verdict, which is about all of its
    /// migrations.
    pub fn retain(&mut self, is_shown: impl FnMut(&Migration) -> bool) {
        let before = self.migrations.len();
        self.migrations.retain(is_shown);
        if self.migrations.len() == before {
            return;
        }
        let of_plan = |plan: &PlanView| {
            self.migrations.iter().any(|one| one.plan.as_ref() == Some(&plan.pointer.id))
        };
        self.plans.retain(of_plan);
        self.scope = None;
    }

    fn count(&self, is_meant: impl Fn(&Migration) -> bool) -> usize {
        self.migrations.iter().filter(|one| is_meant(one)).count()
    }
}

fn sort(migrations: &mut [Migration]) {
    migrations.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
}

/// Returns how many migrations have each name.
fn names(snapshot: &Snapshot) -> HashMap<&str, usize> {
    let mut names = HashMap::new();
    for row in rows_of(snapshot, StreamKind::Migration, None) {
        *names.entry(row.name.as_str()).or_default() += 1;
    }
    names
}

/// Returns the name as the command line takes it: with its scope only if other migrations have the same name.
fn name_of(names: &HashMap<&str, usize>, row: &StreamRow) -> String {
    match names.get(row.name.as_str()) {
        Some(2..) => format!("{}/{}", row.scope, row.name),
        _ => row.name.clone(),
    }
}
