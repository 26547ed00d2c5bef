//! The settings of the proof.

use std::path::PathBuf;

use crate::slice::CoreSource;

/// Where and how far to prove.
pub struct Settings {
    /// The folder to work in.
    pub folder: PathBuf,
    /// Where the crates find `atlas-client-core`.
    pub core: Option<CoreSource>,
    /// A lock file to copy into the crates.
    pub lock: Option<PathBuf>,
    /// Whether to compile each operation as a separate crate.
    pub each: bool,
    /// Whether to send values through the generated types and methods.
    pub round_trip: bool,
}
