//! `atlas-migrations report`: writes what the journal knows as one HTML file.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use atlas_migrations_journal::event::StreamKind;
use atlas_migrations_journal::store::{StreamFilter, StreamRow};
use atlas_migrations_plan::Plan;
use atlas_migrations_report::{PlanReport, Report as Page};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::cli::{GlobalOptions, Report};
use crate::error::CliError;
use crate::input;
use crate::journal::{Directory, Journal, OpenJournal, redactor};
use crate::output::show;
use crate::output_file::OutputFile;
use crate::overview::MigrationView;
use crate::report::{migration, plan};
use crate::stream_lookup::{find_all, qualified};
use crate::terminal::Line;

const KINDS: [StreamKind; 2] = [StreamKind::Plan, StreamKind::Migration];

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Report,
) -> Result<(), CliError> {
    let unwritable = |error: std::io::Error| {
        let name = input::display_name(&options.out);
        CliError::usage(format!("cannot write {name}")).caused_by(&error)
    };
    let file = OutputFile::at(&options.out).map_err(unwritable)?;
    let journal = journal.required(redactor(None, None)).await?;
    let rows = chosen(journal, &options.names).await?;
    let page = page(journal, &rows).await?;
    file.write(page.to_html().as_bytes()).map_err(unwritable)?;
    let (name, count) = (input::display_name(&options.out), page.migrations.len());
    let json = json!({
        "file": options.out.to_string_lossy(),
        "plans": page.plans.len(),
        "migrations": count,
    });
    show(global.output, &json, || {
        let noun = if count == 1 { "migration" } else { "migrations" };
        vec![Line::from(format!("the report of {count} {noun} was written to {name}"))]
    })
}

/// The plans and the migrations of a report, each once.
struct Chosen {
    subject: String,
    plans: Vec<StreamRow>,
    migrations: Vec<StreamRow>,
}

async fn chosen(journal: &OpenJournal, given: &[String]) -> Result<Chosen, CliError> {
    let given = given.iter().map(|name| name_of(name)).collect::<Result<Vec<_>, _>>()?;
    let mut filter = StreamFilter::default();
    filter.archived = true;
    let all = journal.store.streams(filter).await?;
    let picked = if given.is_empty() {
        let shown = |row: &&StreamRow| !row.archived && KINDS.contains(&row.kind);
        all.iter().filter(shown).cloned().collect()
    } else {
        find_all(journal, &given, &KINDS).await?
    };
    let mut seen = HashSet::new();
    let mut migrations: Vec<StreamRow> = Vec::new();
    for row in &picked {
        let of_plan = all.iter().filter(|other| other.plan == Some(row.id));
        let rows = std::iter::once(row).chain(of_plan);
        let rows = rows.filter(|row| row.kind == StreamKind::Migration && seen.insert(row.id));
        migrations.extend(rows.cloned());
    }
    // What a migration was planned as is a part of its story.
    let is_told = |plan: &StreamRow| {
        picked.iter().any(|row| row.id == plan.id)
            || migrations.iter().any(|row| row.plan == Some(plan.id))
    };
    let plans = all.iter().filter(|row| row.kind == StreamKind::Plan && is_told(row));
    let plans: Vec<StreamRow> = plans.cloned().collect();
    let subject = match (&picked[..], &plans[..]) {
        // The name of a plan is unique in its journal.
        ([row], _) if row.kind == StreamKind::Plan => row.name.clone(),
        ([row], _) => qualified(row),
        (_, [plan]) if migrations.iter().all(|row| row.plan == Some(plan.id)) => plan.name.clone(),
        _ => format!("{} migrations", migrations.len()),
    };
    Ok(Chosen { subject, plans, migrations })
}

/// Returns the name of a stream, or that of the plan in a file.
fn name_of(given: &str) -> Result<String, CliError> {
    let path = Path::new(given);
    let extension = path.extension().and_then(|extension| extension.to_str());
    if !matches!(extension, Some("yaml" | "yml")) || !path.is_file() {
        return Ok(given.to_owned());
    }
    let plan = Plan::read(path).map_err(|errors| {
        let text = errors.to_string();
        let mut lines = text.lines();
        let first = CliError::usage(lines.next().unwrap_or("the plan cannot be read"));
        lines.fold(first, CliError::line)
    })?;
    Ok(plan.name.to_string())
}

/// Returns the report of a plan as HTML. None if the journal does not know the plan yet.
pub async fn html_of_plan(journal: &OpenJournal, plan: &str) -> Result<Option<String>, CliError> {
    let mut filter = StreamFilter::default();
    filter.name = Some(plan.to_owned());
    let rows = journal.store.streams(filter).await?;
    if !rows.iter().any(|row| row.kind == StreamKind::Plan) {
        return Ok(None);
    }
    let rows = chosen(journal, &[plan.to_owned()]).await?;
    Ok(Some(page(journal, &rows).await?.to_html()))
}

async fn page(journal: &OpenJournal, chosen: &Chosen) -> Result<Page, CliError> {
    let info = journal.store.info().await?;
    let (now_ms, zone) = (info.now_ms, TimeZone::system());
    let mut page = Page::new(&chosen.subject, zone.clone(), now_ms);
    env!("CARGO_PKG_VERSION").clone_into(&mut page.tool_version);
    page.journal = info.location;
    for row in &chosen.plans {
        let report: PlanReport = plan(row, &journal.store.read(row.id, 0).await?);
        page.plans.push(report);
    }
    let directory = Directory::read(journal).await?;
    let mut migrations = Vec::new();
    for row in &chosen.migrations {
        let view = MigrationView::read(journal, &directory, row).await?;
        let records = journal.store.read(row.id, 0).await?;
        let left = view.summary.time_left(now_ms).unwrap_or(Duration::MAX);
        let key = (view.summary.urgency(now_ms), left, view.name.clone());
        migrations.push((key, migration(&view, &records, now_ms, &zone)));
    }
    migrations.sort_by(|(one, _), (other, _)| one.cmp(other));
    page.migrations = migrations.into_iter().map(|(_, report)| report).collect();
    Ok(page)
}
