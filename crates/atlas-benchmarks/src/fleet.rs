//! Measures the cost of a fleet and the delay of its polls, by size.

use std::process::Command;

use serde::Deserialize;

use crate::page::{Figure, Figures, Target, shown};
use crate::program::program;

/// A line that `fleet_cost` prints for one size.
#[derive(Deserialize)]
struct Line {
    migrations: usize,
    cpu_us_per_poll: f64,
    /// The memory at the start and after each quarter of the polls.
    mb_by_quarter: [f64; 5],
    peak_mb: f64,
    late_p50_ms: f64,
    late_p99_ms: f64,
}

/// Reads a figure from a line.
type Read = fn(&Line) -> f64;

/// Runs `fleet_cost` and reads its output.
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
        return Err("fleet_cost measured an unexpected number of sizes".into());
    };
    let mut figures = Vec::new();
    for line in &lines {
        let what = format!("peak memory, {} migrations", line.migrations);
        let target = (line.migrations == large.migrations).then_some(Target::AtMost(100.0));
        figures.push(Figure { target, ..Figure::plain(what, line.peak_mb, "MB") });
    }
    for line in &lines {
        let [start, .., end] = line.mb_by_quarter;
        let what =
            format!("memory at the end, compared with the start, {} migrations", line.migrations);
        let show = |megabytes| format!("{} MB", shown(megabytes));
        let figure = Figure::ratio(what, show(end), show(start), end / start);
        figures.push(figure.target(Target::AtMost(1.1)));
    }
    let rows: [(_, _, Read, _); 3] = [
        ("CPU time per poll", "µs", |line| line.cpu_us_per_poll, Some(Target::AtMost(1.25))),
        ("delay, median", "ms", |line| line.late_p50_ms, None),
        ("delay, 99th percentile", "ms", |line| line.late_p99_ms, None),
    ];
    for (what, unit, figure, target) in rows {
        let show = |line| format!("{} {unit}", shown(figure(line)));
        for line in &lines[1..] {
            let what = format!(
                "{what}, {} migrations, compared with {}",
                line.migrations, small.migrations
            );
            let ratio = figure(line) / figure(small);
            let target = target.filter(|_| line.migrations == large.migrations);
            let figure = Figure::ratio(what, show(line), show(small), ratio);
            figures.push(Figure { target, ..figure });
        }
    }
    Ok(figures)
}
