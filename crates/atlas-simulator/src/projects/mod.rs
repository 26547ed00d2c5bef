//! The projects, and what becomes of their migrations and validations.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::locked;
use crate::scenario::{self, Scenario};

mod migration;
mod validation;

pub(crate) use migration::Migration;
pub(crate) use validation::{Outcome, Validation};

/// How many migrations and how many validations clients can create in one project. Invented.
pub(crate) const MOST_CREATED: usize = 200_000;

/// The projects, by id.
pub(crate) struct Projects(BTreeMap<String, Project>);

/// A project.
pub(crate) struct Project {
    id: String,
    contents: Mutex<Contents>,
}

/// What is in a project. Only look-ups and insertions are done under its lock.
#[derive(Default)]
struct Contents {
    migrations: HashMap<Arc<str>, Arc<Migration>>,
    /// The ids of those that clients created, in that order.
    created: Vec<Arc<str>>,
    /// Those that may hold the organisation's link: all that came under one, without some that have
    /// ended.
    holders: Vec<Arc<Migration>>,
    validations: HashMap<Arc<str>, Arc<Validation>>,
    /// How many of them clients asked for.
    submitted: usize,
}

/// There are as many in the project as it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Projects {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let project = |project: &scenario::Project| {
            (project.id.clone(), Project::new(project, scenario.linked))
        };
        Self(scenario.projects.iter().map(project).collect())
    }

    pub(crate) fn project(&self, id: &str) -> Option<&Project> {
        self.0.get(id)
    }

    /// The ids of those with an active migration that holds the organisation's link, in order.
    pub(crate) fn holding_the_link(&self, now: Duration) -> Vec<&str> {
        let holding = self.0.values().filter(|project| project.holds_the_link(now));
        holding.map(Project::id).collect()
    }
}

impl Project {
    fn new(described: &scenario::Project, linked: bool) -> Self {
        let mut contents = Contents::default();
        for known in &described.live_migrations {
            let migration = Arc::new(Migration::described(known));
            if linked {
                contents.holders.push(Arc::clone(&migration));
            }
            contents.migrations.insert(known.id.as_str().into(), migration);
        }
        let validations = described.validations.iter();
        let validations = validations
            .map(|known| (known.id.as_str().into(), Arc::new(Validation::described(known))));
        contents.validations = validations.collect();
        Self { id: described.id.clone(), contents: Mutex::new(contents) }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn migration(&self, id: &str) -> Option<Arc<Migration>> {
        locked(&self.contents).migrations.get(id).cloned()
    }

    pub(crate) fn validation(&self, id: &str) -> Option<Arc<Validation>> {
        locked(&self.contents).validations.get(id).cloned()
    }

    /// The ids of the migrations that clients created, in that order.
    pub(crate) fn created(&self) -> Vec<String> {
        locked(&self.contents).created.iter().map(|id| String::from(&**id)).collect()
    }

    /// Adds a migration, unless there are as many created ones as that.
    pub(crate) fn create(
        &self,
        id: Arc<str>,
        migration: &Arc<Migration>,
        most: usize,
    ) -> Result<(), Full> {
        let mut contents = locked(&self.contents);
        if contents.created.len() >= most {
            return Err(Full);
        }
        contents.created.push(Arc::clone(&id));
        contents.holders.push(Arc::clone(migration));
        contents.migrations.insert(id, Arc::clone(migration));
        Ok(())
    }

    /// Adds a validation, unless there are as many submitted ones as that.
    pub(crate) fn submit(
        &self,
        id: Arc<str>,
        validation: &Arc<Validation>,
        most: usize,
    ) -> Result<(), Full> {
        let mut contents = locked(&self.contents);
        if contents.submitted >= most {
            return Err(Full);
        }
        contents.submitted += 1;
        contents.validations.insert(id, Arc::clone(validation));
        Ok(())
    }

    /// Whether an active migration holds the organisation's link. Nothing follows the end of a
    /// migration, so that those that have ended are never looked at again.
    fn holds_the_link(&self, now: Duration) -> bool {
        let holders = &mut locked(&self.contents).holders;
        while holders.pop_if(|last| last.snapshot(now).status.is_final()).is_some() {}
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
        Arc::new(Migration::created("h".to_owned(), "s".to_owned(), timeline, START))
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let project = project(false);
        for (id, added) in [("a", Ok(())), ("b", Ok(())), ("c", Err(Full))] {
            assert_eq!(project.create(id.into(), &migration(), 2), added);
            let validation = Arc::new(Validation::described(&scenario::Validation::default()));
            assert_eq!(project.submit(id.into(), &validation, 2), added);
            assert_eq!(project.migration(id).is_some(), added.is_ok());
            assert_eq!(project.validation(id).is_some(), added.is_ok());
        }
        assert_eq!(project.created(), ["a", "b"]);
        // Those of the scenario do not count.
        assert!(project.migration("6296fb4c7c7aa997cf94e9a8").is_some());
    }

    #[test]
    fn what_has_ended_holds_no_link_and_is_dropped_from_the_list() {
        let project = project(false);
        assert!(!project.holds_the_link(START));
        let all = [migration(), migration(), migration()];
        for (id, migration) in ["a", "b", "c"].into_iter().zip(&all) {
            project.create(id.into(), migration, 9).unwrap();
        }
        all[0].fail(START).unwrap();
        all[2].fail(START).unwrap();
        assert!(project.holds_the_link(START));
        assert_eq!(locked(&project.contents).holders.len(), 2);
        all[1].fail(START).unwrap();
        assert!(!project.holds_the_link(START));
        assert_eq!(locked(&project.contents).holders.len(), 0);
    }

    #[test]
    fn migrations_of_the_scenario_hold_a_link_that_is_of_the_scenario_too() {
        assert!(project(true).holds_the_link(START));
        assert!(!project(false).holds_the_link(START));
    }
}
