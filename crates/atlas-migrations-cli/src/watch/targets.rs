//! What is to be watched: ids, or a file of them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use atlas_client_core::sanitize;
use atlas_migrations::{GroupId, LiveMigrationId, MigrationKey};
use serde::Deserialize;

use crate::failure::{Exit, Failure};

/// What a file may hold: some hundred thousand migrations.
const MOST_BYTES: u64 = 64 << 20;

/// A migration to watch, and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub key: MigrationKey,
    pub name: String,
}

impl Target {
    pub fn new(group: GroupId, id: LiveMigrationId, name: Option<&str>) -> Self {
        let name = name.map(sanitize).filter(|name| !name.is_empty());
        let key = MigrationKey { group, id };
        Self { key, name: name.unwrap_or_else(|| id.to_string()) }
    }
}

/// A migration as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(alias = "group_id")]
    project_id: GroupId,
    live_migration_id: LiveMigrationId,
    name: Option<String>,
}

/// Reads a file of migrations; `-` is stdin.
pub fn read(path: &Path) -> Result<Vec<Target>, Failure> {
    let name = path.display().to_string();
    let unreadable =
        |error: &io::Error| Failure::new(name.as_str()).because(error).exit(Exit::Usage);
    let mut json = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(MOST_BYTES).read_to_string(&mut json)
    } else {
        File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut json))
    };
    read.map_err(|error| unreadable(&error))?;
    parse(&json).map_err(|why| {
        Failure::new(format!("{name}: {why}")).exit(Exit::Usage).hint(
            "it is a list such as \
             [{\"project_id\": \"…\", \"live_migration_id\": \"…\", \"name\": \"orders\"}]",
        )
    })
}

fn parse(json: &str) -> Result<Vec<Target>, String> {
    let mut json = serde_json::Deserializer::from_str(json);
    let entries: Vec<Entry> =
        serde_path_to_error::deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    if entries.is_empty() {
        return Err("there is no migration in it".to_owned());
    }
    let target = |entry: Entry| {
        Target::new(entry.project_id, entry.live_migration_id, entry.name.as_deref())
    };
    Ok(without_repetitions(entries.into_iter().map(target)))
}

/// Each migration once, in the order in which they are first named.
pub fn without_repetitions(targets: impl Iterator<Item = Target>) -> Vec<Target> {
    let mut seen = std::collections::HashSet::new();
    targets.filter(|target| seen.insert(target.key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#""project_id": "32b6e34b3d91647abb20e7b8",
        "live_migration_id": "6296fb4c7c7aa997cf94e9a8""#;

    #[test]
    fn a_file_lists_migrations_with_or_without_names() {
        let other = ONE.replace("project_id", "group_id").replace("6296", "0000");
        let json = format!("[{{{ONE}, \"name\": \"a\\u001b[2Jb\"}}, {{{other}}}, {{{ONE}}}]");
        let targets = parse(&json).unwrap();
        let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
        assert_eq!(names, ["a[2Jb", "0000fb4c7c7aa997cf94e9a8"]);
        assert_eq!(targets[0].key.id.to_string(), "6296fb4c7c7aa997cf94e9a8");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_place() {
        for (json, said) in [
            ("[]", "no migration"),
            ("{}", "invalid type"),
            (r#"[{"project_id": "32b6"}]"#, "[0].project_id"),
            (&format!("[{{{ONE}}}, {{{ONE}, \"label\": 1}}]"), "[1]"),
            (&format!("[{{{ONE}}}]]"), "trailing"),
        ] {
            let why = parse(json).unwrap_err();
            assert!(why.contains(said), "{json}: {why}");
        }
    }
}
