//! Writes the page of results.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::SystemTime;

/// The figures of a benchmark.
pub type Figures = Result<Vec<Figure>, Box<dyn Error>>;

/// A benchmark.
pub struct Benchmark {
    pub name: &'static str,
    pub run: fn() -> Figures,
}

/// A line of a benchmark's table.
pub struct Figure {
    pub what: String,
    pub measured: String,
    /// The baseline in the same run, or an empty text.
    pub baseline: String,
    /// The comparison of the two.
    pub result: f64,
    pub unit: &'static str,
    pub target: Option<Target>,
}

#[derive(Clone, Copy)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
    Exactly(f64),
}

impl Figure {
    /// Creates a figure that is the ratio to a baseline.
    pub fn ratio(what: impl Into<String>, measured: String, baseline: String, ratio: f64) -> Self {
        Self { what: what.into(), measured, baseline, result: ratio, unit: "×", target: None }
    }

    /// Creates a figure without a baseline.
    pub fn plain(what: impl Into<String>, result: f64, unit: &'static str) -> Self {
        let measured = format!("{} {unit}", shown(result));
        Self { what: what.into(), measured, baseline: String::new(), result, unit, target: None }
    }

    pub fn target(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }

    fn line(&self) -> String {
        let Self { what, measured, baseline, result, unit, target } = self;
        let (verdict, target) = match target {
            None => ("", String::new()),
            Some(target) => target.verdict(*result, unit),
        };
        let result = shown(*result);
        format!("| {what} | {measured} | {baseline} | {result} {unit} | {target} | {verdict} |\n")
    }
}

impl Target {
    fn verdict(self, result: f64, unit: &str) -> (&'static str, String) {
        let (is_met, target) = match self {
            Self::AtLeast(least) => (result >= least, format!("≥ {}", shown(least))),
            Self::AtMost(most) => (result <= most, format!("≤ {}", shown(most))),
            Self::Exactly(exact) => ((result - exact).abs() < f64::EPSILON, shown(exact)),
        };
        (if is_met { "met" } else { "**not met**" }, format!("{target} {unit}"))
    }
}

/// Formats a number with its significant digits.
pub fn shown(number: f64) -> String {
    match number.abs() {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.3}"),
    }
}

impl Benchmark {
    /// Returns the section of the page: the text in `about` and the table of figures.
    pub fn section(&self, figures: &[Figure]) -> Result<String, Box<dyn Error>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("about");
        let about = fs::read_to_string(folder.join(self.name).with_extension("md"))?;
        let about = about.trim_end();
        let mut text = format!(
            "\n{about}\n\n| What | Measured | Baseline | Result | Target | |\n|---|---|---|---|---|---|\n"
        );
        for figure in figures {
            text.push_str(&figure.line());
        }
        Ok(text)
    }
}

/// Returns the beginning of the page.
pub fn head() -> String {
    let date = httpdate::fmt_http_date(SystemTime::now());
    let day = date.get(5..16).unwrap_or_default();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let mut text = String::from(
        "# Benchmarks\n\n\
         `cargo xtask bench` builds everything with the release profile, measures it and writes this page. \
         `cargo xtask bench call` measures one part and prints it. A figure and its baseline are measured in the same \
         run, interleaved, and the result is the median of the rounds: the absolute figures describe the machine, the \
         results the code.\n\n",
    );
    // Writing to a string cannot fail.
    let _ = writeln!(text, "Last run on {day}, on {cores} cores ({os}, {arch}), with {}.", rustc());
    text
}

fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let version = version.unwrap_or_default();
    version.split(" (").next().unwrap_or_default().trim().to_owned()
}
