//! The versions that generated crates depend on. A test compares them with the workspace's.

/// The edition of generated crates.
pub const EDITION: &str = "2024";

/// The oldest compiler of generated crates.
pub const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

/// The version of progenitor that this crate is built with.
pub const PROGENITOR: &str = "0.15.1";

/// The dependencies of generated code besides `atlas-client-core`, as their manifest states them.
pub const DEPENDENCIES: &[(&str, &str)] = &[
    ("schemars", r#"{ version = "1.2", optional = true }"#),
    ("serde", r#"{ version = "1.0.229", features = ["derive"] }"#),
    ("serde_json", r#""1.0.154""#),
];

/// The dependencies of a slice's contract test besides these.
pub const TEST_DEPENDENCIES: &[(&str, &str)] =
    &[("tokio", r#"{ version = "1.54", features = ["rt"] }"#)];

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn workspace_file(name: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        fs::read_to_string(root.join(name)).unwrap()
    }

    #[test]
    fn generated_crates_depend_on_the_versions_of_the_workspace() {
        let manifest = workspace_file("Cargo.toml");
        let version = |requirement: &str| requirement.split('"').nth(1).unwrap().to_owned();
        for (name, requirement) in DEPENDENCIES.iter().chain(TEST_DEPENDENCIES) {
            let line = manifest.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
            assert_eq!(version(requirement), version(line.unwrap()), "{name}");
        }
        assert!(manifest.contains(&format!("edition = {EDITION:?}")));
        let lock = workspace_file("Cargo.lock");
        assert!(lock.contains(&format!("name = \"progenitor\"\nversion = {PROGENITOR:?}")));
    }
}
