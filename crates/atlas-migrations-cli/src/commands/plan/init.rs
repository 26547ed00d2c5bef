//! `atlas-migrations plan init`: drafts a plan.

use std::io::{self, Write as _};
use std::path::Path;

use atlas_migrations_check::draft_plan;
use tempfile::NamedTempFile;

use crate::cli::{GlobalOptions, PlanInit};
use crate::client::{connect, organization, project, settings};
use crate::error::CliError;
use crate::terminal::{self, note};

pub async fn run(global: &GlobalOptions, options: PlanInit) -> Result<(), CliError> {
    let settings = settings(global)?;
    let project = project(&settings, options.project.group_id)?;
    let organization = organization(&settings, options.organization.org_id)?;
    if let Some(file) = &options.out
        && file.symlink_metadata().is_ok()
    {
        return Err(exists(file));
    }
    let client = connect(global, &settings)?;
    let plan = draft_plan(&client, organization, project).await?;
    match &options.out {
        None => terminal::print(plan.as_bytes())?,
        Some(file) => {
            write_new(file, plan.as_bytes()).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => exists(file),
                _ => CliError::new(format!("cannot write {}", file.display())).caused_by(&error),
            })?;
            let file = file.display();
            note(&format!("wrote {file}; edit it, then run `atlas-migrations plan check {file}`"));
        }
    }
    Ok(())
}

fn exists(file: &Path) -> CliError {
    CliError::usage(format!("{} exists and is not replaced", file.display()))
        .hint("name a new file with --out")
}

/// Writes a file that does not exist yet: all of it, or nothing.
fn write_new(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut new = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    new.persist_noclobber(file)?;
    Ok(())
}
