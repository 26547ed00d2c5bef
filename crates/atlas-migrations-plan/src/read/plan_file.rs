//! Reads a whole plan.

use std::path::Path;

use atlas_client_core::{bounded_file, sanitize};
use atlas_migrations_journal::Name;

use super::{
    across,
    cursor::{Cursor, Findings},
    given::Given,
    hooks::hooks,
    journal::{is_file, journal},
    migrations::{Defaults, migrations},
    policy::{approvers, cutover},
    values::parsed,
};
use crate::{
    keys,
    plan::{FORMAT_VERSION, Plan},
    policy::CutoverPolicy,
    problem::PlanErrors,
    yaml,
};

/// The largest plan file, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// The longest name of a plan.
const MAX_PLAN_NAME: usize = 40;

impl Plan {
    /// Reads a plan file of at most 4 MiB.
    ///
    /// # Errors
    /// The file cannot be read, or has mistakes: all of them, each with its place.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, PlanErrors> {
        let path = path.as_ref();
        let file = sanitize(&path.display().to_string());
        let text = bounded_file::read(path, MAX_FILE).and_then(bounded_file::text);
        let text = text
            .map_err(|error| PlanErrors::whole_file(&file, format!("cannot be read: {error}")))?;
        let mut plan = Self::parse(&file, &text)?;
        plan.folder = folder_of(path);
        Ok(plan)
    }

    /// Parses the text of a plan file, YAML or JSON. Relative paths in the plan start at the folder of the file name.
    ///
    /// # Errors
    /// The text has mistakes: all of them, each with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, PlanErrors> {
        if text.len() as u64 > MAX_FILE {
            return Err(PlanErrors::whole_file(file, format!("has more than {MAX_FILE} bytes")));
        }
        let mut duplicates = Vec::new();
        let root = yaml::parse(text, &mut duplicates);
        let root = match root {
            Ok(root) => root,
            Err(problem) => {
                duplicates.push(problem);
                return Err(PlanErrors::new(file, duplicates));
            }
        };
        let findings = Findings::default();
        for problem in duplicates {
            findings.add(problem);
        }
        let plan = plan(&Cursor::root(root, &findings), file);
        let (problems, notes) = findings.into_parts();
        match plan {
            Some(mut plan) if problems.is_empty() => {
                plan.notes = notes;
                Ok(plan)
            }
            _ => Err(PlanErrors::new(file, problems)),
        }
    }
}

fn plan(at: &Cursor<'_>, file: &str) -> Option<Plan> {
    const EXPECTED: &str = "a plan: a mapping with version, name, project and migrations";
    if at.is_mapping() && !is_known_version(at) {
        return None;
    }
    let fields = at.fields(keys::PLAN, EXPECTED)?;
    let name = fields.require("name", "a name, such as weekend-12").and_then(|at| plan_name(&at));
    let project = fields.require("project", "the ID of the project of the destinations");
    let project = project.and_then(|at| parsed(&at, "the ID of a project"));
    let organization =
        Given::read(fields.get("organization"), |at| parsed(at, "the ID of an organization"));
    let pinned = fields.get("journal").map(|at| journal(&at));
    let mut policy = CutoverPolicy::default();
    let mut windows = Vec::new();
    let plan_approvers = fields.get("approvers").and_then(|at| Some((approvers(&at)?, at)));
    if let Some((number, _)) = &plan_approvers {
        policy.approvers = *number;
    }
    if let Some(at) = fields.get("cutover") {
        // What is wrong in it was reported.
        let _ = cutover(&at, keys::CUTOVER, &mut policy, &mut windows);
    }
    let defaults = fields.get("defaults").map(|at| Defaults::read(&at).unwrap_or_default());
    let defaults = defaults.unwrap_or_default();
    let list = fields.require("migrations", "a list of migrations");
    let read = list.as_ref().map(|at| migrations(at, project, &defaults, &policy, &mut windows));
    let read = read.unwrap_or_default();
    across::check(&read);
    let hooks = fields.get("hooks").map(|at| hooks(&at)).unwrap_or_default();
    if pinned.iter().flatten().any(|journal| is_file(journal)) {
        let own = read.iter().filter_map(|migration| migration.approvers.as_ref());
        for (_, at) in plan_approvers.iter().chain(own).filter(|(number, _)| *number > 1) {
            at.fail(
                "more than one approver needs a PostgreSQL journal, because an SQLite journal belongs to one user; expected 0 or 1",
            );
        }
    }
    // A missing migration or hook was reported.
    if !at.findings().is_empty() {
        return None;
    }
    Some(Plan {
        file: file.to_owned(),
        folder: folder_of(Path::new(file)),
        name: name?,
        project: project?,
        organization: match organization {
            Given::Absent => None,
            Given::Value(id) => Some(id),
            Given::Invalid => return None,
        },
        journal: pinned.flatten(),
        policy,
        migrations: read.into_iter().filter_map(|migration| migration.planned).collect(),
        hooks,
        windows,
        notes: Vec::new(),
    })
}

/// Returns whether this program knows the version of the file. If not, its keys mean nothing here.
fn is_known_version(at: &Cursor<'_>) -> bool {
    let Some(version) = at.get("version") else {
        at.fail(format!("\"version\" is missing; expected version: {FORMAT_VERSION}"));
        return true;
    };
    let number = version.raw().and_then(|text| text.parse::<u32>().ok());
    if number == Some(FORMAT_VERSION) {
        return true;
    }
    match number {
        Some(number) if number > FORMAT_VERSION => {
            version.fail(format!(
                "version {number} is not known; expected version {FORMAT_VERSION}, or a later release of this program"
            ));
            false
        }
        _ => {
            version.expected(&format!("the version {FORMAT_VERSION}"));
            true
        }
    }
}

/// Reads the name of a plan, which is shorter than that of a migration and has fewer characters.
fn plan_name(at: &Cursor<'_>) -> Option<Name> {
    let name: Name = parsed(at, "a name such as weekend-12")?;
    let text = name.as_str();
    if text.len() > MAX_PLAN_NAME || text.contains(['.', '_']) {
        at.expected(&format!("at most {MAX_PLAN_NAME} lowercase letters, digits and hyphens"));
        return None;
    }
    Some(name)
}

fn folder_of(path: &Path) -> std::path::PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}
