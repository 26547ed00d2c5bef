//! Reads migrations, with the defaults applied.

use atlas_migrations::GroupId;
use atlas_migrations_journal::Name;

use super::{
    cursor::Cursor,
    endpoints::{PartialDestination, PartialSource},
    given::Given,
    policy::{approvers, cutover},
    sharding::sharding,
    values::{boolean, parsed, text},
};
use crate::{
    keys, migration::PlannedMigration, policy::CutoverPolicy, problem::Problem, window::Window,
};

/// The most migrations of a plan.
const MAX_MIGRATIONS: usize = 5_000;

/// What migrations have when they do not say otherwise.
#[derive(Default)]
pub(super) struct Defaults {
    source: PartialSource,
    destination: PartialDestination,
    migration_host: Given<String>,
}

/// What a migration says, with places for the checks across migrations. A part is none if it is wrong or missing.
pub(super) struct ReadMigration<'f> {
    pub(super) name: Option<(Name, Cursor<'f>)>,
    pub(super) renamed_from: Option<(Name, Cursor<'f>)>,
    pub(super) after: Vec<(Name, Cursor<'f>)>,
    pub(super) destination: Option<(String, Cursor<'f>)>,
    pub(super) approvers: Option<(u32, Cursor<'f>)>,
    pub(super) planned: Option<PlannedMigration>,
}

impl Defaults {
    pub(super) fn read(at: &Cursor<'_>) -> Option<Self> {
        let fields = at.fields(keys::DEFAULTS, "defaults, such as {migration_host: HOST}")?;
        let source = fields.get("source");
        let source = source.and_then(|at| PartialSource::read(&at, keys::DEFAULT_SOURCE));
        let destination = fields.get("destination");
        let destination =
            destination.and_then(|at| PartialDestination::read(&at, keys::DEFAULT_DESTINATION));
        Some(Self {
            source: source.unwrap_or_default(),
            destination: destination.unwrap_or_default(),
            migration_host: Given::read(fields.get("migration_host"), host),
        })
    }
}

/// Reads the migrations. The windows with their places are added to a list.
pub(super) fn migrations<'f>(
    at: &Cursor<'f>,
    project: Option<GroupId>,
    defaults: &Defaults,
    policy: &CutoverPolicy,
    windows: &mut Vec<(Problem, Window)>,
) -> Vec<ReadMigration<'f>> {
    let Some(items) = at.items("a list of migrations", MAX_MIGRATIONS) else { return Vec::new() };
    if items.is_empty() {
        at.fail("the list is empty; expected at least one migration");
    }
    let read = |at: &Cursor<'f>| migration(at, project, defaults, policy, windows);
    items.iter().filter_map(read).collect()
}

fn migration<'f>(
    at: &Cursor<'f>,
    project: Option<GroupId>,
    defaults: &Defaults,
    policy: &CutoverPolicy,
    windows: &mut Vec<(Problem, Window)>,
) -> Option<ReadMigration<'f>> {
    let fields = at.fields(
        keys::MIGRATION,
        "a migration, such as {name: orders, source: {cluster: orders-rs0}, destination: {cluster: Orders}}",
    )?;
    let named = |at: Cursor<'f>| Some((parsed::<Name>(&at, "a name")?, at));
    let name = fields.require("name", "a name, such as orders").and_then(named);
    let renamed_from = fields.get("renamed_from").map(named);
    let source_at = fields.require("source", "a source, such as {cluster: orders-rs0}");
    let source = source_at.as_ref().and_then(|at| PartialSource::read(at, keys::SOURCE));
    let source = source.zip(source_at);
    let source = source.and_then(|(own, at)| own.resolve(defaults.source.clone(), &at));
    let destination_at = fields.require("destination", "a destination, such as {cluster: Orders}");
    let destination =
        destination_at.as_ref().and_then(|at| PartialDestination::read(at, keys::DESTINATION));
    let destination = destination.and_then(|own| own.resolve(defaults.destination.clone()));
    let cluster = destination.as_ref().map(|destination| destination.cluster.clone());
    let cluster = cluster.zip(destination_at.and_then(|at| at.get("cluster")));
    let host = Given::read(fields.get("migration_host"), host);
    let host = host.or(defaults.migration_host.clone()).require(|| {
        at.fail("\"migration_host\" is missing here and in `defaults`; expected the host beside the source that carries the data");
    });
    let drop = Given::read(fields.get("drop_destination_data"), boolean).or_default(false);
    let sharding = fields.get("sharding").map(|at| sharding(&at));
    let after = fields.get("after").map(|at| {
        let items = at.items("a list of names of migrations", MAX_MIGRATIONS).unwrap_or_default();
        items.into_iter().filter_map(named).collect::<Vec<_>>()
    });
    let after = after.unwrap_or_default();
    let own_approvers = fields.get("approvers").map(|at| Some((approvers(&at)?, at)));
    let mut policy = policy.clone();
    policy.after = after.iter().map(|(name, _)| name.clone()).collect();
    let conditions = match fields.get("cutover") {
        Some(at) => cutover(&at, keys::MIGRATION_CUTOVER, &mut policy, windows),
        None => Some(()),
    };
    let planned = || {
        conditions?;
        if let Some(own) = &own_approvers {
            policy.approvers = own.as_ref()?.0;
        }
        Some(PlannedMigration {
            name: name.as_ref()?.0.clone(),
            renamed_from: match &renamed_from {
                Some(renamed_from) => Some(renamed_from.as_ref()?.0.clone()),
                None => None,
            },
            project: project?,
            source: source?,
            destination: destination?,
            migration_host: host?,
            drop_destination_data: drop?,
            sharding: match sharding {
                Some(sharding) => Some(sharding?),
                None => None,
            },
            policy,
        })
    };
    let planned = planned();
    // The rules of the facade are those above, with places. This finds what they lack.
    if let Some(Err(violations)) = planned.as_ref().map(PlannedMigration::check) {
        at.fail(format!("Atlas would refuse the request: {violations}"));
    }
    Some(ReadMigration {
        name,
        renamed_from: renamed_from.flatten(),
        after,
        destination: cluster,
        approvers: own_approvers.flatten(),
        planned,
    })
}

/// Reads the name of a host.
fn host(at: &Cursor<'_>) -> Option<String> {
    const EXPECTED: &str = "the name of a host, such as vm1.example.com";
    let name = text(at, EXPECTED)?;
    let is_host = name.len() <= 253
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if !is_host {
        at.expected(EXPECTED);
    }
    is_host.then_some(name)
}
