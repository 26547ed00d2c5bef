//! The contract that both stores keep, and what happens when processes, disks and servers fail.

#![allow(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod canary;
mod contract;
mod damage;
mod durability;
mod kill;
mod measure;
#[cfg(feature = "postgres")]
mod outage;
mod races;
mod support;
