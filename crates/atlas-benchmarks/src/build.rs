//! Measures builds and counts dependencies.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::measure::{median, milliseconds};
use crate::page::{Figure, Figures};
use crate::program::run_time;

/// How often a warm build is measured.
const ROUNDS: usize = 3;

pub fn run() -> Figures {
    let mut figures = vec![
        Figure::plain("dependencies of the facade, default features", dependencies(&[])?, ""),
        Figure::plain(
            "dependencies of the facade, no features",
            dependencies(&["--no-default-features"])?,
            "",
        ),
        Figure::plain("packages of the facade in more than one version", duplicates()?, ""),
        Figure::plain("lines generated", lines_generated()?, ""),
    ];
    let generate =
        || -> Result<Duration, Box<dyn Error>> { run_time(&mut cargo(&["xtask", "generate"])) };
    generate()?;
    figures.push(Figure::plain("`cargo xtask generate`, warm", seconds(generate)?, "s"));
    let build = || run_time(&mut cargo(&["build", "--workspace"]));
    build()?;
    let after_touch = || {
        let fragment = fs::File::open(root().join("openapi/live-migrations.json"))?;
        fragment.set_modified(SystemTime::now())?;
        build()
    };
    figures.push(Figure::plain(
        "`cargo build` of the workspace after the fragment was touched",
        seconds(after_touch)?,
        "s",
    ));
    figures.push(Figure::plain("`cargo build` of the facade, cold", cold()?, "s"));
    Ok(figures)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).env("CARGO_TERM_QUIET", "true").current_dir(root());
    cargo
}

fn seconds(measure: impl Fn() -> Result<Duration, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let times: Result<Vec<_>, _> = (0..ROUNDS).map(|_| measure()).collect();
    Ok(median(times?.into_iter().map(|time| milliseconds(time) / 1000.0).collect()))
}

/// Returns the seconds of a build into an empty folder.
fn cold() -> Result<f64, Box<dyn Error>> {
    let folder = root().join("target/cold");
    let remove = || match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    remove()?;
    let mut build = cargo(&["build", "--package", "atlas-migrations", "--target-dir"]);
    build.arg(&folder);
    let time = run_time(&mut build)?;
    remove()?;
    Ok(time.as_secs_f64())
}

/// Returns the dependencies of the facade on this system, as `cargo tree` lists them.
fn tree(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let tree = ["tree", "--package", "atlas-migrations", "--edges", "normal", "--prefix", "none"];
    let output = cargo(&tree).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Returns packages and versions, without those of this workspace.
fn packages(tree: &str) -> BTreeSet<(&str, &str)> {
    let lines = tree.lines().filter(|line| !line.contains("(/"));
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect()
}

#[allow(clippy::cast_precision_loss, reason = "there are few")]
fn dependencies(arguments: &[&str]) -> Result<f64, Box<dyn Error>> {
    Ok(packages(&tree(arguments)?).len() as f64)
}

#[allow(clippy::cast_precision_loss, reason = "there are few")]
fn duplicates() -> Result<f64, Box<dyn Error>> {
    let tree = tree(&[])?;
    let packages = packages(&tree);
    let names: BTreeSet<_> = packages.iter().map(|(name, _)| name).collect();
    Ok((packages.len() - names.len()) as f64)
}

#[allow(clippy::cast_precision_loss, reason = "there are few")]
fn lines_generated() -> Result<f64, Box<dyn Error>> {
    let mut lines = 0;
    for entry in fs::read_dir(root().join("crates/atlas-migrations-generated/src"))? {
        lines += fs::read_to_string(entry?.path())?.lines().count();
    }
    Ok(lines as f64)
}
