//! A program that does nothing: the cost of starting any Rust program.

fn main() {}
