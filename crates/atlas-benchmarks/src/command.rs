//! Measures whole processes of the command.

use std::error::Error;
use std::fs;
use std::process::{Command, Stdio};

use atlas_simulator::Scenario;

use crate::measure::{interleaved, milliseconds};
use crate::page::{Figure, Figures, Target, shown};
use crate::program::{program, run_time};
use crate::servers::{self, Server};

const ROUNDS: usize = 101;

pub fn run() -> Figures {
    let (simulator, _control) = servers::simulator(Scenario::default())?;
    let (command, empty) = (program("atlas-migrations")?, program("empty")?);
    #[allow(clippy::cast_precision_loss, reason = "programs are small")]
    let size = fs::metadata(&command)?.len() as f64 / 1e6;
    let mut version = Command::new(&command);
    version.arg("--version");
    let mut describe = describe(Command::new(&command), &simulator)?;
    let mut figures = Vec::new();
    for (what, measured, target) in [
        ("`--version`, start to finish", &mut version, Some(Target::AtMost(3.0))),
        ("`describe`, start to finish", &mut describe, None),
    ] {
        measured.stderr(Stdio::null());
        let mut empty = Command::new(&empty);
        let compared = interleaved(
            ROUNDS,
            || run_time(measured).map(milliseconds),
            || run_time(&mut empty).map(milliseconds),
        )?;
        figures.push(Figure {
            what: what.to_owned(),
            measured: format!("{} ms", shown(compared.first)),
            baseline: format!("{} ms", shown(compared.second)),
            result: compared.difference,
            unit: "ms more",
            target,
        });
    }
    figures.push(Figure::plain("size on disk", size, "MB").target(Target::AtMost(10.0)));
    let target = Target::AtMost(12.0);
    figures
        .push(Figure::plain("peak memory of `describe`", peak(&simulator)?, "MiB").target(target));
    Ok(figures)
}

/// Adds the arguments to describe a migration of the simulator. Clears the environment.
fn describe(mut command: Command, simulator: &Server) -> Result<Command, Box<dyn Error>> {
    let service = simulator.service()?;
    command
        .env_clear()
        .env("MONGODB_ATLAS_ACCESS_TOKEN", service.token)
        .args(["describe", &service.migration.to_string()])
        .args(["--project-id", &service.group.to_string()])
        .args(["--base-url", &service.base_url]);
    Ok(command)
}

/// Returns the peak memory of `describe` in MiB.
fn peak(simulator: &Server) -> Result<f64, Box<dyn Error>> {
    let mut peak = Command::new(program("peak")?);
    peak.arg(program("atlas-migrations")?);
    let output = describe(peak, simulator)?.output()?;
    let kib: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(kib / 1024.0)
}
