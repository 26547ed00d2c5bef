//! [`PlanChanges`]: what a changed plan means for migrations that run.

use std::collections::{BTreeSet, HashMap};

use atlas_migrations_journal::Name;
use serde_json::{Map, Value, json};

use crate::{migration::PlannedMigration, plan::Plan};

/// What is different between the recorded form of a plan and a plan.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct PlanChanges {
    /// The changed keys of the plan itself: `name`, `project`, `organization`, `journal` or `hooks`.
    pub plan: Vec<String>,
    /// The migrations that are different, in the order of the new plan, and then those that are gone.
    pub migrations: Vec<MigrationChange>,
    /// Whether the migrations that are in both have another order.
    pub order: bool,
}

/// What is different about one migration.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MigrationChange {
    /// The name: the new one of a migration that was renamed.
    pub name: String,
    /// What happened.
    pub kind: ChangeKind,
    /// The paths of the values that are different, such as `request.source.clusterName` or `policy.max_lag_ms`. Empty for a
    /// migration that was added or removed.
    pub fields: Vec<String>,
    /// The old and the new hash of the request, if they differ.
    pub request_hashes: Option<(String, String)>,
    /// Whether the conditions of the cutover are different.
    pub policy_changed: bool,
}

/// What happened to a migration.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is no longer in the plan. It stays in the journal, and is not cut over.
    Removed,
    /// It has another name. The value is the old one.
    Renamed(String),
    /// It has the same name.
    Changed,
}

impl MigrationChange {
    /// Returns whether the change is refused after the migration may have been created: the source, destination, host, sharding
    /// or drop of a migration in Atlas cannot change.
    pub fn is_refused_after_create(&self) -> bool {
        self.request_hashes.is_some()
    }

    /// Returns whether earlier approvals of the migration no longer count: they are for another request or policy.
    pub fn voids_approvals(&self) -> bool {
        self.request_hashes.is_some() || self.policy_changed
    }
}

impl PlanChanges {
    /// Compares the recorded canonical form of a plan with a plan.
    ///
    /// A migration in the old form without a name is passed over: the form comes from a journal, which others can write.
    pub fn between(old: &Value, new: &Plan) -> Self {
        let new_form = new.canonical();
        let keys = ["version", "name", "project", "organization", "journal", "hooks"];
        let plan = keys.into_iter().filter(|key| old.get(key) != new_form.get(key));
        let old_migrations: Vec<(&str, &Value)> =
            items(old).iter().filter_map(|it| Some((it.get("name")?.as_str()?, it))).collect();
        let by_name: HashMap<&str, &Value> = old_migrations.iter().copied().collect();
        let mut kept = Vec::new();
        let mut migrations = Vec::new();
        for (migration, form) in new.migrations.iter().zip(items(&new_form)) {
            let old_name = old_name(migration, &by_name);
            match old_name.and_then(|name| by_name.get(name)) {
                None => migrations
                    .push(MigrationChange::whole(migration.name.as_str(), ChangeKind::Added)),
                Some(old_form) => {
                    kept.extend(old_name);
                    migrations.extend(compare(old_name, &migration.name, old_form, form));
                }
            }
        }
        let is_kept: BTreeSet<&str> = kept.iter().copied().collect();
        let old_order = old_migrations.iter().map(|(name, _)| *name);
        let (still_there, gone): (Vec<_>, Vec<_>) =
            old_order.partition(|name| is_kept.contains(name));
        migrations
            .extend(gone.into_iter().map(|name| MigrationChange::whole(name, ChangeKind::Removed)));
        Self { plan: plan.map(str::to_owned).collect(), migrations, order: still_there != kept }
    }

    /// Returns whether nothing is different.
    pub fn is_empty(&self) -> bool {
        self.plan.is_empty() && self.migrations.is_empty() && !self.order
    }

    /// Returns the changes of migrations that were renamed: the old and the new name.
    pub fn renames(&self) -> impl Iterator<Item = (&str, &str)> {
        self.migrations.iter().filter_map(|change| match &change.kind {
            ChangeKind::Renamed(old) => Some((old.as_str(), change.name.as_str())),
            _ => None,
        })
    }

    /// Returns what changed per migration as JSON, as the journal records it.
    pub fn to_json(&self) -> Map<String, Value> {
        let value = |change: &MigrationChange| match &change.kind {
            ChangeKind::Added => json!({ "change": "added" }),
            ChangeKind::Removed => json!({ "change": "removed" }),
            ChangeKind::Renamed(from) => {
                json!({ "change": "renamed", "from": from, "fields": change.fields })
            }
            ChangeKind::Changed => json!({ "change": "changed", "fields": change.fields }),
        };
        self.migrations.iter().map(|change| (change.name.clone(), value(change))).collect()
    }
}

impl MigrationChange {
    fn whole(name: &str, kind: ChangeKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            fields: Vec::new(),
            request_hashes: None,
            policy_changed: false,
        }
    }
}

/// Returns the name that a migration has in the old form of the plan: its own, else the one that it was renamed from.
fn old_name<'n>(migration: &'n PlannedMigration, old: &HashMap<&str, &Value>) -> Option<&'n str> {
    let names = [Some(&migration.name), migration.renamed_from.as_ref()];
    names.into_iter().flatten().map(Name::as_str).find(|name| old.contains_key(name))
}

fn compare(
    old_name: Option<&str>,
    name: &Name,
    old: &Value,
    new: &Value,
) -> Option<MigrationChange> {
    let kind = match old_name {
        Some(old_name) if old_name != name.as_str() => ChangeKind::Renamed(old_name.to_owned()),
        _ => ChangeKind::Changed,
    };
    let mut fields = Vec::new();
    for key in ["request", "password", "policy"] {
        different(key, old.get(key), new.get(key), &mut fields);
    }
    if fields.is_empty() && kind == ChangeKind::Changed {
        return None;
    }
    let text = |form: &Value, key: &str| {
        form.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let hashes = |key: &str| (text(old, key), text(new, key));
    let (request, policy) = (hashes("request_hash"), hashes("policy_hash"));
    Some(MigrationChange {
        name: name.to_string(),
        kind,
        fields,
        policy_changed: policy.0 != policy.1,
        request_hashes: (request.0 != request.1).then_some(request),
    })
}

/// Adds the paths of the values that are different. Lists are compared as a whole.
fn different(path: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<String>) {
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                different(&format!("{path}.{key}"), old.get(key), new.get(key), found);
            }
        }
        (old, new) if old != new => found.push(path.to_owned()),
        _ => {}
    }
}

fn items(form: &Value) -> &[Value] {
    form.get("migrations").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
