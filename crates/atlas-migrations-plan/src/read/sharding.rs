//! Reads how to shard a destination.

use std::collections::HashSet;

use atlas_migrations::{ShardKeyKind, ShardedCollection, Sharding};

use super::{
    cursor::Cursor,
    values::{boolean, text},
};
use crate::keys;

/// The most sharded collections of one migration.
const MAX_ENTRIES: usize = 10_000;
/// The most fields of a shard key, and more than Atlas allows.
const MAX_KEY_FIELDS: usize = 100;

pub(super) fn sharding(at: &Cursor<'_>) -> Option<Sharding> {
    let fields =
        at.fields(keys::SHARDING, "{entries: [{database: …, collection: …, key: […]}]}")?;
    let indexes = fields.get("createSupportingIndexes").map(|at| boolean(&at));
    let list = fields.require("entries", "a list of collections")?;
    let items = list.items("a list of collections", MAX_ENTRIES)?;
    if items.is_empty() {
        list.fail("the list is empty; expected at least one collection, or no `sharding`");
    }
    let mut seen = HashSet::new();
    let mut collections = Vec::with_capacity(items.len());
    for item in &items {
        let Some(entry) = entry(item) else { continue };
        if !seen.insert((entry.database.clone(), entry.collection.clone())) {
            item.fail("the collection is in the list twice; expected it once");
        }
        collections.push(entry);
    }
    let sharding = Sharding::new(collections);
    Some(match indexes {
        Some(create) => sharding.create_supporting_indexes(create?),
        None => sharding,
    })
}

fn entry(at: &Cursor<'_>) -> Option<ShardedCollection> {
    let fields = at.fields(keys::SHARDING_ENTRY, "{database: …, collection: …, key: […]}")?;
    let part = |key: &str, expected: &str| {
        fields.require(key, expected).and_then(|at| text(&at, expected))
    };
    let database = part("database", "the name of a database");
    let collection = part("collection", "the name of a collection");
    let key = fields.require("key", "a list of fields, such as [{region: 1}, {_id: hashed}]");
    let key = key.and_then(|at| shard_key(&at));
    Some(ShardedCollection::new(database?, collection?, key?))
}

fn shard_key(at: &Cursor<'_>) -> Option<Vec<(String, ShardKeyKind)>> {
    const EXPECTED: &str = "a list of fields, such as [{region: 1}, {_id: hashed}]";
    let items = at.items(EXPECTED, MAX_KEY_FIELDS)?;
    if items.is_empty() {
        at.fail(format!("the list is empty; expected {EXPECTED}"));
    }
    let fields: Vec<_> = items.iter().map(shard_key_field).collect();
    fields.into_iter().collect()
}

fn shard_key_field(at: &Cursor<'_>) -> Option<(String, ShardKeyKind)> {
    const EXPECTED: &str = "one field with 1 or hashed, such as {region: 1}";
    let pairs = at.pairs(EXPECTED)?;
    let Ok([(name, value)]) = <[_; 1]>::try_from(pairs) else {
        at.fail(format!("found no or several fields in one mapping; expected {EXPECTED}"));
        return None;
    };
    if name.trim().is_empty() {
        value.fail("the name of the field is empty");
        return None;
    }
    match value.raw() {
        Some("1") => Some((name, ShardKeyKind::Ranged)),
        Some("hashed") => Some((name, ShardKeyKind::Hashed)),
        _ => {
            value.expected("1 or hashed");
            None
        }
    }
}
