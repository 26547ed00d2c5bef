//! Measures the memory of a call with response bodies that take much memory.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use crate::page::{Figure, Figures, Target};
use crate::program::program;

/// The default limit on bodies, in MiB.
const LIMIT: f64 = 16.0;
const LIMIT_BYTES: usize = 16 << 20;

/// A few bytes of JSON that take hundreds of bytes in memory.
const DENSE: &str = "{\"\":0},";

pub fn run() -> Figures {
    let list = |bytes: usize| DENSE.repeat(bytes / DENSE.len() - 10);
    let mut figures = Vec::new();
    for (what, status, body) in [
        ("an error of empty maps", 400, format!("{{\"parameters\":[{}0]}}", list(LIMIT_BYTES))),
        (
            "an error of refused fields",
            400,
            format!("{{\"badRequestDetail\":{{\"fields\":[{}0]}}}}", list(LIMIT_BYTES)),
        ),
        ("a success of empty maps", 200, format!("{{\"x\":[{}0]}}", list(LIMIT_BYTES))),
        (
            "a success of as many empty maps as are decoded",
            200,
            format!("{{\"status\":\"NEW\",\"x\":[{}0]}}", list(300_000)),
        ),
        (
            "a success of one long text",
            200,
            format!("{{\"status\":\"NEW\",\"x\":\"{}\"}}", "x".repeat(LIMIT_BYTES - 100)),
        ),
    ] {
        for output in ["table", "json"] {
            let peak = peak(status, &body, output)?;
            let figure = Figure {
                what: format!("{what}, `describe -o {output}`"),
                measured: format!("{peak:.1} MiB"),
                baseline: format!("{LIMIT} MiB"),
                result: peak / LIMIT,
                unit: "×",
                target: Some(Target::AtMost(4.0)),
            };
            figures.push(figure);
        }
    }
    Ok(figures)
}

/// Returns the peak memory of `describe` with this response, in MiB.
fn peak(status: u16, body: &str, output: &str) -> Result<f64, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
    let response = [head.as_bytes(), body.as_bytes()].concat();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // Fails if the command stops reading early.
            let _ = respond(stream, &response);
        }
    });
    let id = "6296fb4c7c7aa997cf94e9a8";
    let mut peak = Command::new(program("peak")?);
    peak.arg(program("atlas-migrations")?)
        .env_clear()
        .env("MONGODB_ATLAS_ACCESS_TOKEN", "token")
        .args(["describe", id, "--project-id", id, "--base-url", &url, "--output", output]);
    let kib: f64 = String::from_utf8(peak.output()?.stdout)?.trim().parse()?;
    Ok(kib / 1024.0)
}

fn respond(mut stream: TcpStream, response: &[u8]) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    stream.write_all(response)
}
