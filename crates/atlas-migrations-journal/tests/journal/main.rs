//! The contract that both stores keep, and what happens when processes, disks and servers fail.

#![allow(missing_docs)]

mod canary;
mod contract;
mod damage;
mod kill;
#[cfg(feature = "postgres")]
mod outage;
mod races;
mod support;
