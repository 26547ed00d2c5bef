//! [`MigrationView`]: one migration of the journal, and what Atlas shows of it.

use std::time::Duration;

use atlas_migrations::{GroupId, LiveMigration, LiveMigrationId};
use atlas_migrations_journal::overview::MigrationSummary;
use atlas_migrations_journal::store::StreamRow;

use crate::error::CliError;
use crate::journal::{Directory, OpenJournal, ids_of};

/// One migration of the journal, and what Atlas shows of it.
pub struct MigrationView {
    /// The name as the command line takes it.
    pub name: String,
    /// What the journal knows.
    pub summary: MigrationSummary,
    /// What Atlas showed just now.
    pub fresh: Option<LiveMigration>,
    /// Why Atlas showed nothing.
    pub problem: Option<String>,
}

impl MigrationView {
    /// Reads a migration.
    pub async fn read(
        journal: &OpenJournal,
        directory: &Directory,
        row: &StreamRow,
    ) -> Result<Self, CliError> {
        let records = journal.store.read(row.id, 0).await?;
        let summary = MigrationSummary::new(row.clone(), &records);
        Ok(Self { name: directory.name_of(row), summary, fresh: None, problem: None })
    }

    /// Reads the events again, and keeps what Atlas showed.
    pub async fn reread(&mut self, journal: &OpenJournal) -> Result<(), CliError> {
        let records = journal.store.read(self.summary.row.id, 0).await?;
        self.summary = MigrationSummary::new(self.summary.row.clone(), &records);
        Ok(())
    }

    /// Returns the IDs for calls to Atlas, unless the attempt ended or has no migration yet.
    pub fn live_ids(&self) -> Option<(GroupId, LiveMigrationId)> {
        if self.summary.state.ended.is_some() { None } else { ids_of(&self.summary.row).ok() }
    }

    /// Returns what it waits for, and who or what can end that, in one line.
    pub fn waits_for_text(&self, now_ms: i64) -> String {
        self.summary.waits_for_text(&self.name, now_ms)
    }

    /// Returns the lag that was seen last.
    pub fn lag(&self) -> Option<Duration> {
        match &self.fresh {
            Some(job) if self.summary.state.ended.is_none() => job.lag,
            _ => self.summary.lag(),
        }
    }
}
