//! What a processor does for a call, counted and not timed.

use std::error::Error;
use std::process::{Command, Stdio};

use crate::callers::Service;
use crate::page::{Figure, Figures, shown};
use crate::program::program;

/// The fewest calls and the most: what only the beginning and the end take is in both.
const CALLS: [u32; 2] = [2_000, 12_000];

/// Instructions and misses of the first caches for a call, 32 at once, by `valgrind`. Nothing where that is
/// not installed.
pub fn of_calls(service: &Service) -> Figures {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        eprintln!("valgrind is not installed: instructions are not counted");
        return Ok(Vec::new());
    }
    let (ours, plain) = (counted(service, "atlas-migrations")?, counted(service, "reqwest")?);
    let figure = |what: &str, count: fn(&Counted) -> f64| {
        let (ours, plain) = (count(&ours), count(&plain));
        Figure::ratio(format!("{what} a call, concurrent"), shown(ours), shown(plain), ours / plain)
    };
    Ok(vec![
        figure("instructions", |counted| counted.instructions),
        figure("misses of the first caches", |counted| counted.misses),
    ])
}

/// Of one call.
struct Counted {
    instructions: f64,
    misses: f64,
}

fn counted(service: &Service, client: &str) -> Result<Counted, Box<dyn Error>> {
    let [few, many] = CALLS;
    let (less, more) = (events(service, client, few)?, events(service, client, many)?);
    let of_one = |event: usize| -> Option<f64> {
        Some((more.get(event)? - less.get(event)?) / f64::from(many - few))
    };
    // In valgrind's order: instructions, reads and writes; misses of the first cache by each of them.
    let counts = || {
        let misses = of_one(3)? + of_one(4)? + of_one(5)?;
        Some(Counted { instructions: of_one(0)?, misses })
    };
    counts().ok_or_else(|| "valgrind counted less than it was asked to".into())
}

fn events(service: &Service, client: &str, calls: u32) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--cache-sim=yes", "--callgrind-out-file=/dev/null"])
        .arg(program("calls")?)
        .args([client, &calls.to_string()]);
    service.to_env(&mut valgrind);
    let output = valgrind.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("valgrind failed: {said}").into());
    }
    let counts = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, counts) = counts.ok_or("valgrind says no counts")?;
    counts.split_whitespace().map(|count| Ok(count.parse()?)).collect()
}
