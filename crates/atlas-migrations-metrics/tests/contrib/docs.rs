use std::fmt::Write as _;

use atlas_migrations_metrics::{Exporter, families};

use crate::{read, repository};

const DOCS: &str = "docs/metrics.md";
const START: &str = "<!-- The table is checked by a test; ATLAS_UPDATE_DOCS=1 writes it. -->\n";
const END: &str = "<!-- End of the table. -->\n";

/// Returns the table of all metrics.
fn table() -> String {
    let mut table =
        "| Metric | Type | Unit | Labels | From | Meaning |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for family in families::ALL {
        let migration = ["plan", "name", "project_id", "live_migration_id"];
        let labels: Vec<_> = match family.labels.strip_prefix(&migration) {
            Some(more) => ["*migration*".to_owned()]
                .into_iter()
                .chain(more.iter().map(|label| format!("`{label}`")))
                .collect(),
            None => family.labels.iter().map(|label| format!("`{label}`")).collect(),
        };
        let from: Vec<_> =
            family.exporters.iter().map(|exporter| Exporter::as_str(*exporter)).collect();
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {} | {} |",
            family.name,
            family.metric_type.as_str(),
            family.unit,
            labels.join(", "),
            from.join(", "),
            family.help
        );
    }
    table
}

#[test]
fn the_table_in_the_documentation_is_that_of_the_program() {
    let text = read(DOCS);
    let (head, rest) = text.split_once(START).unwrap();
    let (found, tail) = rest.split_once(END).unwrap();
    if std::env::var_os("ATLAS_UPDATE_DOCS").is_some_and(|value| value == "1") {
        let text = format!("{head}{START}{}{END}{tail}", table());
        return std::fs::write(repository(DOCS), text).unwrap();
    }
    assert_eq!(found, table(), "ATLAS_UPDATE_DOCS=1 cargo test writes it");
}

#[test]
fn names_follow_the_conventions_of_prometheus() {
    for family in families::ALL {
        let name = family.name;
        assert_eq!(name.ends_with("_total"), family.metric_type.as_str() == "counter", "{name}");
        assert_eq!(
            name.ends_with("_timestamp_seconds"),
            family.unit == "seconds since 1970",
            "{name}"
        );
        assert!(!family.help.ends_with('.') && !family.exporters.is_empty(), "{name}");
    }
}
