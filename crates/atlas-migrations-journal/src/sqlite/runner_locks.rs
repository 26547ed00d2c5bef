//! Locks of the operating system that show which runners live. They end with their process.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions, TryLockError},
    io::ErrorKind,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::file::{create_folder, create_private};
use crate::{
    error::{Error, Result},
    ids::RunnerId,
};

/// The lock files of a journal, `runners/<id>.lock`, and the locks that this process holds.
#[derive(Debug)]
pub(super) struct RunnerLocks {
    folder: PathBuf,
    held: Mutex<HashMap<RunnerId, File>>,
}

impl RunnerLocks {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, held: Mutex::default() }
    }

    fn path(&self, runner: RunnerId) -> PathBuf {
        self.folder.join(format!("{runner}.lock"))
    }

    fn held(&self) -> MutexGuard<'_, HashMap<RunnerId, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock(&self, runner: RunnerId) -> Result<()> {
        create_folder(&self.folder)?;
        let path = self.path(runner);
        let file = create_private(&path).map_err(|error| Error::file("create", &path, error))?;
        file.try_lock().map_err(|error| Error::file("lock", &path, error.into()))?;
        self.held().insert(runner, file);
        Ok(())
    }

    pub(super) fn holds(&self, runner: RunnerId) -> bool {
        self.held().contains_key(&runner)
    }

    /// Returns whether nobody holds the lock. A lock file that is missing is held by nobody.
    pub(super) fn is_free(&self, runner: RunnerId) -> Result<bool> {
        if self.holds(runner) {
            return Ok(false);
        }
        let path = self.path(runner);
        let file = match OpenOptions::new().write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(Error::file("open", &path, error)),
        };
        match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(Error::file("lock", &path, error)),
        }
    }

    pub(super) fn unlock(&self, runner: RunnerId) {
        if self.held().remove(&runner).is_some() {
            self.remove(runner);
        }
    }

    pub(super) fn remove(&self, runner: RunnerId) {
        // A file that stays is a free lock.
        let _ = fs::remove_file(self.path(runner));
    }

    pub(super) fn unlock_all(&self) {
        self.held().clear();
    }
}
