//! Checks the destination of a migration: the cluster, its disk, and what is dropped.

use atlas_clusters_generated::types::ClusterDescription20240805StateName as State;
use atlas_migrations::{AvailableDeployment, Error, ErrorCode};
use atlas_migrations_plan::PlannedMigration;

use super::{
    similar::similar,
    sizes::{bytes, size},
};
use crate::{
    atlas::{AtlasFacts, Cluster},
    report::{CheckResult, Group, Item},
};

const GROUP: Group = Group::Destination;

/// Returns the cluster that a migration fills, if Atlas lists it.
pub(crate) fn cluster<'a>(
    facts: &'a AtlasFacts,
    migration: &PlannedMigration,
) -> Option<&'a Cluster> {
    let clusters = facts.clusters.get(&migration.project)?.as_ref().ok()?;
    clusters.iter().find(|cluster| cluster.name == migration.destination.cluster)
}

/// Checks the destination of a migration. The flag says that an earlier migration of the journal completed into it.
pub(crate) fn destination(
    facts: &AtlasFacts,
    migration: &PlannedMigration,
    source: Option<&AvailableDeployment>,
    is_completed: bool,
) -> Vec<Item> {
    let item =
        |what, result, detail: &str| Item::new(GROUP, what, result, detail).of(&migration.name);
    let wanted = migration.destination.cluster.as_str();
    let mut items = vec![drop_data(migration, is_completed)];
    let clusters = match facts.clusters.get(&migration.project) {
        Some(Ok(clusters)) => clusters,
        Some(Err(error)) => {
            let result = refusal(error);
            items.push(item("destination", result, &error.summary()));
            return items;
        }
        None => return items,
    };
    let Some(cluster) = cluster(facts, migration) else {
        let detail = format!("project {} has no cluster `{wanted}`", migration.project);
        let hint = similar(wanted, clusters.iter().map(|cluster| cluster.name.as_str()));
        items.push(item("destination", CheckResult::Fail, &detail).hint(hint));
        return items;
    };
    let (result, detail) = state(cluster);
    items.push(item("destination", result, &detail));
    items.extend(source.map(|source| disk(migration, source, cluster)));
    items
}

/// Returns what an error of the list of clusters says about the destination.
fn refusal(error: &Error) -> CheckResult {
    match error.code() {
        // Requests for a migration go to the same project.
        Some(
            ErrorCode::GroupNotFound | ErrorCode::UserCannotAccessGroup | ErrorCode::NotInGroup,
        ) => CheckResult::Fail,
        _ => CheckResult::CannotTell,
    }
}

fn state(cluster: &Cluster) -> (CheckResult, String) {
    let name = &cluster.name;
    let tier = cluster.tier.as_deref().unwrap_or("tier unknown");
    if cluster.is_shared {
        let detail =
            format!("`{name}` ({tier}) is a free or shared cluster, which cannot be a destination");
        return (CheckResult::Fail, detail);
    }
    match (cluster.paused, &cluster.state) {
        (Some(true), _) => (CheckResult::Fail, format!("`{name}` is paused")),
        (_, Some(State::Deleting)) => (CheckResult::Fail, format!("`{name}` is being deleted")),
        (_, Some(State::Idle)) | (Some(false), None) => {
            (CheckResult::Pass, format!("`{name}` ({tier})"))
        }
        (_, Some(state)) => (CheckResult::Warn, format!("`{name}` is {}", state.as_str())),
        (None, None) => {
            (CheckResult::CannotTell, format!("Atlas does not say whether `{name}` is paused"))
        }
    }
}

/// The size of the disk that is enough without doubt, in tenths of the data.
const ENOUGH_TENTHS: u64 = 13;
const GIGABYTE: f64 = 1024.0 * 1024.0 * 1024.0;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates, and sizes are compared roughly"
)]
fn disk(migration: &PlannedMigration, source: &AvailableDeployment, cluster: &Cluster) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "disk", result, detail).of(&migration.name);
    let data = size(source.db_size_bytes);
    let disk = cluster.disk_gb.filter(|disk| disk.is_finite() && *disk > 0.0);
    let (Some(data), Some(disk)) = (data, disk.map(|disk| (disk * GIGABYTE) as u64)) else {
        return item(CheckResult::CannotTell, "the size of the data or of the disk is not known");
    };
    let detail = format!("{} for {} of data", bytes(disk), bytes(data));
    if disk < data {
        item(CheckResult::Fail, &detail).hint("enlarge the disk of the destination")
    } else if u128::from(disk) * 10 < u128::from(data) * u128::from(ENOUGH_TENTHS) {
        item(CheckResult::Warn, &format!("{detail}: less than 1.3 times as much"))
            .hint("enlarge the disk of the destination: indexes and the oplog take space too")
    } else {
        item(CheckResult::Pass, &format!("{detail}; what is used already is not known"))
    }
}

fn drop_data(migration: &PlannedMigration, is_completed: bool) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "drop", result, detail).of(&migration.name);
    let name = &migration.destination.cluster;
    match (migration.drop_destination_data, is_completed) {
        (false, _) => item(CheckResult::Pass, "nothing is dropped"),
        (true, false) => item(
            CheckResult::Warn,
            &format!("all data of `{name}` in project {} are dropped", migration.project),
        )
        .hint("creating this migration needs `approve --create`"),
        (true, true) => item(
            CheckResult::Fail,
            &format!("`{name}` has the data of a migration that this journal completed; they would be dropped"),
        )
        .hint("remove `drop_destination_data`, or choose another destination"),
    }
}
