//! The projects, with their migrations and validations.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::live_migration::Migration;
use super::lock::lock;
use super::validation::Validation;
use crate::scenario::{self, Scenario};

/// How many migrations and how many validations clients can create in a project. Invented.
pub(crate) const MAX_CREATED: usize = 200_000;

/// The projects, by id.
pub(crate) struct Projects(BTreeMap<String, Project>);

/// A project.
pub(crate) struct Project {
    id: String,
    contents: Mutex<Contents>,
}

/// The contents of a project.
#[derive(Default)]
struct Contents {
    migrations: HashMap<Arc<str>, Arc<Migration>>,
    /// The ids of the migrations that clients created, in that order.
    created: Vec<Arc<str>>,
    /// The migrations that may hold the organization's link. Some that have ended are missing.
    link_holders: Vec<Arc<Migration>>,
    validations: HashMap<Arc<str>, Arc<Validation>>,
    /// The number of validations that clients created.
    created_validations: usize,
}

/// The project already has the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProjectFull;

impl Projects {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let project = |project: &scenario::Project| {
            (project.id.clone(), Project::new(project, scenario.linked))
        };
        Self(scenario.projects.iter().map(project).collect())
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Project> {
        self.0.get(id)
    }

    /// Returns the sorted ids of the projects with an active migration that holds the organization's
    /// link.
    pub(crate) fn holding_the_link(&self, now: Duration) -> Vec<&str> {
        let holding = self.0.values().filter(|project| project.holds_the_link(now));
        holding.map(Project::id).collect()
    }
}

impl Project {
    fn new(scenario: &scenario::Project, linked: bool) -> Self {
        let mut contents = Contents::default();
        for migration in &scenario.live_migrations {
            let id = migration.id.as_str().into();
            let migration = Arc::new(Migration::from_scenario(migration));
            if linked {
                contents.link_holders.push(Arc::clone(&migration));
            }
            contents.migrations.insert(id, migration);
        }
        for validation in &scenario.validations {
            let id = validation.id.as_str().into();
            contents.validations.insert(id, Arc::new(Validation::from_scenario(validation)));
        }
        Self { id: scenario.id.clone(), contents: Mutex::new(contents) }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn migration(&self, id: &str) -> Option<Arc<Migration>> {
        lock(&self.contents).migrations.get(id).cloned()
    }

    pub(crate) fn validation(&self, id: &str) -> Option<Arc<Validation>> {
        lock(&self.contents).validations.get(id).cloned()
    }

    /// Returns the ids of the migrations that clients created, in that order.
    pub(crate) fn created(&self) -> Vec<String> {
        lock(&self.contents).created.iter().map(|id| String::from(&**id)).collect()
    }

    /// Adds a migration, unless clients have created `max` migrations.
    pub(crate) fn add_migration(
        &self,
        id: Arc<str>,
        migration: &Arc<Migration>,
        max: usize,
    ) -> Result<(), ProjectFull> {
        let mut contents = lock(&self.contents);
        if contents.created.len() >= max {
            return Err(ProjectFull);
        }
        contents.created.push(Arc::clone(&id));
        contents.link_holders.push(Arc::clone(migration));
        contents.migrations.insert(id, Arc::clone(migration));
        Ok(())
    }

    /// Adds a validation, unless clients have created `max` validations.
    pub(crate) fn add_validation(
        &self,
        id: Arc<str>,
        validation: &Arc<Validation>,
        max: usize,
    ) -> Result<(), ProjectFull> {
        let mut contents = lock(&self.contents);
        if contents.created_validations >= max {
            return Err(ProjectFull);
        }
        contents.created_validations += 1;
        contents.validations.insert(id, Arc::clone(validation));
        Ok(())
    }

    /// Returns whether an active migration holds the organization's link. Migrations that have ended are removed from
    /// the holders, as they never become active again.
    fn holds_the_link(&self, now: Duration) -> bool {
        let holders = &mut lock(&self.contents).link_holders;
        while holders.pop_if(|last| last.snapshot(now).status.is_terminal()).is_some() {}
        !holders.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Timeline;

    const START: Duration = Duration::ZERO;

    fn project(linked: bool) -> Project {
        Project::new(&scenario::Project::default(), linked)
    }

    fn migration() -> Arc<Migration> {
        let timeline = Timeline::default();
        Arc::new(Migration::new("h".to_owned(), "s".to_owned(), timeline, START))
    }

    #[test]
    fn a_full_project_takes_no_more() {
        let project = project(false);
        for (id, added) in [("a", Ok(())), ("b", Ok(())), ("c", Err(ProjectFull))] {
            assert_eq!(project.add_migration(id.into(), &migration(), 2), added);
            let validation = Arc::new(Validation::from_scenario(&scenario::Validation::default()));
            assert_eq!(project.add_validation(id.into(), &validation, 2), added);
            assert_eq!(project.migration(id).is_some(), added.is_ok());
            assert_eq!(project.validation(id).is_some(), added.is_ok());
        }
        assert_eq!(project.created(), ["a", "b"]);
        // Those of the scenario do not count.
        assert!(project.migration("6296fb4c7c7aa997cf94e9a8").is_some());
    }

    #[test]
    fn ended_migrations_hold_no_link_and_are_removed_from_the_holders() {
        let project = project(false);
        assert!(!project.holds_the_link(START));
        let all = [migration(), migration(), migration()];
        for (id, migration) in ["a", "b", "c"].into_iter().zip(&all) {
            project.add_migration(id.into(), migration, 9).unwrap();
        }
        all[0].fail(START).unwrap();
        all[2].fail(START).unwrap();
        assert!(project.holds_the_link(START));
        assert_eq!(lock(&project.contents).link_holders.len(), 2);
        all[1].fail(START).unwrap();
        assert!(!project.holds_the_link(START));
        assert_eq!(lock(&project.contents).link_holders.len(), 0);
    }

    #[test]
    fn migrations_of_the_scenario_hold_only_the_link_of_the_scenario() {
        assert!(project(true).holds_the_link(START));
        assert!(!project(false).holds_the_link(START));
    }
}
