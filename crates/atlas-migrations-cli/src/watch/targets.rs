//! What is to be watched: ids, or a file of them.

use std::path::Path;

use atlas_client_core::sanitize;
use atlas_migrations::{GroupId, LiveMigrationId, LiveMigrationRef};
use serde::Deserialize;

use crate::failure::{Exit, Failure};
use crate::{input, json};

/// A file of migrations: some hundred thousand of them.
const PLAN: json::Form =
    json::Form { limit: 64 << 20, expected: "a JSON list of migrations", hint: Some(HINT) };

const HINT: &str = "it is a list such as \
     [{\"project_id\": \"…\", \"live_migration_id\": \"…\", \"name\": \"orders\"}]";

/// A migration to watch, and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub key: LiveMigrationRef,
    pub name: String,
}

impl Target {
    pub fn new(group: GroupId, id: LiveMigrationId, name: Option<&str>) -> Self {
        let name = name.map(sanitize).filter(|name| !name.is_empty());
        let key = LiveMigrationRef::new(group, id);
        Self { key, name: name.unwrap_or_else(|| id.to_string()) }
    }
}

/// A migration as the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(alias = "group_id")]
    project_id: GroupId,
    live_migration_id: LiveMigrationId,
    name: Option<String>,
}

/// Reads a file of migrations; `-` is stdin.
pub fn read(path: &Path) -> Result<Vec<Target>, Failure> {
    targets(json::read(path, &PLAN)?).ok_or_else(|| {
        let problem = format!("{}: there is no migration in it", input::shown(path));
        Failure::new(problem).exit(Exit::Usage).hint(HINT)
    })
}

/// The migrations to watch, of which there is at least one.
fn targets(entries: Vec<Entry>) -> Option<Vec<Target>> {
    let target = |entry: Entry| {
        Target::new(entry.project_id, entry.live_migration_id, entry.name.as_deref())
    };
    (!entries.is_empty()).then(|| without_repetitions(entries.into_iter().map(target)))
}

/// Each migration once, in the order in which they are first named.
pub fn without_repetitions(targets: impl Iterator<Item = Target>) -> Vec<Target> {
    let mut seen = std::collections::HashSet::new();
    targets.filter(|target| seen.insert(target.key)).collect()
}

#[cfg(test)]
mod tests {
    use atlas_client_core::sanitize;
    use atlas_hostile_inputs::{check, documents};
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const ONE: &str = r#""project_id": "32b6e34b3d91647abb20e7b8",
        "live_migration_id": "6296fb4c7c7aa997cf94e9a8""#;

    #[test]
    fn a_file_lists_migrations_with_or_without_names() {
        let other = ONE.replace("project_id", "group_id").replace("6296", "0000");
        let text = format!("[{{{ONE}, \"name\": \"a\\u001b[2Jb\"}}, {{{other}}}, {{{ONE}}}]");
        let targets = targets(json::value(&text).unwrap()).unwrap();
        let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
        assert_eq!(names, ["a[2Jb", "0000fb4c7c7aa997cf94e9a8"]);
        assert_eq!(targets[0].key.id.to_string(), "6296fb4c7c7aa997cf94e9a8");
        assert!(super::targets(Vec::new()).is_none());
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_place() {
        for (text, said) in [
            ("{}", "expected a list"),
            (r#"[{"project_id": "32b6"}]"#, "[0].project_id: expected an ID"),
            (&format!("[{{{ONE}}}, {{{ONE}, \"label\": 1}}]"), "[1].label: the field `label`"),
            (&format!("[{{{ONE}}}]]"), "trailing"),
        ] {
            let why = json::value::<Vec<Entry>>(text).unwrap_err().to_string();
            assert!(why.contains(said), "{text}: {why}");
        }
    }

    /// What is wrong with a list of migrations, where something is.
    fn problem(text: &str) -> Option<String> {
        match json::value(text) {
            Ok(entries) => targets(entries).is_none().then(|| "no migration".to_owned()),
            Err(problem) => Some(problem.to_string()),
        }
    }

    const PLANS: &[&str] = &[
        r#"[{"project_id": "32b6e34b3d91647abb20e7b8", "name": "orders",
             "live_migration_id": "6296fb4c7c7aa997cf94e9a8"}]"#,
        r#"[{"group_id": "32b6e34b3d91647abb20e7b8", "name": null,
             "live_migration_id": "6296fb4c7c7aa997cf94e9a8"}, {}]"#,
    ];

    #[test]
    fn hostile_plans_are_refused_in_one_harmless_line() {
        check("plans", &documents(PLANS), |document| {
            let text = String::from_utf8_lossy(&document);
            if let Some(problem) = problem(&text) {
                prop_assert_eq!(sanitize(&problem), problem);
            }
            Ok(())
        });
    }

    #[test]
    fn hostile_places_of_a_secret_in_a_plan_do_not_show_it() {
        let fields = select(&["project_id", "group_id", "live_migration_id", "name", "other"][..]);
        let values =
            select(&["\"C\"", "[\"C\"]", "{\"x\": \"C\"}", "C", "\"C", "1C", "\"\\C\""][..]);
        check("secrets in plans", &(fields, values), |(field, value)| {
            let value = value.replace('C', "hunter2, expected hunter2");
            for text in [format!("[{{\"{field}\": {value}}}]"), value] {
                let problem = problem(&text).unwrap_or_default();
                prop_assert!(!problem.contains("hunter2"), "{text}: {problem}");
            }
            Ok(())
        });
    }
}
