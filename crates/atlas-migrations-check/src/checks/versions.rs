//! Checks the pair of MongoDB versions, and the shapes of both clusters.
//!
//! The table has what the documentation of push live migrations says: 6.0 from 6.0.17 on and 7.0 from 7.0.13 on, both as
//! source and as destination, and a destination that is not older than the source. Anything else is unknown to it.

use atlas_migrations::AvailableDeployment;
use atlas_migrations_plan::PlannedMigration;

use crate::{
    atlas::{Cluster, Shape},
    report::{CheckResult, Group, Item},
};

/// The releases that live migrations support, each with its first patch release.
const SUPPORTED: [(u32, u32, u32); 2] = [(6, 0, 17), (7, 0, 13)];

/// A MongoDB version. The patch level may be unknown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Version {
    major: u32,
    minor: u32,
    patch: Option<u32>,
}

/// What the table says about one version.
#[derive(Debug, Eq, PartialEq)]
enum Support {
    Yes,
    No,
    /// The patch level, which decides it, is not known.
    PatchUnknown,
    /// The version is newer than the table.
    Unknown,
}

/// Checks the versions and the shapes of a source and its destination. No items if Atlas does not list both.
pub(crate) fn versions(
    migration: &PlannedMigration,
    source: Option<&AvailableDeployment>,
    destination: Option<&Cluster>,
) -> Vec<Item> {
    let [versions, sharding] = ["versions", "sharding"].map(|what| {
        move |result, detail: &str| {
            Item::new(Group::Destination, what, result, detail).of(&migration.name)
        }
    });
    // Otherwise the items of the source and the destination say more.
    let (Some(source), Some(destination)) = (source, destination) else { return Vec::new() };
    let texts = (source.mongo_db_version.as_deref(), destination.version.as_deref());
    let (result, detail) = pair(texts.0, texts.1);
    let item = versions(result, &detail);
    let item = if result == CheckResult::Fail {
        item.hint("live migrations need 6.0.17 or later, or 7.0.13 or later, on both sides, and no step back")
    } else {
        item
    };
    vec![item, shapes(&sharding, migration.sharding.is_some(), source.sharded, destination.shape)]
}

fn pair(source: Option<&str>, destination: Option<&str>) -> (CheckResult, String) {
    let (Some(source), Some(destination)) = (source, destination) else {
        return (CheckResult::CannotTell, "Atlas does not say both versions".to_owned());
    };
    let shown = format!("{source} to {destination}");
    let (Some(from), Some(to)) = (Version::parse(source), Version::parse(destination)) else {
        return (CheckResult::CannotTell, format!("{shown}: not a version"));
    };
    match (from.support(), to.support()) {
        (Support::No, _) => (CheckResult::Fail, format!("{shown}: the source is not supported")),
        (_, Support::No) => {
            (CheckResult::Fail, format!("{shown}: the destination is not supported"))
        }
        (_, _) if (to.major, to.minor) < (from.major, from.minor) => {
            (CheckResult::Fail, format!("{shown}: the destination is older than the source"))
        }
        (Support::Unknown, _) | (_, Support::Unknown) => (
            CheckResult::Warn,
            format!("{shown}: this program does not know whether that is supported"),
        ),
        (Support::PatchUnknown, _) | (_, Support::PatchUnknown) => (
            CheckResult::CannotTell,
            format!("{shown}: the patch level decides it and is not known"),
        ),
        (Support::Yes, Support::Yes) => (CheckResult::Pass, shown),
    }
}

fn shapes(
    item: &impl Fn(CheckResult, &str) -> Item,
    has_sharding: bool,
    source_sharded: Option<bool>,
    destination: Option<Shape>,
) -> Item {
    let (Some(sharded), Some(shape)) = (source_sharded, destination) else {
        return item(CheckResult::CannotTell, "Atlas does not say the shapes of both clusters");
    };
    match (sharded, shape, has_sharding) {
        (false, Shape::ReplicaSet, false) => item(CheckResult::Pass, "replica set to replica set"),
        (true, Shape::Sharded, false) => item(CheckResult::Pass, "sharded to sharded"),
        (false, Shape::Sharded, true) => {
            item(CheckResult::Pass, "replica set to sharded cluster, with `sharding`")
        }
        (true, Shape::ReplicaSet, _) => {
            item(CheckResult::Fail, "a sharded cluster cannot become a replica set")
                .hint("choose a sharded cluster as destination")
        }
        (false, Shape::Sharded, false) => {
            item(CheckResult::Warn, "replica set to sharded cluster without `sharding`")
                .hint("add `sharding`, or all collections stay on one shard")
        }
        (true, Shape::Sharded, true) => item(
            CheckResult::Warn,
            "`sharding` is for sources that are replica sets; this one is sharded",
        ),
        (false, Shape::ReplicaSet, true) => {
            item(CheckResult::Warn, "the plan has `sharding`, the destination is a replica set")
        }
    }
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        // `7.0.14-ent` is 7.0.14.
        let text = text.split(['-', '+']).next()?;
        let mut numbers = text.split('.').map(|part| part.parse::<u32>().ok());
        let version = Self {
            major: numbers.next()??,
            minor: numbers.next()??,
            patch: numbers.next().flatten(),
        };
        numbers.next().is_none().then_some(version)
    }

    fn support(self) -> Support {
        let newest = SUPPORTED.map(|(major, ..)| major).into_iter().max();
        let known = SUPPORTED
            .into_iter()
            .find(|(major, minor, _)| (*major, *minor) == (self.major, self.minor));
        match (known, self.patch) {
            (Some((.., first)), Some(patch)) if patch >= first => Support::Yes,
            (Some(_), Some(_)) => Support::No,
            (Some(_), None) => Support::PatchUnknown,
            // Older ones, and rapid releases such as 6.1.
            (None, _) if Some(self.major) <= newest => Support::No,
            (None, _) => Support::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_follow_the_documented_table() {
        use CheckResult::{CannotTell, Fail, Pass, Warn};
        for (source, destination, expected) in [
            ("6.0.17", "6.0.17", Pass),
            ("6.0.20", "7.0.13", Pass),
            ("7.0.14-ent", "7.0.14", Pass),
            ("6.0.16", "7.0.14", Fail),
            ("7.0.12", "7.0.14", Fail),
            ("7.0.14", "7.0.12", Fail),
            ("7.0.14", "6.0.20", Fail),
            ("5.0.30", "7.0.14", Fail),
            ("6.1.1", "7.0.14", Fail),
            ("7.0.14", "8.0.1", Warn),
            ("8.0.1", "8.0.1", Warn),
            ("8.0.1", "7.0.14", Fail),
            ("7.0", "7.0.14", CannotTell),
            ("seven", "7.0.14", CannotTell),
            ("7.0.14.1", "7.0.14", CannotTell),
            ("", "", CannotTell),
        ] {
            assert_eq!(pair(Some(source), Some(destination)).0, expected, "{source} {destination}");
        }
        assert_eq!(pair(None, Some("7.0.14")).0, CannotTell);
        assert_eq!(pair(Some("7.0.14"), None).0, CannotTell);
    }
}
