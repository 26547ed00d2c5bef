//! Finds metrics and states in expressions of Prometheus.

use std::collections::BTreeSet;

use atlas_migrations_board::Kind;
use atlas_migrations_metrics::{MetricType, families};

const PREFIXES: [&str; 2] = ["atlas_live_migration_", "atlas_migrations_"];

/// Returns the names of our metrics in a text.
pub fn names(text: &str) -> BTreeSet<&str> {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = text.split(|character| !is_word(character));
    words.filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix))).collect()
}

/// Returns whether a name is that of a metric, or of a part of a histogram.
pub fn exists(name: &str) -> bool {
    families::ALL.iter().any(|family| match family.metric_type {
        MetricType::Histogram => ["_bucket", "_sum", "_count"]
            .iter()
            .any(|part| name.strip_suffix(part) == Some(family.name)),
        _ => family.name == name,
    })
}

/// Checks that the values of the label `state` are states.
pub fn check_states(text: &str) {
    let text = text.replace("\\\"", "\"");
    let all: BTreeSet<_> = Kind::ALL.into_iter().map(Kind::code).collect();
    let mut count = 0;
    for operator in ["state=\"", "state!=\"", "state=~\"", "state!~\""] {
        for found in text.split(operator).skip(1) {
            let values = found.split('"').next().unwrap();
            for value in values.split('|') {
                assert!(all.contains(value), "no state is {value}");
                count += 1;
            }
        }
    }
    assert!(count > 0);
}
