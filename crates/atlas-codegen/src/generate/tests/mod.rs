//! Whole documents through all rules and the emitter.

mod invariants;
mod mutations;
mod official;
mod probes;
