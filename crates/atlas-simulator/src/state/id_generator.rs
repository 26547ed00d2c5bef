//! The ids of what clients create.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::scenario::Scenario;

/// Generates unique ids. They are numbered and look synthetic.
#[derive(Debug)]
pub(crate) struct IdGenerator {
    /// The ids of the scenario.
    taken: HashSet<String>,
    last: AtomicU64,
}

impl IdGenerator {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let ids = scenario.projects.iter().flat_map(|project| {
            let migrations = project.live_migrations.iter().map(|migration| &migration.id);
            migrations.chain(project.validations.iter().map(|validation| &validation.id))
        });
        Self { taken: ids.cloned().collect(), last: AtomicU64::new(0) }
    }

    pub(crate) fn generate(&self) -> Arc<str> {
        loop {
            let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
            let id = format!("aaaaaaaa{number:016x}");
            if !self.taken.contains(&id) {
                return id.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::is_object_id;

    #[test]
    fn ids_of_the_scenario_are_skipped() {
        let json = r#"{"projects": [{"live_migrations": [{"id": "aaaaaaaa0000000000000001"}],
            "validations": [{"id": "aaaaaaaa0000000000000003"}]}]}"#;
        let ids = IdGenerator::new(&Scenario::from_json(json).unwrap());
        assert_eq!(&*ids.generate(), "aaaaaaaa0000000000000002");
        assert_eq!(&*ids.generate(), "aaaaaaaa0000000000000004");
        assert!(is_object_id(&ids.generate()));
    }
}
