//! The contract tests. The checks themselves are in this package's library.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod checks;
mod document;
mod mutations;

/// Returns the fragment as a JSON value.
fn fragment() -> serde_json::Value {
    serde_json::from_str(atlas_contract_tests::FRAGMENT).unwrap()
}

/// Returns the fragment of the clusters as a JSON value.
fn clusters_fragment() -> serde_json::Value {
    serde_json::from_str(atlas_contract_tests::CLUSTERS_FRAGMENT).unwrap()
}
