//! What scenarios came to, as a table.

use std::{collections::BTreeMap, fmt};

use atlas_migrations_journal::event::Event;

use crate::{
    scenario::{Kill, Scenario, StoreKind},
    world::Journaled,
};

/// What one scenario came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub scenario: Scenario,
    pub starts: u32,
    /// For each kill: the last request before it, and where it was.
    pub kills: Vec<(String, String)>,
    pub unclear: usize,
    pub violations: Vec<String>,
    pub story: Vec<String>,
    pub logs: String,
}

impl Outcome {
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            scenario: scenario.clone(),
            starts: 0,
            kills: Vec::new(),
            unclear: 0,
            violations: Vec::new(),
            story: Vec::new(),
            logs: String::new(),
        }
    }

    /// A process was killed.
    pub fn killed(&mut self, all: &[Journaled]) {
        let records = all.iter().flat_map(|one| &one.records);
        let intents = records.filter_map(|record| match &record.event {
            Event::Intent(intent) => Some((record.position, intent.op.to_string())),
            _ => None,
        });
        let last = intents.max().map(|(_, operation)| operation);
        let place = match self.scenario.kills.get(self.kills.len()) {
            Some(Kill::Point(name, _)) => (*name).to_owned(),
            Some(Kill::Request(_, place, rest)) => format!("request {place:?}, rest {rest:?}"),
            Some(Kill::Response(_, place)) => format!("response {place:?}"),
            None => "?".to_owned(),
        };
        let operation = match self.scenario.kills.get(self.kills.len()) {
            Some(Kill::Request(operation, ..) | Kill::Response(operation, _)) => {
                operation.to_string()
            }
            _ => last.unwrap_or_else(|| "-".to_owned()),
        };
        self.kills.push((operation, place));
    }

    pub fn finish(&mut self, all: &[Journaled], violations: Vec<String>) {
        let mut records = all.iter().flat_map(|one| &one.records);
        let unclear = records.by_ref().filter(|record| matches!(record.event, Event::Unclear(_)));
        self.unclear = unclear.count();
        self.violations = violations;
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.scenario)?;
        for violation in &self.violations {
            writeln!(formatter, "  broken: {violation}")?;
        }
        for line in &self.story {
            writeln!(formatter, "  {line}")?;
        }
        formatter.write_str(&self.logs)
    }
}

/// Sums of many scenarios.
#[derive(Default)]
pub struct Summary {
    scenarios: usize,
    starts: u32,
    kills: BTreeMap<(String, String), BTreeMap<StoreKind, u32>>,
    unclear: usize,
    broken: Vec<Outcome>,
}

impl Summary {
    pub fn add(&mut self, outcome: Outcome) {
        self.scenarios += 1;
        self.starts += outcome.starts;
        self.unclear += outcome.unclear;
        for kill in &outcome.kills {
            let stores = self.kills.entry(kill.clone()).or_default();
            *stores.entry(outcome.scenario.store).or_default() += 1;
        }
        if !outcome.violations.is_empty() {
            self.broken.push(outcome);
        }
    }

    pub fn scenarios(&self) -> usize {
        self.scenarios
    }

    pub fn kills(&self) -> u32 {
        self.kills.values().flat_map(BTreeMap::values).sum()
    }

    pub fn broken(&self) -> &[Outcome] {
        &self.broken
    }

    fn violations(&self, number: &str) -> usize {
        let all = self.broken.iter().flat_map(|outcome| &outcome.violations);
        all.filter(|violation| violation.starts_with(number)).count()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{:<10} {:<34} {:>7} {:>10}",
            "during", "killed at", "SQLite", "PostgreSQL"
        )?;
        for ((operation, place), stores) in &self.kills {
            let count = |kind| stores.get(&kind).copied().unwrap_or(0);
            let (sqlite, postgres) = (count(StoreKind::Sqlite), count(StoreKind::Postgres));
            writeln!(formatter, "{operation:<10} {place:<34} {sqlite:>7} {postgres:>10}")?;
        }
        writeln!(
            formatter,
            "{} scenarios, {} starts, {} kills, {} unclear, {} doubles, {} lost, {} scenarios with a broken invariant",
            self.scenarios,
            self.starts,
            self.kills(),
            self.unclear,
            self.violations("1:"),
            self.violations("4:"),
            self.broken.len(),
        )?;
        for outcome in self.broken.iter().take(5) {
            write!(formatter, "{outcome}")?;
        }
        Ok(())
    }
}
