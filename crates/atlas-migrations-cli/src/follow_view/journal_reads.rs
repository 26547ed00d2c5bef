//! [`JournalReads`]: reads of a journal, one after the other.

use std::sync::Arc;
use std::time::Duration;

use atlas_migrations_board::{Published, Reader};
use atlas_migrations_journal::store::Store;

/// The limit of one read.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reads a journal again and again. What was read stays when it cannot be read.
pub struct JournalReads {
    reader: Reader,
    last: Option<Published>,
}

impl JournalReads {
    pub fn new(store: &Arc<dyn Store>) -> Self {
        Self { reader: Reader::new(Arc::clone(store), TIMEOUT), last: None }
    }

    /// Reads what is new. Returns what the journal says, or said last; None if it was never read.
    pub async fn read(&mut self) -> Option<Published> {
        match (self.reader.read().await, &mut self.last) {
            (Ok(published), last) => *last = Some(published),
            (Err(problem), Some(last)) => last.problem = Some(problem),
            (Err(_), None) => {}
        }
        self.last.clone()
    }
}
