//! The report in the XML format of `JUnit`, which systems for continuous integration show.

use std::fmt::Write as _;

use super::{
    item::{CheckResult, Item},
    totals::Report,
};

impl Report {
    /// Returns the report as `JUnit` XML: a test case for each item. A [`CheckResult::Fail`] is a `failure`, a
    /// [`CheckResult::CannotTell`] an `error`, a [`CheckResult::Warn`] passes with its text in `system-out`.
    pub fn to_junit(&self) -> String {
        let counts = self.counts;
        let (tests, plan) = (self.items.len(), escaped(self.plan.as_str()));
        let totals = format!(
            "tests=\"{tests}\" failures=\"{}\" errors=\"{}\" skipped=\"0\"",
            counts.fail, counts.cannot_tell
        );
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        // Writing to a string cannot fail.
        let _ = writeln!(xml, "<testsuites name=\"plan check\" {totals}>");
        let _ = writeln!(xml, "  <testsuite name=\"{plan}\" {totals}>");
        for item in &self.items {
            xml.push_str(&test_case(self.plan.as_str(), item));
        }
        xml.push_str("  </testsuite>\n</testsuites>\n");
        xml
    }
}

fn test_case(plan: &str, item: &Item) -> String {
    let class = escaped(&format!("{plan}.{}", item.group));
    let name = match &item.migration {
        Some(migration) => escaped(&format!("{migration}: {}", item.what)),
        None => escaped(item.what),
    };
    let detail = escaped(&item.detail);
    let text = match &item.hint {
        Some(hint) => format!("{detail}&#10;{}", escaped(hint)),
        None => detail.clone(),
    };
    let element = match item.result {
        CheckResult::Pass => {
            return format!("    <testcase classname=\"{class}\" name=\"{name}\"/>\n");
        }
        CheckResult::Warn => format!("<system-out>{}: {text}</system-out>", item.result),
        CheckResult::CannotTell => format!("<error message=\"{detail}\">{text}</error>"),
        CheckResult::Fail => format!("<failure message=\"{detail}\">{text}</failure>"),
    };
    format!("    <testcase classname=\"{class}\" name=\"{name}\">{element}</testcase>\n")
}

/// Escapes a text for content and for attributes. The characters that XML does not allow are replaced.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            _ if character.is_control() => xml.push('\u{fffd}'),
            _ => xml.push(character),
        }
    }
    xml
}
