//! [`Exposition`]: the text of one scrape.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt::Write as _,
};

use crate::{families, family::Family};

/// The media type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The number of characters of a label's value, at most.
const MAX_LABEL_CHARS: usize = 200;

/// The samples of one scrape.
#[derive(Clone, Debug)]
pub struct Exposition {
    /// By the name of the family, and by the labels as text.
    samples: BTreeMap<&'static str, BTreeMap<String, Value>>,
}

#[derive(Clone, Debug)]
enum Value {
    Number(f64),
    Histogram(Histogram),
}

/// What a histogram counted.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    /// The upper bounds, and how many observations are at most as large.
    pub buckets: Vec<(f64, u64)>,
    pub sum: f64,
    pub count: u64,
}

impl Default for Exposition {
    fn default() -> Self {
        Self::new()
    }
}

impl Exposition {
    /// Creates an exposition that has the version of this program, and nothing else.
    pub fn new() -> Self {
        let mut new = Self { samples: BTreeMap::new() };
        new.set(&families::BUILD_INFO, &[env!("CARGO_PKG_VERSION")], 1.0);
        new
    }

    /// Adds a sample. The values of the labels are in the order of the family. The first of two samples with the same labels
    /// counts.
    pub fn set(&mut self, family: &Family, labels: &[&str], value: f64) {
        self.insert(family, labels, Value::Number(value));
    }

    pub(crate) fn set_histogram(&mut self, family: &Family, histogram: Histogram) {
        self.insert(family, &[], Value::Histogram(histogram));
    }

    fn insert(&mut self, family: &Family, labels: &[&str], value: Value) {
        debug_assert_eq!(family.labels.len(), labels.len(), "{}", family.name);
        let samples = self.samples.entry(family.name).or_default();
        if let Entry::Vacant(place) = samples.entry(labels_text(family.labels, labels)) {
            place.insert(value);
        }
    }

    /// Returns the text, in the format 0.0.4 of Prometheus.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for family in families::ALL {
            let Some(samples) = self.samples.get(family.name) else { continue };
            let (name, metric_type) = (family.name, family.metric_type.as_str());
            // Writing into a string cannot fail.
            let _ = writeln!(text, "# HELP {name} {}.", family.help);
            let _ = writeln!(text, "# TYPE {name} {metric_type}");
            for (labels, value) in samples {
                match value {
                    Value::Number(value) => line(&mut text, name, labels, *value),
                    Value::Histogram(histogram) => histogram.write(&mut text, name),
                }
            }
        }
        text
    }
}

impl Histogram {
    #[allow(clippy::cast_precision_loss, reason = "2^53 observations do not happen")]
    fn write(&self, text: &mut String, name: &str) {
        let bucket = format!("{name}_bucket");
        for (bound, count) in &self.buckets {
            line(text, &bucket, &format!("le=\"{bound}\""), *count as f64);
        }
        line(text, &bucket, "le=\"+Inf\"", self.count as f64);
        line(text, &format!("{name}_sum"), "", self.sum);
        line(text, &format!("{name}_count"), "", self.count as f64);
    }
}

fn line(text: &mut String, name: &str, labels: &str, value: f64) {
    let _ = if labels.is_empty() {
        writeln!(text, "{name} {value}")
    } else {
        writeln!(text, "{name}{{{labels}}} {value}")
    };
}

/// Returns labels as the text has them.
fn labels_text(names: &[&str], values: &[&str]) -> String {
    let mut text = String::new();
    for (name, value) in names.iter().zip(values) {
        let separator = if text.is_empty() { "" } else { "," };
        let _ = write!(text, "{separator}{name}=\"");
        for character in value.chars().take(MAX_LABEL_CHARS) {
            match character {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                // A terminal may show the text.
                _ if character.is_control() => text.push(char::REPLACEMENT_CHARACTER),
                _ => text.push(character),
            }
        }
        text.push('"');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::families::{HOOK_PENDING, JOURNAL_APPENDS, JOURNAL_UP};

    #[test]
    fn the_text_has_help_type_and_samples_in_the_order_of_the_table() {
        let mut exposition = Exposition::new();
        exposition.set(&HOOK_PENDING, &["weekend", "pager"], 2.0);
        exposition.set(&JOURNAL_UP, &[], 1.0);
        exposition.set(&HOOK_PENDING, &["weekend", "chat"], 0.5);
        let text = exposition.to_text();
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("# HELP")).collect();
        assert_eq!(
            lines,
            [
                "# TYPE atlas_migrations_journal_up gauge",
                "atlas_migrations_journal_up 1",
                "# TYPE atlas_migrations_hook_deliveries_pending gauge",
                "atlas_migrations_hook_deliveries_pending{plan=\"weekend\",hook=\"chat\"} 0.5",
                "atlas_migrations_hook_deliveries_pending{plan=\"weekend\",hook=\"pager\"} 2",
                "# TYPE atlas_migrations_build_info gauge",
                concat!(
                    "atlas_migrations_build_info{version=\"",
                    env!("CARGO_PKG_VERSION"),
                    "\"} 1"
                ),
            ]
        );
    }

    /// The bug: Prometheus refuses a whole scrape that has a series twice.
    #[test]
    fn two_samples_with_the_same_labels_are_one() {
        let mut exposition = Exposition::new();
        exposition.set(&HOOK_PENDING, &["a", "b\u{1b}"], 1.0);
        exposition.set(&HOOK_PENDING, &["a", "b\u{7}"], 2.0);
        assert_eq!(exposition.to_text().matches("pending{").count(), 1);
    }

    #[test]
    fn a_histogram_has_buckets_sum_and_count() {
        let mut exposition = Exposition::new();
        let histogram = Histogram { buckets: vec![(0.005, 1), (1.0, 3)], sum: 1.5, count: 4 };
        exposition.set_histogram(&JOURNAL_APPENDS, histogram);
        let text = exposition.to_text();
        let name = JOURNAL_APPENDS.name;
        for line in [
            "_bucket{le=\"0.005\"} 1",
            "_bucket{le=\"1\"} 3",
            "_bucket{le=\"+Inf\"} 4",
            "_sum 1.5",
            "_count 4",
        ] {
            assert!(text.contains(&format!("\n{name}{line}\n")), "{line}: {text}");
        }
    }

    proptest! {
        /// The bug: a name ends its label, and adds a label or a line of its own.
        #[test]
        fn no_text_from_outside_leaves_its_label(hook in ".{0,300}", plan in "[\\\\\"\n\r{},=]{0,9}") {
            let mut exposition = Exposition::new();
            exposition.set(&HOOK_PENDING, &[&plan, &hook], 1.0);
            let text = exposition.to_text();
            prop_assert_eq!(text.split('\n').count(), 7);
            let line = text.lines().find(|line| line.contains("pending{")).unwrap();
            let inner = line.strip_suffix("\"} 1").unwrap().split_once("plan=\"").unwrap().1;
            let quotes = inner.replace("\\\\", "").replace("\\\"", "").matches('"').count();
            prop_assert_eq!(quotes, 2, "{}", line);
            prop_assert!(line.chars().count() < 2 * MAX_LABEL_CHARS + 200);
        }
    }
}
