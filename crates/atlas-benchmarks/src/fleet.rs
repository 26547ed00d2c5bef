//! What a fleet costs, and how late its polls are, by its size.

use std::process::Command;

use serde::Deserialize;

use crate::page::{Figure, Figures, Target, shown};
use crate::program::program;

/// A line that the program prints, of the fleet of one size.
#[derive(Deserialize)]
struct Line {
    migrations: usize,
    cpu_us_per_poll: f64,
    /// At the start, after each quarter of the polls, and so at the end.
    mb_by_quarter: [f64; 5],
    peak_mb: f64,
    late_p50_ms: f64,
    late_p99_ms: f64,
}

/// A figure of a line.
type Read = fn(&Line) -> f64;

/// What `cargo run --release -p atlas-benchmarks --bin fleet_cost` says.
pub fn run() -> Figures {
    if !cfg!(target_os = "linux") {
        return Ok(Vec::new());
    }
    let output = Command::new(program("fleet_cost")?).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let lines: Vec<Line> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let [small, _, large] = &lines[..] else {
        return Err("the program measured other sizes".into());
    };
    let mut figures = Vec::new();
    for line in &lines {
        let what = format!("memory at its peak, {} migrations", line.migrations);
        let target = (line.migrations == large.migrations).then_some(Target::AtMost(100.0));
        figures.push(Figure { target, ..Figure::plain(what, line.peak_mb, "MB") });
    }
    for line in &lines {
        let [start, .., end] = line.mb_by_quarter;
        let what = format!("memory at the end, at the start, {} migrations", line.migrations);
        let show = |megabytes| format!("{} MB", shown(megabytes));
        let figure = Figure::ratio(what, show(end), show(start), end / start);
        figures.push(figure.target(Target::AtMost(1.1)));
    }
    let told: [(_, _, Read, _); 3] = [
        ("processor time a poll", "µs", |line| line.cpu_us_per_poll, Some(Target::AtMost(1.25))),
        ("lateness, median", "ms", |line| line.late_p50_ms, None),
        ("lateness, 99 of 100", "ms", |line| line.late_p99_ms, None),
    ];
    for (what, unit, figure, target) in told {
        let show = |line| format!("{} {unit}", shown(figure(line)));
        for line in &lines[1..] {
            let what = format!("{what}, {} migrations, {}", line.migrations, small.migrations);
            let ratio = figure(line) / figure(small);
            let target = target.filter(|_| line.migrations == large.migrations);
            let told = Figure::ratio(what, show(line), show(small), ratio);
            figures.push(Figure { target, ..told });
        }
    }
    Ok(figures)
}
