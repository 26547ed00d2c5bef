//! The section of one migration.

use atlas_migrations_chart::{Chart, clean, duration_text};
use jiff::tz::TimeZone;
use maud::{Markup, PreEscaped, html};

use crate::model::{Approval, MigrationReport, Report};
use crate::parts::{class, events, text_or_dash, time, time_or_dash};

/// Shows a migration: what is known, its curve, approvals and events.
pub(crate) fn section(report: &Report, index: usize, migration: &MigrationReport) -> Markup {
    let zone = &report.zone;
    let rows: Vec<_> =
        migration.events.iter().map(|entry| (migration.name.as_str(), entry)).collect();
    html! {
        details open id={ "m" (index) } {
            summary {
                h3 { (migration.glyph) " " (clean(&migration.name)) } " "
                span.state.(class(migration.tone)) { (clean(&migration.state)) }
            }
            (facts(migration, zone))
            // One migration has its curve above.
            @if report.migrations.len() > 1 {
                div.scroll { (PreEscaped(chart(report, migration).to_inline_svg())) }
            }
            @if !migration.approvals.is_empty() {
                h4 { "Approvals" }
                (approvals(&migration.approvals, zone))
            }
            h4 { "Events" }
            (events(&rows, zone, false))
        }
    }
}

fn chart(report: &Report, migration: &MigrationReport) -> Chart {
    let title = format!("{}: {}", migration.name, migration.state);
    let mut chart = Chart::new(title, report.zone.clone()).sparse();
    if migration.ended_ms.is_none() {
        chart = chart.as_of(report.written_ms);
    }
    chart.series(migration.series.clone())
}

fn facts(migration: &MigrationReport, zone: &TimeZone) -> Markup {
    let rest = [
        ("Source", &migration.source),
        ("Destination", &migration.destination),
        ("Project", &migration.project),
        ("Migration ID", &migration.migration_id),
    ];
    html! {
        dl {
            @if let Some(waits_for) = &migration.waits_for {
                dt { "Waits for" } dd { (clean(waits_for)) }
            }
            @if let Some(next) = &migration.next_step {
                dt { "Next step" } dd.next { (clean(next)) }
            }
            @for unclear in &migration.unclear {
                dt { "Unclear" } dd { (clean(unclear)) }
            }
            @for (name, value) in rest {
                dt { (name) } dd { (text_or_dash(value.as_deref())) }
            }
            @if migration.attempts > 1 {
                dt { "Attempts" } dd { (migration.attempts) }
            }
            dt { "Created" } dd { (time_or_dash(migration.created_ms, zone)) }
            dt { "Ready" } dd { (time_or_dash(migration.ready_ms, zone)) }
            dt { "Cut over" } dd { (time_or_dash(migration.cutover_ms, zone)) }
            dt { "Ended" } dd { (time_or_dash(migration.ended_ms, zone)) }
            @for (name, seconds) in durations(migration) {
                dt { (name) } dd { (duration_text(seconds)) }
            }
        }
    }
}

/// Returns how long the parts of a migration took, in seconds.
fn durations(migration: &MigrationReport) -> impl Iterator<Item = (&'static str, u64)> {
    let MigrationReport { created_ms, ready_ms, cutover_ms, ended_ms, .. } = *migration;
    [
        ("Create to ready", created_ms, ready_ms),
        ("Ready to cutover", ready_ms, cutover_ms),
        ("Cutover took", cutover_ms, ended_ms),
        ("In all", created_ms, ended_ms),
    ]
    .into_iter()
    .filter_map(|(name, from, to)| Some((name, between(from, to)?)))
}

/// Returns the seconds between two times, if both are known and in this order.
pub(crate) fn between(from_ms: Option<i64>, to_ms: Option<i64>) -> Option<u64> {
    u64::try_from(to_ms?.checked_sub(from_ms?)? / 1000).ok()
}

fn approvals(approvals: &[Approval], zone: &TimeZone) -> Markup {
    html! {
        ul {
            @for approval in approvals {
                li {
                    span.void[approval.void.is_some()] {
                        (time(approval.at_ms, zone)) " " (clean(&approval.action)) " approved by "
                        (clean(&approval.who))
                    }
                    @if let Some(comment) = &approval.comment { ": " (clean(comment)) }
                    @if let Some(void) = &approval.void { " (" (clean(void)) ")" }
                }
            }
        }
    }
}
