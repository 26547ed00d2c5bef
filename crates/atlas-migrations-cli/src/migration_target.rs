//! [`MigrationTarget`]: the migration that the command line names.

use atlas_migrations::{GroupId, LiveMigrationId, Settings};
use atlas_migrations_journal::StreamId;
use atlas_migrations_journal::store::StreamRow;

use crate::cli::{IdOrName, QualifiedName};
use crate::client::project;
use crate::error::CliError;
use crate::journal::{Directory, Journal, ids_of, redactor};
use crate::terminal::warn;

/// A migration, and its name in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationTarget {
    pub group: GroupId,
    pub id: LiveMigrationId,
    /// The name as the command line takes it.
    pub name: Option<String>,
    /// The name of its plan.
    pub plan: Option<String>,
    /// The stream of the journal.
    pub stream: Option<StreamId>,
}

impl MigrationTarget {
    /// Returns the name and the ID for a message.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} ({})", self.id),
            None => self.id.to_string(),
        }
    }

    /// Returns the arguments that name the migration in a command.
    pub fn arguments(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("{} --project-id {}", self.id, self.group),
        }
    }

    fn of(directory: &Directory, row: &StreamRow) -> Result<Self, CliError> {
        let (group, id) = ids_of(row)?;
        let name = (!row.archived).then(|| directory.name_of(row));
        let plan = row.plan.map(|_| row.scope.clone());
        Ok(Self { group, id, name, plan, stream: Some(row.id) })
    }
}

/// Finds one migration.
pub async fn find(
    journal: &Journal,
    settings: &Settings,
    given_project: Option<GroupId>,
    wanted: &IdOrName<LiveMigrationId>,
) -> Result<MigrationTarget, CliError> {
    let directory = directory(journal, settings, first_name([wanted])).await?;
    target(directory.as_ref(), settings, given_project, wanted)
}

/// Finds migrations.
pub async fn find_all(
    journal: &Journal,
    settings: &Settings,
    given_project: Option<GroupId>,
    wanted: &[IdOrName<LiveMigrationId>],
) -> Result<Vec<MigrationTarget>, CliError> {
    let directory = directory(journal, settings, first_name(wanted)).await?;
    let target = |wanted| target(directory.as_ref(), settings, given_project, wanted);
    wanted.iter().map(target).collect()
}

/// Returns the names of the journal, which are needed if a name is given. An ID does not need them: a journal that cannot
/// be read is then only a warning.
pub async fn directory(
    journal: &Journal,
    settings: &Settings,
    name: Option<&QualifiedName>,
) -> Result<Option<Directory>, CliError> {
    let read = async {
        match journal.for_reading(redactor(Some(settings), None)).await? {
            Some(journal) => Directory::read(journal).await.map(Some),
            None => Ok(None),
        }
    };
    match (read.await, name) {
        (Ok(None), Some(name)) => {
            let message =
                format!("`{name}` is a name, and names need a journal: {}", journal.why_absent());
            Err(CliError::usage(message)
                .hint("give the 24-digit ID of the migration, or the journal with --journal"))
        }
        (Err(error), None) => {
            warn(&format!("names are not shown: {}", error.message()));
            Ok(None)
        }
        (result, _) => result,
    }
}

fn first_name<'a, T: 'a>(
    wanted: impl IntoIterator<Item = &'a IdOrName<T>>,
) -> Option<&'a QualifiedName> {
    wanted.into_iter().find_map(|wanted| match wanted {
        IdOrName::Name(name) => Some(name),
        IdOrName::Id(_) => None,
    })
}

fn target(
    directory: Option<&Directory>,
    settings: &Settings,
    given: Option<GroupId>,
    wanted: &IdOrName<LiveMigrationId>,
) -> Result<MigrationTarget, CliError> {
    let known = match (wanted, directory) {
        (IdOrName::Id(id), directory) => {
            let row =
                directory.and_then(|directory| Some((directory, directory.of_migration(*id)?)));
            let known = row.and_then(|(directory, row)| MigrationTarget::of(directory, row).ok());
            let known = known.filter(|known| given.is_none_or(|given| known.group == given));
            let unknown =
                |group| MigrationTarget { group, id: *id, name: None, plan: None, stream: None };
            return known.map_or_else(|| project(settings, given).map(unknown), Ok);
        }
        (IdOrName::Name(name), Some(directory)) => (directory, directory.find(name, given)?),
        (IdOrName::Name(name), None) => {
            return Err(CliError::usage(format!("`{name}` is a name, and names need a journal")));
        }
    };
    MigrationTarget::of(known.0, known.1)
}
