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
use crate::checks;
use crate::emit::Files;
use crate::normalize::Profile;
use crate::oracle::{Class, Direction, Kind, Sample, differences, verdict};
use crate::slice::{self, Home, Slice};

/// How many differences of one value are told.
const TOLD: usize = 3;

/// The stage of requests.
const SENT: &str = "sent and returned";

/// The program's files, by their path in the crate.
pub fn program(whole: &Slice, home: &Home) -> Files {
    let main = include_str!("round_trip.rs.txt").replace("LIBRARY", &home.name.replace('-', "_"));
    let mut files = Files::from([("examples/round_trip/main.rs".to_owned(), main)]);
    for (name, text) in slice::checks(whole, home).modules() {
        files.insert(format!("examples/round_trip/{name}"), text);
    }
    files
}

/// Draws values and requests, sends them through the crate's types and methods, and counts what became of
/// them.
pub fn run(
    folder: &Path,
    whole: &Slice,
    home: &Home,
    document: &Value,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let checks = slice::checks(whole, home);
    let samples = checks.samples(document, true);
    report.stage("drawn from the document", samples.len(), samples.len(), started.elapsed());
    let started = Instant::now();
    let cases = checks.requests(document);
    report.stage("requests, for arguments", cases.len(), cases.len(), started.elapsed());

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
    let before = report.failures.len();
    let lines: Vec<Value> = samples.iter().map(checks::line).collect();
    let became = told(folder, "round-tripped", &lines, report)?;
    for (index, sample) in samples.iter().enumerate() {
        compare(sample, became.get(index), whole.normalised.profile, report);
    }
    let done = samples.len() - (report.failures.len() - before).min(samples.len());
    report.stage("round-tripped", samples.len(), done, started.elapsed());

    let started = Instant::now();
    let seen = told(folder, SENT, &cases, report)?;
    let keeps_all = whole.normalised.profile == Profile::Lossless;
    let mut done = 0;
    for (index, case) in cases.iter().enumerate() {
        let wrong = verdict(case, seen.get(index).unwrap_or(&Value::Null), keeps_all);
        done += usize::from(wrong.is_empty());
        if !wrong.is_empty() {
            let of = case["operation"].as_str();
            report.failed(SENT, of, format!("{}: {}", case["arguments"], wrong.join(", ")));
        }
    }
    report.stage(SENT, cases.len(), done, started.elapsed());
    Ok(())
}

/// What the program says of each line. Fewer where it ended before its time.
fn told(
    folder: &Path,
    stage: &'static str,
    lines: &[Value],
    report: &mut Report,
) -> Result<Vec<Value>, Box<dyn Error>> {
    let (given, became) = (folder.join("given.jsonl"), folder.join("became.jsonl"));
    let mut file = BufWriter::new(File::create(&given)?);
    for line in lines {
        writeln!(file, "{line}")?;
    }
    file.flush()?;
    let program = folder.join("target/debug/examples/round_trip");
    let status = std::process::Command::new(program)
        .stdin(File::open(&given)?)
        .stdout(File::create(&became)?)
        .status()?;
    if !status.success() {
        report.failed(stage, None, format!("the program ended with {status}"));
    }
    let mut told = Vec::new();
    for line in BufReader::new(File::open(&became)?).lines() {
        told.push(serde_json::from_str(&line?).unwrap_or_default());
    }
    fs::remove_file(became)?;
    fs::remove_file(given)?;
    Ok(told)
}

/// Counts what became of a sample, as the program says it of each type that it may have:
/// `{"became": …, "unknown": …}` or `{"error": …}`.
fn compare(sample: &Sample, told: Option<&Value>, profile: Profile, report: &mut Report) {
    let all = told.and_then(Value::as_array).into_iter().flatten();
    let all = all.map(|told| found(sample, told));
    let is_failure = |class: &Class| profile == Profile::Lossless || *class == Class::Unexplained;
    // One type is enough.
    let best = all.min_by_key(|found| match found {
        Ok(found) => found.iter().filter(|(_, class)| is_failure(class)).count(),
        Err(_) => usize::MAX,
    });
    let best = best.unwrap_or_else(|| Err("there is no type for it".to_owned()));
    let values = report.values.entry(kind(sample)).or_default();
    let failure = match best {
        Ok(found) => {
            let classes: Vec<Class> = found.iter().map(|(_, class)| *class).collect();
            values.count(&classes);
            let told = found.iter().filter(|(_, class)| is_failure(class)).take(TOLD);
            let told: Vec<String> = told.map(|(at, class)| format!("{at} ({class:?})")).collect();
            (!told.is_empty()).then(|| told.join(", "))
        }
        Err(error) => {
            values.drawn += 1;
            values.refused += 1;
            Some(error)
        }
    };
    if let Some(failure) = failure {
        let cause = format!("{} ({}): {failure}", sample.direction, kind(sample));
        report.failed("round-tripped", Some(&sample.of), cause);
    }
}

/// How a sample differs from what became of it in one type.
fn found(sample: &Sample, told: &Value) -> Result<Vec<(String, Class)>, String> {
    let Some(became) = told["became"].as_str() else {
        let error = told["error"].as_str();
        return Err(error.unwrap_or("the program did not say what became of it").to_owned());
    };
    let became = serde_json::from_str(became).map_err(|error| error.to_string())?;
    let mut found = differences(&sample.value, &became, &sample.unknown);
    let is_listed = !matches!(sample.kind, Kind::NewValue | Kind::Example);
    if let Some(shown) = told["unknown"].as_str().filter(|_| is_listed) {
        let what = format!("the tag of a variant is not known: {shown}");
        found.push((what, Class::Unexplained));
    }
    Ok(found)
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
        let became = serde_json::from_str(became).unwrap_or_default();
        compare(&sample, Some(&became), profile, &mut report);
        report.failures.into_iter().map(|failure| failure.cause).collect()
    }

    #[test]
    fn a_profile_may_lose_what_it_says_and_nothing_else() {
        let became = |json: &str, unknown: Option<&str>| {
            json!([{ "became": json, "unknown": unknown }]).to_string()
        };
        let same = became(r#"{"a":10,"new":1}"#, None);
        assert_eq!(told(Profile::Lossless, &same), [""; 0]);
        let lean = became(r#"{"a":10.0}"#, None);
        assert_eq!(told(Profile::Lean, &lean), [""; 0]);
        assert_eq!(
            told(Profile::Lossless, &lean),
            ["response (full): /a (NumberRespelled), /new (UnknownDropped)"],
        );
        assert_eq!(
            told(Profile::Lean, &became(r#"{"a":11,"new":1}"#, None)),
            ["response (full): /a (Unexplained)"],
        );
        // Every value and every tag of it is one that the document lists.
        let unnamed = became(r#"{"a":10,"new":1}"#, Some("Unknown({})"));
        assert_eq!(
            told(Profile::Lean, &unnamed),
            ["response (full): the tag of a variant is not known: Unknown({}) (Unexplained)"],
        );
        assert_eq!(told(Profile::Lean, r#"[{"error":"no"}]"#), ["response (full): no"]);
        // What one of its types keeps is kept.
        let second = format!(r#"[{{"error":"no"}},{}]"#, &same[1..same.len() - 1]);
        assert_eq!(told(Profile::Lossless, &second), [""; 0]);
        assert_eq!(told(Profile::Lean, "[]"), ["response (full): there is no type for it"]);
        // The program ended before its time.
        assert_eq!(told(Profile::Lean, "").len(), 1);
    }
}
