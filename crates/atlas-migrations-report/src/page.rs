//! The page.

use atlas_migrations_chart::{
    Chart, STYLE as CHART_STYLE, Tone, clean, day_time_text, duration_text, zone_text,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::migration_section::{between, section};
use crate::model::{Entry, MigrationReport, PlanReport, Report};
use crate::parts::{class, events, text_or_dash, time_or_dash};
use crate::style::STYLE;

/// The largest number of names in the verdict.
const MAX_NAMED: usize = 3;

impl Report {
    /// Returns the report as an HTML document.
    pub fn to_html(&self) -> String {
        document(self)
    }
}

fn document(report: &Report) -> String {
    let verdict = verdict(report);
    let subject = clean(&report.subject);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                // Even if a text became markup, it could load and run nothing.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
                meta name="color-scheme" content="light dark";
                title { (verdict) " · " (subject) }
                style { (PreEscaped(STYLE)) (PreEscaped(CHART_STYLE)) }
            }
            body {
                header {
                    h1 { (subject) ": " (verdict) }
                    (period(report))
                }
                main {
                    (overview(report))
                    (problems(report))
                    @if !report.migrations.is_empty() {
                        h2 { "Lag" }
                        div.scroll { (PreEscaped(chart(report, &verdict).to_inline_svg())) }
                    }
                    h2 { "Timeline" }
                    (timeline(report))
                    @if !report.migrations.is_empty() {
                        h2 { "Migrations" }
                        @for (index, migration) in report.migrations.iter().enumerate() {
                            (section(report, index, migration))
                        }
                    }
                    @for plan in &report.plans { (planned(plan)) }
                    (reading())
                }
            }
        }
    }
    .into_string()
}

/// Returns what matters most, in a few words.
fn verdict(report: &Report) -> String {
    let all = report.migrations.len();
    let of_tone = |tone: Tone| report.migrations.iter().filter(move |found| found.tone == tone);
    let done = of_tone(Tone::Done).count();
    let mut needy: Vec<_> = of_tone(Tone::Broken).chain(of_tone(Tone::Yours)).collect();
    needy.dedup_by(|one, other| std::ptr::eq(*one, *other));
    match (all, needy.len()) {
        (0, _) => "no migrations".to_owned(),
        (1, _) => clean(&report.migrations[0].state),
        (_, 0) if done == all => format!("all {all} complete"),
        (_, 0) => format!("{done} of {all} complete, nothing needs you"),
        (_, count) => {
            let names: Vec<_> =
                needy.iter().take(MAX_NAMED).map(|found| clean(&found.name)).collect();
            let more = match count.saturating_sub(MAX_NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{count} of {all} need you ({}{more})", names.join(", "))
        }
    }
}

fn period(report: &Report) -> Markup {
    let zone = &report.zone;
    let written = day_time_text(report.written_ms, zone);
    let zone_name = zone_text(report.written_ms, zone);
    html! {
        p {
            @if let Some((from, to)) = report.period() {
                (day_time_text(from, zone)) " to " (day_time_text(to, zone)) ", "
                (duration_text(between(Some(from), Some(to)).unwrap_or_default())) ". "
            }
            @if report.is_finished() { "Finished. " } @else { b { "As of " (written) "; not finished. " } }
            "Times in " (zone_name) "."
        }
        p.muted {
            "Written " (written) " by atlas-migrations " (clean(&report.tool_version))
            " from the journal " (clean(&report.journal)) "."
        }
        @for plan in &report.plans {
            p.muted {
                "Plan " (clean(&plan.name)) " from " (clean(&plan.file)) ", hash "
                span.id { (clean(&plan.hash)) }
            }
        }
    }
}

fn overview(report: &Report) -> Markup {
    let zone = &report.zone;
    html! {
        h2 { "Overview" }
        div.scroll { table {
            thead { tr {
                @for head in ["Migration", "State", "Source → destination", "Created", "Ready", "Cut over", "Took", "Cutover approved by"] {
                    th scope="col" { (head) }
                }
            } }
            tbody {
                @for (index, migration) in report.migrations.iter().enumerate() {
                    tr.(class(migration.tone)) {
                        td { b { a href={ "#m" (index) } { (clean(&migration.name)) } } br;
                            span.id.muted { (text_or_dash(migration.migration_id.as_deref())) } }
                        td { span.state { (migration.glyph) " " (clean(&migration.state)) }
                            @if let Some(next) = &migration.next_step { br; span.next { (clean(next)) } } }
                        td { (text_or_dash(migration.source.as_deref())) " → "
                            (text_or_dash(migration.destination.as_deref())) }
                        td { (time_or_dash(migration.created_ms, zone)) }
                        td { (time_or_dash(migration.ready_ms, zone)) }
                        td { (time_or_dash(migration.cutover_ms, zone)) }
                        td { (text_or_dash(between(migration.created_ms, migration.ended_ms).map(duration_text).as_deref())) }
                        td { (approvers(migration)) }
                    }
                }
            }
        } }
    }
}

fn approvers(migration: &MigrationReport) -> Markup {
    let valid = |action: &str| {
        let counts =
            |approval: &&crate::Approval| approval.void.is_none() && approval.action == action;
        let names = migration.approvals.iter().filter(counts).map(|approval| clean(&approval.who));
        names.collect::<Vec<_>>()
    };
    let names = valid("cutover");
    text_or_dash((!names.is_empty()).then(|| names.join(", ")).as_deref())
}

fn problems(report: &Report) -> Markup {
    let found: Vec<_> =
        all_events(report).into_iter().filter(|(_, entry)| entry.is_problem).collect();
    let unclear = || report.migrations.iter().filter(|migration| !migration.unclear.is_empty());
    html! {
        h2 { "What went wrong or is unclear" }
        @if unclear().next().is_some() {
            ul { @for migration in unclear() { @for text in &migration.unclear {
                li { b { (clean(&migration.name)) } ": " (clean(text)) }
            } } }
        }
        @if found.is_empty() {
            p { "The journal has no failure, refusal, outage or unclear request." }
        } @else {
            (events(&found, &report.zone, true))
        }
    }
}

/// Returns all events with the names of their logs, oldest first.
fn all_events(report: &Report) -> Vec<(&str, &Entry)> {
    let plans = report
        .plans
        .iter()
        .flat_map(|plan| plan.events.iter().map(|entry| (plan.name.as_str(), entry)));
    let migrations = report.migrations.iter().flat_map(|migration| {
        migration.events.iter().map(|entry| (migration.name.as_str(), entry))
    });
    let mut all: Vec<_> = plans.chain(migrations).collect();
    all.sort_by_key(|(_, entry)| entry.at_ms);
    all
}

fn timeline(report: &Report) -> Markup {
    events(&all_events(report), &report.zone, true)
}

fn chart(report: &Report, verdict: &str) -> Chart {
    let title = format!("{}: {verdict}", report.subject);
    let mut chart = Chart::new(title, report.zone.clone()).sparse();
    if !report.is_finished() {
        chart = chart.as_of(report.written_ms);
    }
    report.migrations.iter().fold(chart, |chart, migration| chart.series(migration.series.clone()))
}

fn planned(plan: &PlanReport) -> Markup {
    html! {
        h2 { "Plan " (clean(&plan.name)) " as applied" }
        pre { (clean_lines(&plan.applied)) }
    }
}

/// Cleans each line, and keeps the ends of lines.
fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

fn reading() -> Markup {
    html! {
        h2 { "How to read this report" }
        ul {
            li { "Each event has the time at which it was recorded. Who wrote it is the user and the host of the process; a name marked “claimed” is a note, not proof. A database user is set by the server." }
            li { "The lag is how far the destination is behind the source. The journal records it only when the state of a migration changes, so the lines between the dots are not measured. The scale is logarithmic above 10 s." }
            li { "“may be sent” means that a request was allowed; its outcome is an event of its own. A request is unclear if no response says whether it took effect." }
            li { "A migration that is ready must be cut over within 120 h; then Atlas ends it as expired. The time is counted from the first look that found it ready, so Atlas may end it somewhat earlier." }
            li { "Atlas's API gives no reason for a failure, and no list of migrations: what was done without this journal is not here." }
        }
    }
}
