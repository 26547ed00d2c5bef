//! Runs the plan, or shows what it would do.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;

use atlas_migrations::{Client, Secret, Settings};
use atlas_migrations_journal::Name;
use atlas_migrations_plan::{PasswordSource, Plan, PlannedMigration};
use atlas_migrations_runs::runner::{RunError, RunEvent, RunSettings, RunUntil, Runner, preview};

use super::metrics::RunMetrics;
use super::output::RunOutput;
use super::repeated_looks::RepeatedLooks;
use super::report_file::ReportFile;
use super::run_view::{self, RunView};
use super::summary;
use crate::cli::{GlobalOptions, OutputFormat, Run, RunEnd};
use crate::client::{connect, settings};
use crate::error::{CliError, Exit};
use crate::interrupt;
use crate::journal::{Journal, OpenJournal, redactor};
use crate::metrics;
use crate::output;
use crate::page::{PageBeside, Shown};
use crate::terminal::{note, note_lines, stdout_is_terminal, warn};

pub async fn run(global: &GlobalOptions, journal: &Journal, options: &Run) -> Result<(), CliError> {
    let plan = read_plan(options)?;
    let settings = settings(global)?;
    if options.preview {
        return dry_run(global, journal, &settings, &plan).await;
    }
    check_pin(&plan, global)?;
    let client = connect(global, &settings)?;
    let journal = journal.for_changes(redactor(Some(&settings), None)).await?;
    let journal = journal.ok_or_else(|| {
        CliError::usage("a plan runs by its journal, so --no-journal cannot be used with it")
    })?;
    follow(global, journal, &client, &settings, plan, options).await
}

fn read_plan(options: &Run) -> Result<Plan, CliError> {
    Plan::read(&options.plan).map_err(|errors| {
        let text = errors.to_string();
        let mut lines = text.lines();
        let first = CliError::usage(lines.next().unwrap_or("the plan cannot be read"));
        lines.fold(first, CliError::line)
    })
}

/// Checks that the journal is the one that the plan names.
fn check_pin(plan: &Plan, global: &GlobalOptions) -> Result<(), CliError> {
    let Some(pinned) = &plan.journal else { return Ok(()) };
    let given = global.journal.as_ref().map(|given| given.to_string_lossy().into_owned());
    if given.as_deref() == Some(pinned) {
        return Ok(());
    }
    let given = given.unwrap_or_else(|| "the journal of this user".to_owned());
    Err(CliError::usage(format!("the plan runs with the journal {pinned} only, not with {given}"))
        .hint(format!("pass --journal {pinned}")))
}

async fn dry_run(
    global: &GlobalOptions,
    journal: &Journal,
    settings: &Settings,
    plan: &Plan,
) -> Result<(), CliError> {
    let clock = interrupt::RetryClock::default();
    let opened = journal.for_reading(redactor(Some(settings), None)).await?;
    let found = match opened {
        Some(journal) => preview(&*journal.store, plan, &clock).await.map_err(explain)?,
        None => None,
    };
    if found.is_none() {
        note("this journal has never seen the plan: `run --start` starts it");
    }
    let steps = summary::next_steps(plan, found.as_ref());
    output::show(global.output, &summary::steps_json(&steps), || summary::steps_table(&steps))
}

async fn follow(
    global: &GlobalOptions,
    journal: &OpenJournal,
    client: &Client,
    settings: &Settings,
    plan: Plan,
    options: &Run,
) -> Result<(), CliError> {
    let served = match options.metrics.metrics {
        Some(address) => {
            let served = RunMetrics::new(journal, plan.name.to_string());
            metrics::start(address, served.clone()).await?;
            Some(served)
        }
        None => None,
    };
    let changes = journal.changes(client, settings).await.map_err(CliError::nothing_sent)?;
    let passwords = prompted_passwords(&plan)?;
    let name = plan.name.to_string();
    let report = options.report.as_deref();
    let report = report.map(|path| ReportFile::at(path, options.report_interval, journal, &name));
    let report = report.transpose()?;
    let page = PageBeside::start(&options.page, journal, Shown::Plan(name)).await?;
    let stdout_is_terminal = stdout_is_terminal();
    let lines_are_on_terminal = global.output == OutputFormat::Json && stdout_is_terminal;
    let mut view = RunView::start(journal, plan.name.as_str(), lines_are_on_terminal)?;
    let output = RunOutput::start(global.output, &plan, view.is_none() || !stdout_is_terminal)?;
    interrupt::exit_with_after_first(interrupt::error(
        "interrupted twice; requests that are under way are in the journal, and the next run finds out about them",
    ));
    let runner = Runner::new(changes.clone(), plan, run_settings(options, passwords));
    let printer = output.clone();
    let looks = view.as_ref().map(RunView::looks);
    let (repeated, is_for_people) =
        (RepeatedLooks::default(), global.output == OutputFormat::Table);
    let mut runner = runner.on_event(move |event| {
        if let (Some(looks), RunEvent::Seen { stream, update }) = (&looks, &event) {
            looks.add(*stream, update);
        }
        if !(repeated.contain(&event) && is_for_people) {
            printer.print(&event);
        }
    });
    if let Some(served) = served.clone() {
        runner = runner.on_poll(move |poll| served.record_poll(poll));
    }
    let stop = async {
        tokio::select! {
            () = interrupt::requested() => {}
            () = output.failed() => {}
        }
    };
    let result = tokio::select! {
        result = Box::pin(runner.run(stop)) => result,
        never = keep_writing(report.as_ref()) => match never {},
        never = run_view::follow(view.as_mut()) => match never {},
    };
    let mut left = Vec::new();
    if let Some(view) = view {
        left = view.end(&again(options)).await;
        if !stdout_is_terminal {
            note_lines(&left);
        }
    }
    let summary = match result {
        Ok(summary) => summary,
        Err(error) => {
            write(report.as_ref()).await;
            output.finish().await;
            return Err(explain(error));
        }
    };
    output.end(&summary, &left);
    if changes.open() > 0 {
        note(
            "waiting for the response to a request that is under way; a second signal stops at once",
        );
    }
    changes.settled().await;
    if write(report.as_ref()).await
        && let Some(report) = &report
    {
        note(&format!("report: {}", report.path().display()));
    }
    output.finish().await;
    let result = summary::conclude(&summary, interrupt::is_requested());
    if !summary.interrupted && (served.is_some() || page.is_some()) {
        // Others need not wait for the end of this process.
        let _ = changes.store().release(changes.runner(), None).await;
    }
    match page {
        Some(page) if summary.interrupted => page.stop().await,
        Some(page) => page.stay().await,
        None if served.is_some() && !summary.interrupted => {
            metrics::linger(options.metrics.linger()).await;
        }
        None => {}
    }
    // People decide on the page, and other runs go on, while it stays.
    write(report.as_ref()).await;
    result
}

async fn keep_writing(report: Option<&ReportFile<'_>>) -> Infallible {
    match report {
        Some(report) => report.keep_writing().await,
        None => pending().await,
    }
}

/// Writes the report, if there is one, and returns whether it is written. What the run did matters more than the report.
async fn write(report: Option<&ReportFile<'_>>) -> bool {
    let written = match report {
        Some(report) => report.write().await,
        None => return false,
    };
    written.inspect_err(|problem| warn(problem)).is_ok()
}

/// Returns the command that goes on with the plan.
fn again(options: &Run) -> String {
    format!("atlas-migrations run {}", options.plan.display())
}

fn run_settings(options: &Run, passwords: HashMap<Name, Secret>) -> RunSettings {
    let until = match options.until {
        RunEnd::Ended => RunUntil::Ended,
        RunEnd::Idle => RunUntil::Idle,
    };
    let mut settings =
        RunSettings::new().start(options.start).until(until).take_over(options.take_over);
    settings.poll_interval = options.interval;
    settings.journal_interval = options.journal_interval.unwrap_or(settings.journal_interval);
    settings.lease_interval = options.lease_interval.unwrap_or(settings.lease_interval);
    settings.retry_pause = options.retry_pause.unwrap_or(settings.retry_pause);
    settings.prompted(move |planned: &PlannedMigration| passwords.get(&planned.name).cloned())
}

/// Asks for the passwords that a person types, once for each run.
fn prompted_passwords(plan: &Plan) -> Result<HashMap<Name, Secret>, CliError> {
    let mut passwords = HashMap::new();
    for planned in &plan.migrations {
        if planned.password() == Some(&PasswordSource::Prompt) {
            note(&format!("source of {}:", planned.name));
            let password = crate::prompt::typed_source_password()?;
            passwords.insert(planned.name.clone(), password);
        }
    }
    Ok(passwords)
}

fn explain(error: RunError) -> CliError {
    let exit = match &error {
        RunError::Journal(_) => None,
        RunError::Frozen { .. } => Some(Exit::Rejected),
        _ => Some(Exit::Usage),
    };
    match (error, exit) {
        (RunError::Journal(error), _) => error.into(),
        (error, exit) => CliError::new(error.to_string()).exit(exit.unwrap_or_default()),
    }
}
