//! The ids of what clients create.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::scenario::Scenario;

/// Makes ids that nothing else has. They count, and look made up.
#[derive(Debug)]
pub(crate) struct Ids {
    /// Those of the scenario.
    taken: HashSet<String>,
    made: AtomicU64,
}

impl Ids {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let ids = scenario.projects.iter().flat_map(|project| {
            let migrations = project.live_migrations.iter().map(|known| known.id.clone());
            migrations.chain(project.validations.iter().map(|known| known.id.clone()))
        });
        Self { taken: ids.collect(), made: AtomicU64::new(0) }
    }

    pub(crate) fn fresh(&self) -> Arc<str> {
        loop {
            let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
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

    #[test]
    fn no_id_is_made_that_the_scenario_has() {
        let json = r#"{"projects": [{"live_migrations": [{"id": "aaaaaaaa0000000000000001"}],
            "validations": [{"id": "aaaaaaaa0000000000000003"}]}]}"#;
        let ids = Ids::new(&Scenario::from_json(json).unwrap());
        assert_eq!(&*ids.fresh(), "aaaaaaaa0000000000000002");
        assert_eq!(&*ids.fresh(), "aaaaaaaa0000000000000004");
        assert!(crate::is_object_id(&ids.fresh()));
    }
}
