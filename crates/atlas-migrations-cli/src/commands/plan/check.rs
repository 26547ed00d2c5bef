//! `atlas-migrations plan check`: checks a plan.

use std::path::Path;

use atlas_migrations::Settings;
use atlas_migrations_check::{CheckOptions, Report, Verdict};
use atlas_migrations_journal::Location;
use atlas_migrations_plan::{Plan, PlanErrors};

use super::report_table::report_table;
use crate::cli::{GlobalOptions, PlanCheck};
use crate::client::{connect, organization, settings};
use crate::error::{CliError, Exit};
use crate::journal::{Journal, OpenJournal, redactor};
use crate::output::show;
use crate::output_file::OutputFile;

/// The number of mistakes of a plan file that are shown.
const MAX_MISTAKES: usize = 50;

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &PlanCheck,
) -> Result<(), CliError> {
    let plan = Plan::read(&options.file).map_err(|errors| mistakes(&errors))?;
    let junit = options.junit.as_deref().map(output_file).transpose()?;
    let settings = settings(global)?;
    let client = connect(global, &settings)?;
    let pinned = pinned_journal(global, &plan)?;
    let journal = pinned.as_ref().unwrap_or(journal);

    let mut check = CheckOptions::default();
    check.organization = organization(&settings, None).ok();
    check.validate = options.validate;
    check.validation_timeout = options.timeout;
    let opened = match other_journal(global, &plan) {
        Some(problem) => Err(problem),
        None => open(journal, &settings).await.map_err(|error| error.message()),
    };
    let store = opened.unwrap_or_else(|problem| {
        check.journal_problem = Some(problem);
        None
    });
    let store = store.map(|journal| &*journal.store);
    let report = atlas_migrations_check::check(&plan, &client, store, &check).await;
    if let Some(pinned) = &pinned {
        pinned.close().await;
    }

    if let Some(file) = junit {
        file.write(report.to_junit().as_bytes()).map_err(|error| {
            CliError::new(format!("cannot write {}", file.path().display())).caused_by(&error)
        })?;
    }
    show(global.output, &report, || report_table(&report))?;
    verdict(&report, options.strict)
}

/// Opens the journal, or creates it as a run would.
async fn open<'j>(
    journal: &'j Journal,
    settings: &Settings,
) -> Result<Option<&'j OpenJournal>, CliError> {
    let redactor = redactor(Some(settings), None);
    match journal.for_reading(redactor.clone()).await? {
        Some(open) => Ok(Some(open)),
        None => journal.for_changes(redactor).await,
    }
}

/// Returns the journal that the plan is pinned to, if the options name none.
fn pinned_journal(global: &GlobalOptions, plan: &Plan) -> Result<Option<Journal>, CliError> {
    match &plan.journal {
        Some(_) if global.no_journal || names_journal(global) => Ok(None),
        Some(place) => Ok(Some(Journal::at(location(plan, place)?))),
        None => Ok(None),
    }
}

/// Returns a problem if the options name another journal than the plan.
fn other_journal(global: &GlobalOptions, plan: &Plan) -> Option<String> {
    let place = plan.journal.as_ref().filter(|_| names_journal(global) && !global.no_journal)?;
    let named = global.journal.as_ref()?;
    let is_same = named.to_str().is_some_and(|named| {
        named == place
            || matches!(location(plan, place), Ok(Location::File(file)) if file == Path::new(named))
    });
    // Neither has a password: such a URL is refused.
    (!is_same).then(|| {
        format!("the plan may only run with the journal {place}, and --journal names another")
    })
}

fn names_journal(global: &GlobalOptions) -> bool {
    global.journal.as_ref().is_some_and(|place| !place.as_os_str().is_empty())
}

/// Returns the location of the plan's journal. A relative path starts at the folder of the plan.
fn location(plan: &Plan, place: &str) -> Result<Location, CliError> {
    Ok(match place.parse()? {
        Location::File(file) => Location::File(plan.resolve(file)),
        other => other,
    })
}

fn mistakes(errors: &PlanErrors) -> CliError {
    let mut lines = errors.problems().iter().map(|problem| problem.in_file(errors.file()));
    let first = lines.next().unwrap_or_else(|| format!("{} is not a plan", errors.file()));
    let error = lines.by_ref().take(MAX_MISTAKES).fold(CliError::usage(first), CliError::line);
    match lines.count() {
        0 => error,
        more => error.line(format!("and {more} more mistakes")),
    }
}

fn output_file(path: &Path) -> Result<OutputFile, CliError> {
    OutputFile::at(path)
        .map_err(|error| CliError::usage(format!("--junit {}", path.display())).caused_by(&error))
}

fn verdict(report: &Report, strict: bool) -> Result<(), CliError> {
    match report.verdict(strict) {
        Verdict::Passed => Ok(()),
        Verdict::CannotTell => Err(CliError::silent(Exit::Service)),
        _ => Err(CliError::silent(Exit::MigrationFailed)),
    }
}
