//! Runs a command and prints its peak memory in KiB. This is a small program, because the system includes the memory that
//! the parent has when it starts the command.

#![allow(clippy::print_stdout, reason = "a program that people run")]

use std::io;
use std::process::{Command, ExitCode, Stdio};

fn main() -> io::Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().ok_or_else(|| io::Error::other("no command"))?;
    let status = Command::new(command).args(arguments).stdout(Stdio::null()).status()?;
    println!("{}", peak()?);
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the peak memory of the largest child process.
#[cfg(unix)]
fn peak() -> io::Result<i64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let unit = if cfg!(target_vendor = "apple") { 1024 } else { 1 };
    Ok(getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() / unit)
}

#[cfg(not(unix))]
fn peak() -> io::Result<i64> {
    Err(io::Error::other("not measured on this system"))
}
