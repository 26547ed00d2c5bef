//! The manifest that makes the command a plugin of the official Atlas CLI.

use serde_json::Value;

/// The command under which the official Atlas CLI calls the plugin: `atlas migrations …`.
pub const PLUGIN_COMMAND: &str = "migrations";

/// Returns `manifest.yml` for a version of a binary, whose releases are in a GitHub repository `OWNER/NAME`.
///
/// The official CLI requires all of it, and stops with a panic at a plugin without a repository.
pub fn manifest(
    binary: &str,
    version: &str,
    description: &str,
    repository: (&str, &str),
) -> String {
    // A JSON string is a YAML string.
    let quoted = |text: &str| Value::from(text).to_string();
    let (owner, name) = repository;
    format!(
        "name: {binary}\ndescription: {description}\nbinary: {binary}\nversion: {version}\n\
         github:\n  owner: {owner}\n  name: {name}\n\
         commands:\n  {PLUGIN_COMMAND}:\n    description: {description}\n",
        binary = quoted(binary),
        version = quoted(version),
        description = quoted(description),
        owner = quoted(owner),
        name = quoted(name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_has_all_that_the_official_cli_requires() {
        let manifest = manifest("atlas-migrations", "0.1.0", "Live: \"all\"", ("me", "mine"));
        assert_eq!(
            manifest,
            "name: \"atlas-migrations\"\n\
             description: \"Live: \\\"all\\\"\"\n\
             binary: \"atlas-migrations\"\n\
             version: \"0.1.0\"\n\
             github:\n  owner: \"me\"\n  name: \"mine\"\n\
             commands:\n  migrations:\n    description: \"Live: \\\"all\\\"\"\n"
        );
    }
}
