//! Reads each password once, and checks that it can be read.

use std::{collections::BTreeMap, path::Path};

use atlas_migrations::Secret;
use atlas_migrations_journal::Redactor;
use atlas_migrations_plan::{PasswordSource, Plan, PlannedMigration, SecretError, SecretProblem};
use futures_util::{StreamExt as _, stream};

use crate::report::{CheckResult, Group, Item};

/// The number of passwords that are read at once: each may run a program.
const AT_ONCE: usize = 4;

/// The passwords of a plan, by their source.
pub(crate) struct Passwords(BTreeMap<String, Result<Secret, SecretError>>);

impl Passwords {
    /// Reads the password of each source once.
    pub(crate) async fn read(plan: &Plan) -> Self {
        let sources = plan.migrations.iter().filter_map(PlannedMigration::password);
        let sources: BTreeMap<_, _> = sources.map(|source| (key(source), source)).collect();
        let folder: &Path = &plan.folder;
        let read = stream::iter(sources)
            .map(|(key, source)| async move { (key, source.read(folder).await) })
            .buffer_unordered(AT_ONCE);
        Self(read.collect().await)
    }

    /// Returns the password of a migration. None if it needs none.
    pub(crate) fn get(&self, migration: &PlannedMigration) -> Option<&Result<Secret, SecretError>> {
        self.0.get(&key(migration.password()?))
    }

    /// Returns a redactor that replaces every password that was read.
    pub(crate) fn redactor(&self) -> Redactor {
        Redactor::new(self.0.values().filter_map(|read| read.as_ref().ok()).map(Secret::expose))
    }
}

fn key(source: &PasswordSource) -> String {
    source.canonical().to_string()
}

/// Checks that the password of each migration can be read.
pub(crate) fn passwords(plan: &Plan, passwords: &Passwords) -> Vec<Item> {
    let items = plan.migrations.iter().filter_map(|migration| {
        let (source, read) = (migration.password()?, passwords.get(migration)?);
        Some(password(plan, migration, source, read))
    });
    items.collect()
}

fn password(
    plan: &Plan,
    migration: &PlannedMigration,
    source: &PasswordSource,
    read: &Result<Secret, SecretError>,
) -> Item {
    let item = |result, detail: &str| {
        Item::new(Group::Plan, "password", result, detail).of(&migration.name)
    };
    match (read, source.warning(&plan.folder)) {
        (Ok(_), None) => item(CheckResult::Pass, &format!("{source} can be read")),
        (Ok(_), Some(warning)) => item(CheckResult::Warn, &warning),
        (Err(error), _) if matches!(error.problem(), SecretProblem::NeedsPrompt) => {
            item(CheckResult::CannotTell, "a person types it when it is needed")
                .hint("use `env`, `file` or `command` for a run without a person")
        }
        (Err(error), _) => item(CheckResult::Fail, &error.to_string()),
    }
}
