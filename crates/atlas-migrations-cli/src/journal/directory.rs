//! [`Directory`]: the names of the migrations in the journal.

use atlas_migrations::{GroupId, LiveMigrationId};
use atlas_migrations_journal::event::StreamKind;
use atlas_migrations_journal::store::{Store, StreamFilter, StreamRow};

use super::open::OpenJournal;
use crate::cli::QualifiedName;
use crate::error::{CliError, Exit};

/// How similar a name is to be proposed, from 0 to 1.
const SIMILAR: f64 = 0.75;
/// The maximum number of names to propose.
const MAX_PROPOSED: usize = 5;

/// The migrations of a journal, by name.
pub struct Directory {
    rows: Vec<StreamRow>,
}

impl Directory {
    /// Reads all migrations, also archived ones.
    pub async fn read(journal: &OpenJournal) -> Result<Self, CliError> {
        Self::read_from(&*journal.store).await
    }

    /// Reads all migrations of a store.
    pub async fn read_from(store: &dyn Store) -> Result<Self, CliError> {
        let mut filter = StreamFilter::default();
        filter.kind = Some(StreamKind::Migration);
        filter.archived = true;
        Ok(Self { rows: store.streams(filter).await? })
    }

    /// Returns all migrations.
    pub fn rows(&self) -> &[StreamRow] {
        &self.rows
    }

    /// Returns the migration that has a name. The project has to be the given one, if one is given.
    ///
    /// The error lists what is similar, and where it stands.
    pub fn find(
        &self,
        wanted: &QualifiedName,
        project: Option<GroupId>,
    ) -> Result<&StreamRow, CliError> {
        let named: Vec<_> = self.rows.iter().filter(|row| has_name(row, wanted)).collect();
        let project = project.map(|project| project.to_string());
        let is_in_project = |row: &StreamRow| {
            project.as_deref().is_none_or(|project| project_of(row).is_none_or(|of| of == project))
        };
        let fitting: Vec<_> = named.iter().copied().filter(|row| is_in_project(row)).collect();
        match (&fitting[..], &named[..], project) {
            ([row], ..) => Ok(row),
            ([], [], _) => Err(self.unknown(wanted)),
            ([], [row, ..], Some(project)) => {
                let other = project_of(row).unwrap_or("unknown");
                let message =
                    format!("--project-id is {project}, but `{wanted}` is in project {other}");
                Err(CliError::usage(message)
                    .hint("leave --project-id out: the journal knows the project"))
            }
            _ => Err(ambiguous(wanted, &fitting)),
        }
    }

    /// Returns the migration with this ID.
    pub fn of_migration(&self, id: LiveMigrationId) -> Option<&StreamRow> {
        let id = id.to_string();
        self.rows.iter().find(|row| row.migration_id.as_ref() == Some(&id))
    }

    /// Returns the name as the command line takes it: with its scope only if other migrations have the same name.
    pub fn name_of(&self, row: &StreamRow) -> String {
        let alike = self.rows.iter().filter(|other| other.name == row.name && !other.archived);
        match alike.count() {
            0 | 1 => row.name.clone(),
            _ => full_name(row),
        }
    }

    fn unknown(&self, wanted: &QualifiedName) -> CliError {
        let message = format!("the journal has no migration named `{wanted}`");
        let error = CliError::usage(message)
            .hint("`atlas-migrations list --all` shows the names; `journal adopt` adds a migration by its ID");
        let mut near: Vec<_> = self
            .rows
            .iter()
            .map(|row| (strsim::jaro_winkler(&row.name, wanted.name.as_str()), row))
            .filter(|(similarity, _)| *similarity >= SIMILAR)
            .collect();
        near.sort_by(|(a, row_a), (b, row_b)| {
            b.total_cmp(a).then_with(|| full_name(row_a).cmp(&full_name(row_b)))
        });
        near.iter()
            .take(MAX_PROPOSED)
            .fold(error, |error, (_, row)| error.line(format!("  similar: {}", place_of(row))))
    }
}

/// Returns the project of a migration. A migration that is not in a plan has its project as scope.
pub fn project_of(row: &StreamRow) -> Option<&str> {
    row.group_id.as_deref().or_else(|| {
        let is_project = row.scope.parse::<GroupId>().is_ok();
        is_project.then_some(row.scope.as_str())
    })
}

/// Returns the IDs that calls to Atlas need.
///
/// Fails if the migration has no ID yet.
pub fn ids_of(row: &StreamRow) -> Result<(GroupId, LiveMigrationId), CliError> {
    let unusable = |error: &dyn std::error::Error| {
        CliError::new(format!("the journal has no usable ID for `{}`", row.name)).caused_by(error)
    };
    let (Some(project), Some(id)) = (project_of(row), &row.migration_id) else {
        let phase = row.phase.replace('_', " ");
        let message = format!("`{}` has no live migration in Atlas yet: it is {phase}", row.name);
        return Err(CliError::new(message).exit(Exit::NotFound).hint(format!(
            "see what it waits for with `atlas-migrations status {}`",
            full_name(row)
        )));
    };
    let project = project.parse().map_err(|error| unusable(&error))?;
    let id = id.parse().map_err(|error| unusable(&error))?;
    Ok((project, id))
}

fn ambiguous(wanted: &QualifiedName, rows: &[&StreamRow]) -> CliError {
    let message = format!("`{wanted}` is ambiguous: {} migrations have that name", rows.len());
    let error = CliError::usage(message).hint("write it with the part before the slash");
    rows.iter().fold(error, |error, row| error.line(format!("  {}", place_of(row))))
}

fn has_name(row: &StreamRow, wanted: &QualifiedName) -> bool {
    !row.archived
        && row.name == wanted.name.as_str()
        && wanted.scope.as_ref().is_none_or(|scope| *scope == row.scope)
}

fn full_name(row: &StreamRow) -> String {
    format!("{}/{}", row.scope, row.name)
}

/// Returns a migration's full name, and where it stands.
fn place_of(row: &StreamRow) -> String {
    let archived = if row.archived { ", archived" } else { "" };
    let id = row.migration_id.as_ref().map(|id| format!(", {id}")).unwrap_or_default();
    format!("{} ({}{archived}{id})", full_name(row), row.phase.replace('_', " "))
}
