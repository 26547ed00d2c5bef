//! A program that does nothing: what the start of any Rust program costs.

fn main() {}
