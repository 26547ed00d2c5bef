//! Does nothing, to measure the start of any Rust program.

fn main() {}
