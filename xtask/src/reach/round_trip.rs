//! Values through the generated types and back.
//!
//! A program beside the crate of all operations decodes and encodes them; what became of them is
//! compared here. The values are drawn from the document as it was written, not from the fragment.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::Report;
use super::compiler::{self, bar, cargo};
use crate::normalise::Profile;
use crate::original::{Class, Direction, Kind, Sample, differences};
use crate::render::Files;
use crate::slice::{self, Home, Slice};

/// How many differences of one value are told.
const TOLD: usize = 3;

/// The program's files, by their path in the crate.
pub fn program(whole: &Slice, home: &Home) -> Files {
    Files::from([
        ("examples/round_trip/main.rs".to_owned(), include_str!("round_trip.rs.txt").to_owned()),
        ("examples/round_trip/payloads.rs".to_owned(), slice::payloads(whole, home)),
    ])
}

/// Draws values, sends them through the crate's types, and counts what became of them.
pub fn run(
    folder: &Path,
    whole: &Slice,
    document: &Value,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let samples = slice::samples(whole, document, true);
    report.stage("drawn from the document", samples.len(), samples.len(), started.elapsed());
    let given = folder.join("samples.jsonl");
    let mut file = BufWriter::new(File::create(&given)?);
    for sample in &samples {
        writeln!(file, "{}", slice::line(sample))?;
    }
    file.flush()?;

    let progress = bar("build", 1);
    let mut command = cargo(folder, "whole", "build");
    let built = compiler::compile(command.args(["--example", "round_trip"]), folder, &progress)?;
    progress.finish_and_clear();
    let done = usize::from(built.succeeded);
    compiler::finish("built, to decode and encode", 1, done, &built, report);
    if !built.succeeded {
        return Ok(());
    }

    let started = Instant::now();
    let became = folder.join("became.jsonl");
    let program = folder.join("target/debug/examples/round_trip");
    let status = std::process::Command::new(program)
        .stdin(File::open(&given)?)
        .stdout(File::create(&became)?)
        .status()?;
    if !status.success() {
        report.failed("round-tripped", None, format!("the program ended with {status}"));
    }
    let before = report.failures.len();
    let mut lines = BufReader::new(File::open(&became)?).lines();
    for sample in &samples {
        let line = lines.next().transpose()?;
        compare(sample, line.as_deref(), whole.normalised.profile, report);
    }
    let done = samples.len() - (report.failures.len() - before);
    report.stage("round-tripped", samples.len(), done, started.elapsed());
    fs::remove_file(became)?;
    Ok(())
}

/// Counts what became of a sample, as the program says it: `{"became": …}` or `{"error": …}`.
fn compare(sample: &Sample, line: Option<&str>, profile: Profile, report: &mut Report) {
    let line: Value = line.and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let values = report.values.entry(kind(sample)).or_default();
    let failure = match line.get("became") {
        Some(became) => {
            let found = differences(&sample.value, became, &sample.unknown);
            let classes: Vec<Class> = found.iter().map(|(_, class)| *class).collect();
            values.count(&classes);
            let is_failure = |class: Class| match profile {
                Profile::Lossless => true,
                Profile::Lean => class == Class::Unexplained,
            };
            let told = found.iter().filter(|(_, class)| is_failure(*class)).take(TOLD);
            let told: Vec<String> = told.map(|(at, class)| format!("{at} ({class:?})")).collect();
            (!told.is_empty()).then(|| told.join(", "))
        }
        None => {
            values.drawn += 1;
            values.refused += 1;
            let error = line.get("error").and_then(Value::as_str);
            Some(error.unwrap_or("the program did not say what became of it").to_owned())
        }
    };
    if let Some(failure) = failure {
        let cause = format!("{} ({}): {failure}", sample.direction, kind(sample));
        report.failed("round-tripped", Some(&sample.of), cause);
    }
}

/// What a value is counted as.
fn kind(sample: &Sample) -> String {
    match (sample.kind, &sample.direction) {
        (Kind::Example, Direction::Error(_)) => "example of an error".to_owned(),
        (Kind::Example, direction) => format!("example of a {direction}"),
        (kind, _) => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample(kind: Kind, value: Value) -> Sample {
        let unknown = vec!["/new".to_owned()];
        Sample { of: "getX".to_owned(), direction: Direction::Response, kind, value, unknown }
    }

    /// What is told of a value that became another one.
    fn told(profile: Profile, became: &str) -> Vec<String> {
        let mut report = Report::new(&Value::Null, profile);
        let sample = sample(Kind::Full, json!({ "a": 10, "new": 1 }));
        compare(&sample, Some(became), profile, &mut report);
        report.failures.into_iter().map(|failure| failure.cause).collect()
    }

    #[test]
    fn a_profile_may_lose_what_it_says_and_nothing_else() {
        assert_eq!(told(Profile::Lossless, r#"{"became":{"a":10,"new":1}}"#), [""; 0]);
        assert_eq!(told(Profile::Lean, r#"{"became":{"a":10.0}}"#), [""; 0]);
        assert_eq!(
            told(Profile::Lossless, r#"{"became":{"a":10.0}}"#),
            ["response (full): /a (NumberRespelled), /new (UnknownDropped)"],
        );
        assert_eq!(
            told(Profile::Lean, r#"{"became":{"a":11,"new":1}}"#),
            ["response (full): /a (Unexplained)"],
        );
        assert_eq!(told(Profile::Lean, r#"{"error":"no"}"#), ["response (full): no"]);
        // The program ended before its time.
        assert_eq!(told(Profile::Lean, "").len(), 1);
    }
}
