//! Opens the journal when a command first needs it.

use std::path::PathBuf;
use std::sync::Arc;

use atlas_migrations::{Client, Settings};
use atlas_migrations_journal::store::{JournalInfo, Store};
use atlas_migrations_journal::{
    Error, Location, Options, Redactor, default_path, import_outcome_files, open,
};
use atlas_migrations_metrics::JournalMeter;
use atlas_migrations_runs::changes::Changes;
use tokio::sync::OnceCell;

use super::outcome_folders::outcome_folders;
use super::recording::Recording;
use crate::cli::GlobalOptions;
use crate::error::CliError;
use crate::terminal::{note, warn};

/// The journal that the options choose. It is opened when a command first needs it.
pub struct Journal {
    choice: Choice,
    opened: OnceCell<OpenJournal>,
}

enum Choice {
    /// `--no-journal`.
    Off,
    At(Location),
    /// The named place cannot be one.
    Invalid(String),
    /// No place is named, and this user has no folder for it.
    Nowhere(String),
}

/// A journal that is open.
#[derive(Debug)]
pub struct OpenJournal {
    pub store: Arc<dyn Store>,
    /// What the journal was when it was opened.
    pub info: JournalInfo,
    /// Replaces the secrets that this process knows.
    pub redactor: Redactor,
    /// Measures what this process appends.
    pub meter: JournalMeter,
    recording: OnceCell<Recording>,
}

impl OpenJournal {
    /// Returns the journal in a store that is open.
    pub fn new(
        store: Arc<dyn Store>,
        info: JournalInfo,
        redactor: Redactor,
        meter: JournalMeter,
    ) -> Self {
        Self { store, info, redactor, meter, recording: OnceCell::new() }
    }

    /// Returns what sends changes. The first call registers this process in the journal.
    pub async fn changes(
        &self,
        client: &Client,
        settings: &Settings,
    ) -> Result<&Changes, CliError> {
        let start = || Recording::start(Arc::clone(&self.store), client, settings);
        Ok(self.recording.get_or_try_init(start).await?.changes())
    }
}

impl Journal {
    /// Returns the journal that the options name, or the user's. Opens nothing.
    pub fn of(global: &GlobalOptions) -> Self {
        Self { choice: Choice::of(global), opened: OnceCell::new() }
    }

    /// Returns the journal at a place. Opens nothing.
    pub fn at(location: Location) -> Self {
        Self { choice: Choice::At(location), opened: OnceCell::new() }
    }

    /// Opens the journal for a command that sends a request which changes something, or creates it. Returns `None` with
    /// `--no-journal`.
    ///
    /// Fails if the journal cannot be written: then nothing must be sent.
    pub async fn for_changes(&self, redactor: Redactor) -> Result<Option<&OpenJournal>, CliError> {
        let location = match &self.choice {
            Choice::Off => return Ok(None),
            Choice::Invalid(why) | Choice::Nowhere(why) => {
                return Err(CliError::nothing_sent(CliError::usage(why)));
            }
            Choice::At(location) => location,
        };
        let journal = self.opened(location, redactor).await.map_err(CliError::nothing_sent)?;
        match &journal.info.read_only {
            Some(why) => Err(CliError::nothing_sent(Error::ReadOnly(why.clone()).into())),
            None => Ok(Some(journal)),
        }
    }

    /// Opens the journal for a command that reads it. Returns `None` with `--no-journal`, or if there is no journal yet:
    /// reading creates none.
    pub async fn for_reading(&self, redactor: Redactor) -> Result<Option<&OpenJournal>, CliError> {
        match &self.choice {
            Choice::Off | Choice::Nowhere(_) => Ok(None),
            Choice::Invalid(why) => Err(CliError::usage(why)),
            Choice::At(Location::File(path)) if !path.exists() => Ok(None),
            Choice::At(location) => self.opened(location, redactor).await.map(Some),
        }
    }

    /// Opens the journal for a command that cannot work without one.
    pub async fn required(&self, redactor: Redactor) -> Result<&OpenJournal, CliError> {
        match self.for_reading(redactor).await? {
            Some(journal) => Ok(journal),
            None => Err(CliError::usage(self.why_absent())),
        }
    }

    /// Returns the journal if a command opened it before.
    pub fn if_open(&self) -> Option<&OpenJournal> {
        self.opened.get()
    }

    /// Returns why [`Self::for_reading`] opens no journal.
    pub fn why_absent(&self) -> String {
        match &self.choice {
            Choice::Off => "--no-journal was given".to_owned(),
            Choice::Invalid(why) | Choice::Nowhere(why) => why.clone(),
            Choice::At(Location::File(path)) => {
                format!("there is no journal at {}", path.display())
            }
            Choice::At(_) => "there is no journal".to_owned(),
        }
    }

    /// Closes the journal if it was opened. Outcomes that it could not take are waited for.
    pub async fn close(&self) {
        if let Some(journal) = self.opened.get() {
            if let Some(recording) = journal.recording.get() {
                recording.finish().await;
            }
            journal.store.close().await;
        }
    }

    async fn opened(
        &self,
        location: &Location,
        redactor: Redactor,
    ) -> Result<&OpenJournal, CliError> {
        let opened = self.opened.get_or_try_init(|| async {
            let mut options = Options::default();
            options.redactor = redactor.clone();
            let meter = JournalMeter::default();
            options.append_observer = Some(meter.observer());
            #[cfg(feature = "kill-points")]
            atlas_migrations_runs::kill_points::set_options(&mut options);
            let store = open(location, options).await?;
            let info = store.info().await?;
            Ok::<_, CliError>(OpenJournal::new(store, info, redactor, meter))
        });
        if let Some(journal) = self.opened.get() {
            return Ok(journal);
        }
        let journal = opened.await?;
        report_warnings(&journal.info);
        if journal.info.read_only.is_none() {
            import_outcomes(&*journal.store).await?;
        }
        Ok(journal)
    }
}

impl Choice {
    fn of(global: &GlobalOptions) -> Self {
        let named = global.journal.as_ref().filter(|place| !place.as_os_str().is_empty());
        let location = match named {
            _ if global.no_journal => return Self::Off,
            None => default_path().map(Location::File),
            Some(place) => match place.to_str() {
                Some(text) => text.parse(),
                None => Ok(Location::File(PathBuf::from(place))),
            },
        };
        match location {
            Ok(location) => Self::At(location),
            Err(error) if named.is_some() => Self::Invalid(format!("--journal: {error}")),
            Err(error) => Self::Nowhere(error.to_string()),
        }
    }
}

fn report_warnings(info: &JournalInfo) {
    for warning in &info.warnings {
        warn(&format!("the journal: {warning}"));
    }
    if let Some(why) = &info.read_only {
        warn(&format!("the journal can only be read: {why}"));
    }
}

/// Stores the outcomes that an earlier process could only write into files.
async fn import_outcomes(store: &dyn Store) -> Result<(), CliError> {
    for folder in outcome_folders() {
        let files = import_outcome_files(store, &folder).await?;
        if !files.imported.is_empty() {
            let (count, folder) = (files.imported.len(), folder.display());
            let outcomes = if count == 1 { "outcome was" } else { "outcomes were" };
            note(&format!("{count} {outcomes} imported from {folder} into the journal"));
        }
        for (path, why) in &files.kept {
            warn(&format!("the outcome in {} stays there: {why}", path.display()));
        }
    }
    Ok(())
}
