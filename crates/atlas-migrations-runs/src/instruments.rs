//! What a test build adds to a program: points at which it ends, and short time limits. Nothing in every other build.

use atlas_migrations_journal::{Options, Probe};

/// Returns the function that a program calls at named points. `None` without the feature `kill-points`.
pub fn probe() -> Option<Probe> {
    #[cfg(feature = "kill-points")]
    let probe: Option<Probe> = Some(crate::kill_points::probe);
    #[cfg(not(feature = "kill-points"))]
    let probe = None;
    probe
}

/// Returns the options of a journal as a test build changes them. The same options without the feature `kill-points`.
pub fn instrument(options: Options) -> Options {
    #[cfg(feature = "kill-points")]
    let options = crate::kill_points::instrument(options);
    options
}
