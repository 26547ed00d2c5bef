//! Measures the cost of calls, decoding, a fleet, the command, the simulator and the build, each with a baseline from the
//! same run. `cargo xtask bench` builds the programs, runs this one and writes its output to `RESULTS.md`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people run")]

mod build;
mod call;
#[allow(dead_code, reason = "the programs that are measured use the rest")]
mod callers;
mod command;
mod decode;
#[allow(dead_code, reason = "the programs that are measured use the rest")]
mod environment;
mod fleet;
mod measure;
mod memory;
mod page;
mod processes;
mod profile;
mod program;
#[allow(dead_code, reason = "the programs that are measured use the rest")]
mod rounds;
mod runs;
mod serve;
mod servers;
mod simulator;

use std::process::ExitCode;
use std::time::Instant;

use self::page::Benchmark;

/// The benchmarks. Each has a module that measures it and a text in `about` that describes it.
const BENCHMARKS: &[Benchmark] = &[
    Benchmark { name: "call", run: call::run },
    Benchmark { name: "decode", run: decode::run },
    Benchmark { name: "fleet", run: fleet::run },
    Benchmark { name: "runs", run: runs::run },
    Benchmark { name: "serve", run: serve::run },
    Benchmark { name: "command", run: command::run },
    Benchmark { name: "memory", run: memory::run },
    Benchmark { name: "simulator", run: simulator::run },
    Benchmark { name: "build", run: build::run },
];

/// Runs the named benchmarks, or all of them.
fn main() -> ExitCode {
    let named: Vec<String> = std::env::args().skip(1).collect();
    let known = |name: &String| BENCHMARKS.iter().any(|benchmark| benchmark.name == name);
    if let Some(unknown) = named.iter().find(|name| !known(name)) {
        let all: Vec<_> = BENCHMARKS.iter().map(|benchmark| benchmark.name).collect();
        eprintln!("unknown benchmark {unknown}; expected one of: {}", all.join(", "));
        return ExitCode::FAILURE;
    }
    let mut page = page::head();
    for benchmark in BENCHMARKS {
        if !named.is_empty() && !named.iter().any(|name| name == benchmark.name) {
            continue;
        }
        let start = Instant::now();
        eprintln!("{} …", benchmark.name);
        match (benchmark.run)().and_then(|figures| benchmark.section(&figures)) {
            Ok(section) => page.push_str(&section),
            Err(error) => {
                eprintln!("{}: {error}", benchmark.name);
                return ExitCode::FAILURE;
            }
        }
        eprintln!("{} took {} s", benchmark.name, start.elapsed().as_secs());
    }
    print!("{page}");
    ExitCode::SUCCESS
}
