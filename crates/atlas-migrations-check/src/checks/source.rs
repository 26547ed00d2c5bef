//! Checks the link, and of each migration the source: project, cluster, host, authentication, TLS and oplog.

use atlas_migrations::{AvailableDeployment, AvailableProject};
use atlas_migrations_plan::{PlannedAuthentication, PlannedMigration};

use super::{
    similar::similar,
    sizes::{bytes, size},
};
use crate::{
    atlas::AtlasFacts,
    report::{CheckResult, Group, Item},
};

const GROUP: Group = Group::Source;
/// Why an item of a migration has no answer: the item `link` says more.
const NOT_LISTED: &str = "what can be migrated is not known, see `link`";

/// Checks that a Cloud Manager or Ops Manager organization is linked.
pub(crate) fn link(facts: &AtlasFacts) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "link", result, detail);
    match &facts.sources {
        None => item(CheckResult::CannotTell, "the plan names no organization")
            .hint("add `organization: ID` to the plan"),
        Some(Err(error)) => item(CheckResult::CannotTell, &error.summary()),
        Some(Ok(projects)) if projects.is_empty() => item(
            CheckResult::CannotTell,
            "no project can be migrated: there is no link, or nothing in the linked organization is monitored",
        )
        .hint("create the link with `atlas-migrations link create`, and paste its token into Cloud Manager"),
        Some(Ok(projects)) => {
            let count = projects.len();
            let projects = if count == 1 { "project" } else { "projects" };
            item(CheckResult::Pass, &format!("{count} {projects} to migrate from"))
        }
    }
}

/// Returns the cluster that a migration copies, if Atlas lists it.
pub(crate) fn deployment<'a>(
    facts: &'a AtlasFacts,
    migration: &PlannedMigration,
) -> Option<&'a AvailableDeployment> {
    let project = project(facts.source_projects()?, migration)?;
    let deployments = project.deployments.iter().flatten();
    deployments.into_iter().find(|known| known.name.as_deref() == Some(&migration.source.cluster))
}

/// Checks the source of a migration.
pub(crate) fn source(facts: &AtlasFacts, migration: &PlannedMigration) -> Vec<Item> {
    let item =
        |what, result, detail: &str| Item::new(GROUP, what, result, detail).of(&migration.name);
    let Some(projects) = facts.source_projects() else {
        let unknown = |what| item(what, CheckResult::CannotTell, NOT_LISTED);
        return vec![unknown("source cluster"), unknown("migration host")];
    };
    let Some(project) = project(projects, migration) else {
        let id = migration.source.project;
        let detail = format!("project {id} is not among those that can be migrated");
        let known = projects.iter().filter_map(|project| {
            Some(format!(
                "{} ({})",
                project.project_id?,
                project.name.as_deref().unwrap_or("unnamed")
            ))
        });
        let known: Vec<_> = known.collect();
        return vec![
            item("source project", CheckResult::Fail, &detail)
                .hint(similar(&id.to_string(), known.iter().map(String::as_str))),
        ];
    };
    let named = project.name.as_deref().unwrap_or("unnamed");
    let mut items = vec![item("source project", CheckResult::Pass, &format!("`{named}`"))];
    items.push(cluster(project, migration));
    if let Some(deployment) = deployment(facts, migration) {
        items.push(authentication(deployment, migration));
        items.push(tls(deployment, migration));
        items.push(oplog(deployment, migration));
    }
    items.push(host(projects, project, migration));
    items
}

fn project<'a>(
    projects: &'a [AvailableProject],
    migration: &PlannedMigration,
) -> Option<&'a AvailableProject> {
    projects.iter().find(|project| project.project_id == Some(migration.source.project))
}

fn cluster(project: &AvailableProject, migration: &PlannedMigration) -> Item {
    let item = |result, detail: &str| {
        Item::new(GROUP, "source cluster", result, detail).of(&migration.name)
    };
    let wanted = migration.source.cluster.as_str();
    let Some(deployments) = &project.deployments else {
        return item(CheckResult::CannotTell, "Atlas does not list the clusters of the project");
    };
    let names = || deployments.iter().filter_map(|known| known.name.as_deref());
    if names().any(|name| name == wanted) {
        return item(CheckResult::Pass, &format!("`{wanted}`"));
    }
    item(CheckResult::Fail, &format!("the project has no monitored cluster `{wanted}`"))
        .hint(similar(wanted, names()))
}

fn host(
    projects: &[AvailableProject],
    project: &AvailableProject,
    migration: &PlannedMigration,
) -> Item {
    let item = |result, detail: &str| {
        Item::new(GROUP, "migration host", result, detail).of(&migration.name)
    };
    let wanted = migration.migration_host.as_str();
    let has = |project: &AvailableProject| {
        project.migration_hosts.iter().flatten().any(|known| known == wanted)
    };
    if wanted.starts_with("CHOOSE") {
        return item(CheckResult::Fail, "the migration host is still to be chosen");
    }
    if has(project) {
        return item(CheckResult::Pass, &format!("`{wanted}`"));
    }
    if let Some(other) = projects.iter().find(|project| has(project)) {
        let other = other.name.as_deref().unwrap_or("unnamed");
        return item(
            CheckResult::Warn,
            &format!("`{wanted}` is a migration host of another project, `{other}`"),
        );
    }
    match project.migration_hosts.as_deref() {
        None | Some([]) => {
            item(CheckResult::CannotTell, "Atlas lists no migration host for the project")
                .hint("in Cloud Manager, add the migration host to the project of the source")
        }
        Some(hosts) => {
            item(CheckResult::Fail, &format!("`{wanted}` is not a migration host of the project"))
                .hint(similar(wanted, hosts.iter().map(String::as_str)))
        }
    }
}

fn authentication(deployment: &AvailableDeployment, migration: &PlannedMigration) -> Item {
    let item = |result, detail: &str| {
        Item::new(GROUP, "authentication", result, detail).of(&migration.name)
    };
    match (&migration.source.authentication, deployment.managed) {
        (PlannedAuthentication::Managed, Some(true)) => item(
            CheckResult::Pass,
            "MongoDB Automation manages the cluster and has the credentials",
        ),
        (PlannedAuthentication::Managed, Some(false)) => item(
            CheckResult::Fail,
            "`managed` needs MongoDB Automation, which does not manage this cluster",
        )
        .hint("give a user name and where its password comes from"),
        (PlannedAuthentication::Managed, None) => item(
            CheckResult::CannotTell,
            "Atlas does not say whether MongoDB Automation manages the cluster",
        ),
        (PlannedAuthentication::User { username, .. }, _) if username.starts_with("CHOOSE") => {
            item(CheckResult::Fail, "the user name is still to be chosen")
        }
        _ => {
            item(CheckResult::Pass, "a user name and a password; `--validate` lets Atlas try them")
        }
    }
}

fn tls(deployment: &AvailableDeployment, migration: &PlannedMigration) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "TLS", result, detail).of(&migration.name);
    match (migration.source.tls, deployment.tls_enabled) {
        (planned, Some(actual)) if planned == actual => {
            item(CheckResult::Pass, if actual { "on" } else { "off" })
        }
        (true, Some(_)) => {
            item(CheckResult::Warn, "the plan has TLS on, the cluster does not use it")
        }
        (false, Some(_)) => item(CheckResult::Warn, "the plan has TLS off, the cluster uses it")
            .hint("set `tls: true` in the source"),
        (_, None) => {
            item(CheckResult::CannotTell, "Atlas does not say whether the cluster uses TLS")
        }
    }
}

/// The share of the data that the oplog should have, in percent. The writes per hour are not known.
const OPLOG_PERCENT: u64 = 10;

fn oplog(deployment: &AvailableDeployment, migration: &PlannedMigration) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "oplog", result, detail).of(&migration.name);
    let sizes = (size(deployment.oplog_size_mb.map(i64::from)), size(deployment.db_size_bytes));
    let (Some(oplog), Some(data)) = sizes else {
        return item(
            CheckResult::CannotTell,
            "Atlas does not say the size of the oplog or of the data",
        );
    };
    let oplog = oplog.saturating_mul(1024 * 1024);
    let detail = format!("{} for {} of data", bytes(oplog), bytes(data));
    if oplog >= data / 100 * OPLOG_PERCENT {
        item(CheckResult::Pass, &detail)
    } else {
        item(CheckResult::Warn, &format!("{detail}: less than {OPLOG_PERCENT} %"))
            .hint("enlarge the oplog: it has to hold all writes of the initial sync, better 24 hours of them")
    }
}
