//! The page of results.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::SystemTime;

use crate::Figures;

/// Something that is measured.
pub struct Benchmark {
    pub name: &'static str,
    pub run: fn() -> Figures,
}

/// A line of a benchmark's table.
pub struct Figure {
    pub what: String,
    pub measured: String,
    /// The baseline in the same run, where there is one.
    pub baseline: String,
    /// What the two come to, and what is wanted of it.
    pub result: f64,
    pub unit: &'static str,
    pub wanted: Option<Wanted>,
}

#[derive(Clone, Copy)]
pub enum Wanted {
    AtLeast(f64),
    AtMost(f64),
    Exactly(f64),
}

impl Figure {
    /// How often the one goes into the other.
    pub fn ratio(what: impl Into<String>, measured: String, baseline: String, ratio: f64) -> Self {
        Self { what: what.into(), measured, baseline, result: ratio, unit: "×", wanted: None }
    }

    /// A figure that is compared with nothing.
    pub fn plain(what: impl Into<String>, result: f64, unit: &'static str) -> Self {
        let measured = format!("{} {unit}", shown(result));
        Self { what: what.into(), measured, baseline: String::new(), result, unit, wanted: None }
    }

    pub fn wanted(self, wanted: Wanted) -> Self {
        Self { wanted: Some(wanted), ..self }
    }

    fn line(&self) -> String {
        let Self { what, measured, baseline, result, unit, wanted } = self;
        let (verdict, wanted) = match wanted {
            None => ("", String::new()),
            Some(wanted) => wanted.verdict(*result, unit),
        };
        let result = shown(*result);
        format!("| {what} | {measured} | {baseline} | {result} {unit} | {wanted} | {verdict} |\n")
    }
}

impl Wanted {
    fn verdict(self, result: f64, unit: &str) -> (&'static str, String) {
        let (is_met, wanted) = match self {
            Self::AtLeast(least) => (result >= least, format!("≥ {}", shown(least))),
            Self::AtMost(most) => (result <= most, format!("≤ {}", shown(most))),
            Self::Exactly(exact) => ((result - exact).abs() < f64::EPSILON, shown(exact)),
        };
        (if is_met { "met" } else { "**not met**" }, format!("{wanted} {unit}"))
    }
}

/// As many digits as tell something.
pub fn shown(number: f64) -> String {
    match number.abs() {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.3}"),
    }
}

impl Benchmark {
    /// What the page says of it: what it measures and what was found, which is written by hand, and the
    /// figures.
    pub fn section(&self, figures: &[Figure]) -> Result<String, Box<dyn Error>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("about");
        let about = fs::read_to_string(folder.join(self.name).with_extension("md"))?;
        let about = about.trim_end();
        let mut text = format!(
            "\n{about}\n\n| What | Measured | Baseline | Result | Wanted | |\n|---|---|---|---|---|---|\n"
        );
        for figure in figures {
            text.push_str(&figure.line());
        }
        Ok(text)
    }
}

/// How the page begins.
pub fn head() -> String {
    let date = httpdate::fmt_http_date(SystemTime::now());
    let day = date.get(5..16).unwrap_or_default();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let mut text = String::from(
        "# What it costs\n\n\
         Written by `cargo xtask bench`, which builds everything with the release profile, measures it and \
         writes this page. `cargo xtask bench call` measures one part and prints it. What is compared is \
         measured in the same run, in turns, and the result is the median of what the turns came to: the \
         absolute figures tell of the machine, the results of the code.\n\n",
    );
    // Writing into a string cannot fail.
    let _ = writeln!(text, "Last run on {day}, on {cores} cores ({os}, {arch}), with {}.", rustc());
    text
}

fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let version = version.unwrap_or_default();
    version.split(" (").next().unwrap_or_default().trim().to_owned()
}
