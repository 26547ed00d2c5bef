//! Ids accept exactly what the fragment's pattern accepts.

use atlas_migrations::{GroupId, LiveMigrationId, ObjectId};
use proptest::prelude::*;
use regex::Regex;

const FRAGMENT: &str = include_str!("../../../../openapi/live-migrations.json");

fn pattern(parameter: &str) -> Regex {
    let fragment: serde_json::Value = serde_json::from_str(FRAGMENT).unwrap();
    let schema = &fragment["components"]["parameters"][parameter]["schema"];
    assert_eq!((&schema["minLength"], &schema["maxLength"]), (&24.into(), &24.into()));
    Regex::new(schema["pattern"].as_str().unwrap()).unwrap()
}

/// Ids, near misses and arbitrary text.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-f]{24}",
        "[0-9a-f]{22,26}",
        "[0-9a-g]{24}",
        "[0-9a-fA-F]{24}",
        "[0-9a-f]{23}\\PC",
        "[0-9a-f]{24}\n",
        ".*",
    ]
}

proptest! {
    #[test]
    fn ids_match_the_pattern_of_the_fragment(text in texts()) {
        let group = pattern("groupId").is_match(&text);
        prop_assert_eq!(text.parse::<ObjectId>().is_ok(), group);
        prop_assert_eq!(text.parse::<GroupId>().is_ok(), group);
        prop_assert_eq!(serde_json::from_value::<GroupId>(text.clone().into()).is_ok(), group);
        let migration = pattern("liveMigrationId").is_match(&text);
        prop_assert_eq!(text.parse::<LiveMigrationId>().is_ok(), migration);
    }
}
