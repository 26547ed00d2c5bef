//! Recorded changes and runs against the simulator over HTTP and a real journal.

mod changes;
mod world;
