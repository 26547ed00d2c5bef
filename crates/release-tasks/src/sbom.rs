//! The bill of materials of the command, as `CycloneDX` 1.5.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cargo::{COMMAND, Package};

/// The checksums of packages by name and version.
pub struct Checksums(BTreeMap<(String, String), String>);

impl Checksums {
    /// Reads them from the text of `Cargo.lock`.
    pub fn read(lock: &str) -> Self {
        let field = |entry: &str, name: &str| {
            let line = entry.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.strip_prefix(" = "))
                .map(|text| text.trim_matches('"').to_owned())
        };
        let entries = lock.split("[[package]]").filter_map(|entry| {
            let name = (field(entry, "name")?, field(entry, "version")?);
            Some((name, field(entry, "checksum")?))
        });
        Self(entries.collect())
    }

    fn of(&self, package: Package<'_>) -> Option<&String> {
        self.0.get(&(package.name().to_owned(), package.version().to_owned()))
    }
}

/// Returns the bill of materials for a version of the command and a target. `time` is RFC 3339.
pub fn bill(
    version: &str,
    target: &str,
    linked: &[Package<'_>],
    checksums: &Checksums,
    time: &str,
) -> Value {
    let components: Vec<Value> =
        linked.iter().map(|package| component(*package, checksums)).collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": time,
            "component": {
                "type": "application",
                "bom-ref": format!("{COMMAND}@{version}"),
                "name": COMMAND,
                "version": version,
                "properties": [{"name": "cdx:rustc:target", "value": target}],
            },
        },
        "components": components,
    })
}

fn component(package: Package<'_>, checksums: &Checksums) -> Value {
    let (name, version) = (package.name(), package.version());
    let mut component = json!({
        "type": "library",
        "bom-ref": format!("{name}@{version}"),
        "name": name,
        "version": version,
        // Some manifests still separate licenses with a slash, which SPDX does not know.
        "licenses": [{"expression": package.license().replace('/', " OR ")}],
    });
    if package.is_foreign() {
        component["purl"] = format!("pkg:cargo/{name}@{version}").into();
    }
    if let Some(sum) = checksums.of(package) {
        component["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_read_from_the_lock_file() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"registry+x\"\n\
                    checksum = \"abc\"\ndependencies = [\n \"a\",\n]\n";
        let checksums = Checksums::read(lock).0;
        let expected = BTreeMap::from([(("b".to_owned(), "2.0.0".to_owned()), "abc".to_owned())]);
        assert_eq!(checksums, expected);
    }
}
