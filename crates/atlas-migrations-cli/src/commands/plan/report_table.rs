//! The report of a check as a table for people.
//!
//! What passes comes first, with one line for all migrations. Everything else follows with its hint, the worst last, where
//! a terminal shows it.

use anstyle::Style;
use atlas_migrations_check::{CheckResult, Item, Report};

use crate::terminal::{Cell, GREEN, Line, RED, YELLOW, table};

/// Returns the lines of a report.
pub fn report_table(report: &Report) -> Vec<Line> {
    let mut lines = passes(report);
    let mut others: Vec<_> =
        report.items.iter().filter(|item| item.result != CheckResult::Pass).collect();
    others.sort_by_key(|item| item.result);
    if !others.is_empty() {
        lines.push(Line::default());
    }
    lines.extend(others.into_iter().flat_map(problem));
    lines.push(Line::default());
    lines.push(totals(report));
    lines
}

/// Returns a table of what passes. The migrations that pass the same item share a row.
fn passes(report: &Report) -> Vec<Line> {
    let passed: Vec<_> =
        report.items.iter().filter(|item| item.result == CheckResult::Pass).collect();
    let mut rows: Vec<(&Item, usize)> = Vec::new();
    for item in passed {
        let alike = rows.iter_mut().find(|(known, _)| {
            item.migration.is_some()
                && known.migration.is_some()
                && (known.group, known.what) == (item.group, item.what)
        });
        match alike {
            Some((_, count)) => *count += 1,
            None => rows.push((item, 1)),
        }
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(item, count)| {
            let detail = match (count, &item.migration) {
                (1, Some(migration)) => format!("{migration}: {}", item.detail),
                (1, None) => item.detail.clone(),
                (count, _) => format!("{count} migrations"),
            };
            [
                Cell::from(item.result.as_str()).styled(style(item.result)),
                item.group.as_str().into(),
                item.what.into(),
                detail.into(),
            ]
        })
        .collect();
    if rows.is_empty() { Vec::new() } else { table(["RESULT", "GROUP", "ITEM", "DETAIL"], &rows) }
}

fn problem(item: &Item) -> Vec<Line> {
    let place = item.migration.as_ref().map(|migration| format!("{migration}: "));
    let place = place.unwrap_or_default();
    let text = format!("{place}{}: {}", item.what, item.detail);
    let line = Line::default()
        .with_width(item.result.as_str(), style(item.result), "CANNOT TELL".len())
        .with("  ", Style::new())
        .with(&text, Style::new());
    let hint = item.hint.as_ref().map(|hint| Line::from(format!("{:13}hint: {hint}", "")));
    std::iter::once(line).chain(hint).collect()
}

fn totals(report: &Report) -> Line {
    let counts = report.counts;
    let parts = [
        (counts.pass, CheckResult::Pass),
        (counts.warn, CheckResult::Warn),
        (counts.cannot_tell, CheckResult::CannotTell),
        (counts.fail, CheckResult::Fail),
    ];
    let mut line = Line::from(format!("plan {}: ", report.plan));
    for (at, (count, result)) in parts.into_iter().enumerate() {
        let separator = if at == 0 { "" } else { ", " };
        let style = if count > 0 { style(result) } else { Style::new() };
        line = line.with(separator, Style::new()).with(&format!("{count} {result}"), style);
    }
    line
}

fn style(result: CheckResult) -> Style {
    match result {
        CheckResult::Pass => GREEN,
        CheckResult::Fail => RED,
        _ => YELLOW,
    }
}
