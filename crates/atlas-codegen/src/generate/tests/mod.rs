//! Generates clients from whole documents.

mod invariants;
mod mutations;
mod official;
mod probes;
