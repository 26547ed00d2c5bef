//! The folders of outcome files.

use std::path::PathBuf;

use atlas_migrations_journal::default_path;

/// Returns the folders for an outcome that cannot be stored in the journal: the user's state folder, then the working
/// folder.
pub fn outcome_folders() -> Vec<PathBuf> {
    let state = default_path().ok().and_then(|path| path.parent().map(PathBuf::from));
    state.into_iter().chain(std::env::current_dir().ok()).collect()
}
