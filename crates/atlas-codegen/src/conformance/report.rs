//! What came out.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::normalize::Profile;
use crate::oracle::Class;

/// How many failures a table names.
const SHOWN: usize = 20;

/// What came out, for people and for programs.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What the document calls itself.
    pub document: String,
    pub profile: &'static str,
    /// How many operations have no version as old as wanted.
    pub left_out: usize,
    pub stages: Vec<Stage>,
    /// How many lines of Rust the crate of all operations has.
    pub lines: usize,
    pub values: BTreeMap<String, Values>,
    pub failures: Vec<Failure>,
}

/// One step of the proof.
#[derive(Debug, Serialize)]
pub struct Stage {
    pub name: &'static str,
    /// How many operations, crates or values it was about.
    pub of: usize,
    pub done: usize,
    pub seconds: f64,
    /// The time on all cores of the compiler, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<f64>,
    /// The memory of the largest process so far, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_bytes: Option<u64>,
}

/// What became of the values of one kind. One value may have differences of several classes.
#[derive(Debug, Default, Serialize)]
pub struct Values {
    pub drawn: usize,
    pub equal: usize,
    pub number_respelled: usize,
    pub unknown_dropped: usize,
    pub null_dropped: usize,
    pub unexplained: usize,
    /// How many could not be decoded.
    pub refused: usize,
}

impl Values {
    /// Counts a value with these differences.
    pub fn count(&mut self, classes: &[Class]) {
        self.drawn += 1;
        self.equal += usize::from(classes.is_empty());
        for (class, count) in [
            (Class::NumberRespelled, &mut self.number_respelled),
            (Class::UnknownDropped, &mut self.unknown_dropped),
            (Class::NullDropped, &mut self.null_dropped),
            (Class::Unexplained, &mut self.unexplained),
        ] {
            *count += usize::from(classes.contains(&class));
        }
    }
}

/// What did not come out as wanted.
#[derive(Debug, Serialize)]
pub struct Failure {
    pub stage: &'static str,
    /// The operation, where it is one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    pub cause: String,
}

impl Report {
    pub fn new(document: &Value, profile: Profile) -> Self {
        let about = |name: &str| document["info"][name].as_str().unwrap_or("?");
        Self {
            document: format!("{} {}", about("title"), about("version")),
            profile: match profile {
                Profile::Lean => "lean",
                Profile::Lossless => "lossless",
            },
            left_out: 0,
            stages: Vec::new(),
            lines: 0,
            values: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    pub fn stage(&mut self, name: &'static str, of: usize, done: usize, took: Duration) {
        let seconds = took.as_secs_f64();
        self.stages.push(Stage { name, of, done, seconds, cpu_seconds: None, peak_bytes: None });
    }

    pub fn failed(&mut self, stage: &'static str, operation: Option<&str>, cause: String) {
        let operation = operation.map(str::to_owned);
        self.failures.push(Failure { stage, operation, cause });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, profile {}", self.document, self.profile)?;
        if self.left_out > 0 {
            writeln!(f, "{} operations have no version as old as wanted", self.left_out)?;
        }
        writeln!(f, "one crate of all operations has {} lines of Rust\n", self.lines)?;
        writeln!(
            f,
            "{:<30} {:>6} {:>6} {:>8} {:>8} {:>8}",
            "STAGE", "DONE", "OF", "SECONDS", "CPU", "PEAK",
        )?;
        for Stage { name, of, done, seconds, cpu_seconds, peak_bytes } in &self.stages {
            write!(f, "{name:<30} {done:>6} {of:>6} {seconds:>8.1}")?;
            match (cpu_seconds, peak_bytes) {
                (Some(cpu), Some(bytes)) => {
                    writeln!(f, " {cpu:>8.1} {:>5} MB", bytes / 1_000_000)?;
                }
                _ => writeln!(f)?,
            }
        }
        if !self.values.is_empty() {
            writeln!(
                f,
                "\n{:<24} {:>6} {:>6} {:>8} {:>8} {:>6} {:>6} {:>8}",
                "VALUES", "DRAWN", "EQUAL", "10→10.0", "UNKNOWN", "NULL", "OTHER", "REFUSED",
            )?;
        }
        for (kind, values) in &self.values {
            let Values { drawn, equal, number_respelled, unknown_dropped, .. } = values;
            let Values { null_dropped, unexplained, refused, .. } = values;
            writeln!(
                f,
                "{kind:<24} {drawn:>6} {equal:>6} {number_respelled:>8} {unknown_dropped:>8} \
                 {null_dropped:>6} {unexplained:>6} {refused:>8}",
            )?;
        }
        if !self.failures.is_empty() {
            writeln!(f, "\n{} FAILURES", self.failures.len())?;
        }
        for Failure { stage, operation, cause } in self.failures.iter().take(SHOWN) {
            let operation = operation.as_deref().unwrap_or("all");
            writeln!(f, "{stage}: {operation}: {cause}")?;
        }
        if self.failures.len() > SHOWN {
            writeln!(f, "… the others with --output json")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_says_what_was_done_and_what_was_not() {
        let document = json!({ "info": { "title": "T", "version": "1" } });
        let mut report = Report::new(&document, Profile::Lean);
        report.stage("sliced", 3, 2, Duration::from_millis(1_260));
        report.values.entry("full".to_owned()).or_default().count(&[]);
        report.values.entry("full".to_owned()).or_default().count(&[Class::NullDropped]);
        for number in 0..=SHOWN {
            report.failed("sliced", Some(&format!("op{number}")), "a cause".to_owned());
        }
        let table = report.to_string();
        let words = |start: &str| {
            let line = table.lines().find(|line| line.starts_with(start)).unwrap();
            line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(words("sliced "), ["sliced", "2", "3", "1.3"]);
        assert_eq!(words("full "), ["full", "2", "1", "0", "0", "1", "0", "0"]);
        assert!(table.contains("21 FAILURES\nsliced: op0: a cause\n"), "{table}");
        assert!(!table.contains("op20"), "{table}");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["failures"][20]["operation"], "op20");
        assert_eq!(json["stages"][0].get("peak_bytes"), None);
    }
}
