//! Sends values through the generated types, and calls the generated methods.
//!
//! An example program of the crate of all operations does that; the results are compared here. The values are
//! sampled from the original document, not from the extracted one.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::compiler::{self, cargo};
use super::report::Report;
use crate::checks;
use crate::emit::Files;
use crate::normalize::Profile;
use crate::oracle::{Class, Direction, Kind, Sample, differences, verdict};
use crate::slice::{self, CrateLocation, Slice};

/// The number of differences of one value that are reported.
const REPORTED: usize = 3;

/// The stage of requests.
const SENT: &str = "sent and returned";

/// Returns the files of the program, by their path in the crate.
pub fn program(whole: &Slice, location: &CrateLocation) -> Files {
    let main = include_str!("round_trip.rs.txt").replace("LIBRARY", &location.library());
    let mut files = Files::from([("examples/round_trip/main.rs".to_owned(), main)]);
    for (name, text) in slice::checks(whole, location).modules() {
        files.insert(format!("examples/round_trip/{name}"), text);
    }
    files
}

/// Samples values and requests, sends them through the types and methods of the crate, and counts the results.
pub fn run(
    folder: &Path,
    whole: &Slice,
    location: &CrateLocation,
    document: &Value,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let checks = slice::checks(whole, location);
    let samples = checks.samples(document, true);
    report.stage("sampled from the document", samples.len(), samples.len(), started.elapsed());
    let started = Instant::now();
    let cases = checks.requests(document);
    report.stage("requests, sampled", cases.len(), cases.len(), started.elapsed());

    let mut command = cargo(folder, "whole", "build");
    let built = compiler::compile(command.args(["--example", "round_trip"]), folder)?;
    let done = usize::from(built.succeeded);
    compiler::finish("built, the program", 1, done, &built, report);
    if !built.succeeded {
        return Ok(());
    }

    let started = Instant::now();
    let before = report.failures.len();
    let lines: Vec<Value> = samples.iter().map(checks::line).collect();
    let outcomes = outputs(folder, "round-tripped", &lines, report)?;
    for (index, sample) in samples.iter().enumerate() {
        compare(sample, outcomes.get(index), whole.normalized.profile, report);
    }
    let done = samples.len() - (report.failures.len() - before).min(samples.len());
    report.stage("round-tripped", samples.len(), done, started.elapsed());

    let started = Instant::now();
    let seen = outputs(folder, SENT, &cases, report)?;
    let keeps_all = whole.normalized.profile == Profile::Lossless;
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

/// Returns the output of the program for each line of input. There are fewer if the program ended early.
fn outputs(
    folder: &Path,
    stage: &'static str,
    lines: &[Value],
    report: &mut Report,
) -> Result<Vec<Value>, Box<dyn Error>> {
    let (input, output) = (folder.join("input.jsonl"), folder.join("output.jsonl"));
    let mut file = BufWriter::new(File::create(&input)?);
    for line in lines {
        writeln!(file, "{line}")?;
    }
    file.flush()?;
    let program = folder.join("target/debug/examples/round_trip");
    let status = std::process::Command::new(program)
        .stdin(File::open(&input)?)
        .stdout(File::create(&output)?)
        .status()?;
    if !status.success() {
        report.failed(stage, None, format!("the program ended with {status}"));
    }
    let mut outputs = Vec::new();
    for line in BufReader::new(File::open(&output)?).lines() {
        outputs.push(serde_json::from_str(&line?).unwrap_or_default());
    }
    fs::remove_file(output)?;
    fs::remove_file(input)?;
    Ok(outputs)
}

/// Counts the result of a sample. The program returns it for each type that the sample may have:
/// `{"encoded": …, "unknown": …}` or `{"error": …}`.
fn compare(sample: &Sample, output: Option<&Value>, profile: Profile, report: &mut Report) {
    let all = output.and_then(Value::as_array).into_iter().flatten();
    let all = all.map(|output| compared(sample, output));
    let is_failure = |class: &Class| profile == Profile::Lossless || *class == Class::Unexplained;
    // One type that keeps the value is enough.
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
            let reported = found.iter().filter(|(_, class)| is_failure(class)).take(REPORTED);
            let reported: Vec<String> =
                reported.map(|(at, class)| format!("{at} ({class:?})")).collect();
            (!reported.is_empty()).then(|| reported.join(", "))
        }
        Err(error) => {
            values.drawn += 1;
            values.refused += 1;
            Some(error)
        }
    };
    if let Some(failure) = failure {
        let cause = format!("{} ({}): {failure}", sample.direction, kind(sample));
        report.failed("round-tripped", Some(&sample.operation), cause);
    }
}

/// Returns how a sample differs from the result of one type.
fn compared(sample: &Sample, output: &Value) -> Result<Vec<(String, Class)>, String> {
    let Some(encoded) = output["encoded"].as_str() else {
        let error = output["error"].as_str();
        return Err(error.unwrap_or("the program returned no result").to_owned());
    };
    let encoded = serde_json::from_str(encoded).map_err(|error| error.to_string())?;
    let mut found = differences(&sample.value, &encoded, &sample.unknown);
    let is_listed = !matches!(sample.kind, Kind::NewValue | Kind::Example);
    if let Some(shown) = output["unknown"].as_str().filter(|_| is_listed) {
        let what = format!("no variant has this tag: {shown}");
        found.push((what, Class::Unexplained));
    }
    Ok(found)
}

/// Returns the name that a value is counted under.
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
        Sample {
            operation: "getX".to_owned(),
            direction: Direction::Response,
            kind,
            value,
            unknown,
        }
    }

    /// Returns the failures that are reported for an output of the program.
    fn reported(profile: Profile, output: &str) -> Vec<String> {
        let mut report = Report::new(&Value::Null, profile);
        let sample = sample(Kind::Full, json!({ "a": 10, "new": 1 }));
        let output = serde_json::from_str(output).unwrap_or_default();
        compare(&sample, Some(&output), profile, &mut report);
        report.failures.into_iter().map(|failure| failure.cause).collect()
    }

    #[test]
    fn a_profile_may_lose_only_what_it_documents() {
        let output = |json: &str, unknown: Option<&str>| {
            json!([{ "encoded": json, "unknown": unknown }]).to_string()
        };
        let same = output(r#"{"a":10,"new":1}"#, None);
        assert_eq!(reported(Profile::Lossless, &same), [""; 0]);
        let lean = output(r#"{"a":10.0}"#, None);
        assert_eq!(reported(Profile::Lean, &lean), [""; 0]);
        assert_eq!(
            reported(Profile::Lossless, &lean),
            ["response (full): /a (NumberRespelled), /new (UnknownDropped)"],
        );
        assert_eq!(
            reported(Profile::Lean, &output(r#"{"a":11,"new":1}"#, None)),
            ["response (full): /a (Unexplained)"],
        );
        // The document lists every value and every tag of the sample.
        let unnamed = output(r#"{"a":10,"new":1}"#, Some("Unknown({})"));
        assert_eq!(
            reported(Profile::Lean, &unnamed),
            ["response (full): no variant has this tag: Unknown({}) (Unexplained)"],
        );
        assert_eq!(reported(Profile::Lean, r#"[{"error":"no"}]"#), ["response (full): no"]);
        // One type that keeps the value is enough.
        let second = format!(r#"[{{"error":"no"}},{}]"#, &same[1..same.len() - 1]);
        assert_eq!(reported(Profile::Lossless, &second), [""; 0]);
        assert_eq!(reported(Profile::Lean, "[]"), ["response (full): there is no type for it"]);
        // The program ended early.
        assert_eq!(reported(Profile::Lean, "").len(), 1);
    }
}
