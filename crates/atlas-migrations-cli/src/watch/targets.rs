//! The migrations to watch.

use std::path::Path;

use atlas_client_core::sanitize;
use atlas_migrations::{GroupId, LiveMigrationId, LiveMigrationRef};
use serde::Deserialize;

use crate::error::CliError;
use crate::json_input::DocumentKind;

/// A file of targets. The limit allows some hundred thousand of them.
const TARGET_FILE: DocumentKind = DocumentKind {
    limit: 64 << 20,
    expected: "a JSON list of migrations",
    hint: Some(
        "the file is a list such as \
         [{\"project_id\": \"…\", \"live_migration_id\": \"…\", \"name\": \"orders\"}]",
    ),
};

/// A migration to watch, and its display name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub key: LiveMigrationRef,
    pub name: String,
    /// The name of its plan in the journal.
    pub plan: Option<String>,
}

impl Target {
    pub fn new(group: GroupId, id: LiveMigrationId, name: Option<&str>) -> Self {
        let name = name.map(sanitize).filter(|name| !name.is_empty());
        let key = LiveMigrationRef::new(group, id);
        Self { key, name: name.unwrap_or_else(|| id.to_string()), plan: None }
    }

    /// Sets the name of its plan.
    pub fn in_plan(self, plan: Option<String>) -> Self {
        Self { plan, ..self }
    }
}

/// An item of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(alias = "group_id")]
    project_id: GroupId,
    live_migration_id: LiveMigrationId,
    name: Option<String>,
}

/// Reads a file of targets; `-` means stdin.
pub fn read(path: &Path) -> Result<Vec<Target>, CliError> {
    targets(TARGET_FILE.read(path)?)
        .ok_or_else(|| TARGET_FILE.error(path, "it contains no migration"))
}

/// Returns the unique targets, or `None` if there are none.
fn targets(entries: Vec<Entry>) -> Option<Vec<Target>> {
    let target = |entry: Entry| {
        Target::new(entry.project_id, entry.live_migration_id, entry.name.as_deref())
    };
    (!entries.is_empty()).then(|| unique(entries.into_iter().map(target)))
}

/// Removes repeated migrations and keeps their order.
pub fn unique(targets: impl Iterator<Item = Target>) -> Vec<Target> {
    let mut seen = std::collections::HashSet::new();
    targets.filter(|target| seen.insert(target.key)).collect()
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::json_input::from_str;

    const ONE: &str = r#""project_id": "32b6e34b3d91647abb20e7b8",
        "live_migration_id": "6296fb4c7c7aa997cf94e9a8""#;

    #[test]
    fn a_file_lists_migrations_with_or_without_names() {
        let other = ONE.replace("project_id", "group_id").replace("6296", "0000");
        let text = format!("[{{{ONE}, \"name\": \"a\\u001b[2Jb\"}}, {{{other}}}, {{{ONE}}}]");
        let targets = targets(from_str(&text).unwrap()).unwrap();
        let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
        assert_eq!(names, ["a[2Jb", "0000fb4c7c7aa997cf94e9a8"]);
        assert_eq!(targets[0].key.id.to_string(), "6296fb4c7c7aa997cf94e9a8");
        assert!(super::targets(Vec::new()).is_none());
    }

    #[test]
    fn errors_of_a_file_have_a_position() {
        for (text, expected) in [
            ("{}", "expected a list"),
            (r#"[{"project_id": "32b6"}]"#, "[0].project_id: expected an ID"),
            (&format!("[{{{ONE}}}, {{{ONE}, \"label\": 1}}]"), "[1].label: the field `label`"),
            (&format!("[{{{ONE}}}]]"), "trailing"),
        ] {
            let error = from_str::<Vec<Entry>>(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    /// Returns the error of a target file.
    fn problem(text: &str) -> Option<String> {
        match from_str(text) {
            Ok(entries) => targets(entries).is_none().then(|| "no migration".to_owned()),
            Err(problem) => Some(problem),
        }
    }

    const TARGET_FILES: &[&str] = &[
        r#"[{"project_id": "32b6e34b3d91647abb20e7b8", "name": "orders",
             "live_migration_id": "6296fb4c7c7aa997cf94e9a8"}]"#,
        r#"[{"group_id": "32b6e34b3d91647abb20e7b8", "name": null,
             "live_migration_id": "6296fb4c7c7aa997cf94e9a8"}, {}]"#,
    ];

    #[test]
    fn errors_of_hostile_target_files_have_no_control_characters() {
        check("target files", &documents(TARGET_FILES), |document| {
            let text = String::from_utf8_lossy(&document);
            if let Some(problem) = problem(&text) {
                prop_assert_eq!(sanitize(&problem), problem);
            }
            Ok(())
        });
    }

    #[test]
    fn hostile_target_files_do_not_leak_a_misplaced_secret() {
        let fields = select(&["project_id", "group_id", "live_migration_id", "name", "other"][..]);
        let values =
            select(&["\"C\"", "[\"C\"]", "{\"x\": \"C\"}", "C", "\"C", "1C", "\"\\C\""][..]);
        check("secrets in target files", &(fields, values), |(field, value)| {
            let value = value.replace('C', "hunter2, expected hunter2");
            for text in [format!("[{{\"{field}\": {value}}}]"), value] {
                let problem = problem(&text).unwrap_or_default();
                prop_assert!(!problem.contains("hunter2"), "{text}: {problem}");
            }
            Ok(())
        });
    }
}
