//! [`Plan`]: migrations that belong together, and the rules of their cutovers.

use std::path::{Path, PathBuf};

use atlas_migrations::{GroupId, OrgId};
use atlas_migrations_journal::{Hash, Name};
use serde_json::{Value, json};

use crate::{
    hook::HookConfig, migration::PlannedMigration, policy::CutoverPolicy, problem::Problem,
    window::Window,
};

/// The version of the format of plan files.
pub const FORMAT_VERSION: u32 = 1;

/// Migrations that belong together, and the rules of their cutovers: a validated plan file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// The name of the file, as given.
    pub file: String,
    /// The folder of the file. Relative paths in the plan start here.
    pub folder: PathBuf,
    /// The name of the plan, which is the scope of the names of its migrations.
    pub name: Name,
    /// The project of the destinations.
    pub project: GroupId,
    /// The organization of the project.
    pub organization: Option<OrgId>,
    /// The only journal that this plan may run with: a path or a `postgres://` URL.
    pub journal: Option<String>,
    /// The conditions of cutovers that migrations without their own have.
    pub policy: CutoverPolicy,
    /// The migrations, in the order of the file; at least one.
    pub migrations: Vec<PlannedMigration>,
    /// The hooks, in the order of the file.
    pub hooks: Vec<HookConfig>,
    /// The windows with their places, for warnings.
    pub(crate) windows: Vec<(Problem, Window)>,
    /// What the file itself warns of.
    pub(crate) notes: Vec<Problem>,
}

impl Plan {
    /// Returns the migration of a name.
    pub fn migration(&self, name: &str) -> Option<&PlannedMigration> {
        self.migrations.iter().find(|migration| migration.name.as_str() == name)
    }

    /// Returns a path of the plan: as it is if it is absolute, else in the folder of the plan.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.join(path)
    }

    /// Returns the migrations in an order of cutovers: that of the file, but each after those in its `after`.
    pub fn cutover_order(&self) -> Vec<&PlannedMigration> {
        let mut waiting: Vec<_> = self.migrations.iter().collect();
        let mut ordered: Vec<&PlannedMigration> = Vec::with_capacity(waiting.len());
        let mut done = std::collections::HashSet::new();
        // `after` has no cycle, so that each round takes at least one.
        while !waiting.is_empty() {
            let before = ordered.len();
            waiting.retain(|migration| {
                let is_next = migration.after().iter().all(|name| done.contains(name));
                if is_next {
                    done.insert(&migration.name);
                    ordered.push(migration);
                }
                !is_next
            });
            if ordered.len() == before {
                ordered.append(&mut waiting);
            }
        }
        ordered
    }

    /// Returns the plan as JSON, without secrets, defaults applied. Comments and the layout of the file do not change it.
    pub fn canonical(&self) -> Value {
        let migrations: Vec<_> = self.migrations.iter().map(PlannedMigration::canonical).collect();
        let hooks: Vec<_> = self.hooks.iter().map(HookConfig::canonical).collect();
        json!({
            "version": FORMAT_VERSION,
            "name": self.name,
            "project": self.project.to_string(),
            "organization": self.organization.map(|id| id.to_string()),
            "journal": self.journal,
            "migrations": migrations,
            "hooks": hooks,
        })
    }

    /// Returns the hash of [`canonical`](Self::canonical).
    pub fn hash(&self) -> Hash {
        Hash::of(&self.canonical())
    }
}
