//! Counts the instructions and cache misses of a call.

use std::error::Error;
use std::process::{Command, Stdio};

use crate::callers::Service;
use crate::page::{Figure, Figures, shown};
use crate::program::program;

/// The calls of two runs. Their difference excludes the cost of start and end.
const CALLS: [u32; 2] = [2_000, 12_000];

/// Counts the instructions and L1 cache misses of a call with `valgrind`, 32 calls at once. Returns nothing if `valgrind`
/// is not installed.
pub fn instructions(service: &Service) -> Figures {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        eprintln!("valgrind is not installed: instructions are not counted");
        return Ok(Vec::new());
    }
    let (ours, plain) = (counted(service, "atlas-migrations")?, counted(service, "reqwest")?);
    let figure = |what: &str, count: fn(&Counted) -> f64| {
        let (ours, plain) = (count(&ours), count(&plain));
        Figure::ratio(
            format!("{what} per call, concurrent"),
            shown(ours),
            shown(plain),
            ours / plain,
        )
    };
    Ok(vec![
        figure("instructions", |counted| counted.instructions),
        figure("L1 cache misses", |counted| counted.misses),
    ])
}

/// The counts of one call.
struct Counted {
    instructions: f64,
    misses: f64,
}

fn counted(service: &Service, client: &str) -> Result<Counted, Box<dyn Error>> {
    let [few, many] = CALLS;
    let (less, more) = (events(service, client, few)?, events(service, client, many)?);
    let per_call = |event: usize| -> Option<f64> {
        Some((more.get(event)? - less.get(event)?) / f64::from(many - few))
    };
    // The order of valgrind: instructions, reads, writes, and the L1 misses of each.
    let counts = || {
        let misses = per_call(3)? + per_call(4)? + per_call(5)?;
        Some(Counted { instructions: per_call(0)?, misses })
    };
    counts().ok_or_else(|| "valgrind reports too few counts".into())
}

fn events(service: &Service, client: &str, calls: u32) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--cache-sim=yes", "--callgrind-out-file=/dev/null"])
        .arg(program("calls")?)
        .args([client, &calls.to_string()]);
    service.to_env(&mut valgrind);
    let output = valgrind.output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("valgrind failed: {stderr}").into());
    }
    let counts = stderr.lines().find_map(|line| line.split_once("Collected : "));
    let (_, counts) = counts.ok_or("valgrind reports no counts")?;
    counts.split_whitespace().map(|count| Ok(count.parse()?)).collect()
}
