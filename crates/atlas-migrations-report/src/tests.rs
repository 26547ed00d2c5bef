//! Tests of whole pages.

use atlas_migrations_chart::{Mark, MarkKind, Point, Series, Tone};
use jiff::tz::TimeZone;

use crate::{Approval, Entry, MigrationReport, PlanReport, Report};

const HOUR: i64 = 3_600_000;
const HOSTILE: &str = "</td><script>alert(1)</script>\u{202e}\u{0}\" onload='x' &amp;";

fn migration(name: &str, tone: Tone, state: &str) -> MigrationReport {
    let series = Series::new(name, tone, state)
        .points([Point::new(HOUR, 7_200), Point::new(9 * HOUR, 3)])
        .mark(Mark::new(9 * HOUR, MarkKind::Ready));
    let mut migration = MigrationReport::new(name, series);
    (migration.tone, migration.glyph, migration.state) = (tone, tone.glyph(), state.to_owned());
    migration.created_ms = Some(HOUR);
    migration.ready_ms = Some(9 * HOUR);
    migration.events = vec![
        Entry::new(HOUR, 1, "planned to prod", "ana@ops1"),
        Entry::new(9 * HOUR, 2, "Atlas shows WORKING, ready for cutover, lag 3 s", "ana@ops1"),
    ];
    migration
}

fn report() -> Report {
    let mut report = Report::new("weekend-48", TimeZone::get("Europe/Berlin").unwrap(), 12 * HOUR);
    report.tool_version = "1.2.3".to_owned();
    let mut plan = PlanReport::new("weekend-48");
    (plan.file, plan.hash) = ("weekend-48.yaml".to_owned(), "ab12".to_owned());
    plan.applied = "{\n  \"approvers\": 1\n}".to_owned();
    plan.events = vec![Entry::new(0, 1, "plan started from weekend-48.yaml", "ana@ops1")];
    report.plans.push(plan);
    let mut failed = migration("shipping", Tone::Broken, "failed 12:00");
    failed.ended_ms = Some(11 * HOUR);
    let mut entry = Entry::new(11 * HOUR, 3, "ended: failed", "ana@ops1");
    entry.is_problem = true;
    failed.events.push(entry);
    let mut done = migration("orders", Tone::Done, "complete 11:30");
    (done.cutover_ms, done.ended_ms) = (Some(10 * HOUR), Some(10 * HOUR + 372_000));
    done.approvals.push(Approval::new(10 * HOUR, "cutover", "mira@ops1"));
    let mut void = Approval::new(9 * HOUR, "cutover", "jon@ops1");
    void.void = Some("withdrawn".to_owned());
    done.approvals.push(void);
    report.migrations = vec![failed, done];
    report
}

/// Returns the text of a page without tags, one line for each piece.
fn text_of(html: &str) -> Vec<String> {
    let body = html.split_once("<body>").unwrap().1;
    let pieces = body.split(['<', '>']).enumerate().filter(|(index, _)| index % 2 == 0);
    pieces.map(|(_, text)| text.to_owned()).filter(|text| !text.trim().is_empty()).collect()
}

#[test]
fn the_page_says_what_happened_who_approved_and_what_went_wrong() {
    let html = report().to_html();
    let text = text_of(&html).join("");
    for wanted in [
        "weekend-48: 1 of 2 need you (shipping)",
        "Finished. ",
        "Times in CET (UTC+01:00).",
        "Plan weekend-48 from weekend-48.yaml, hash ab12",
        "Cutover took6 min 12 s",
        "In all9 h 6 min",
        "cutover approved by mira@ops1",
        "jon@ops1 (withdrawn)",
        "Thu 1 Jan 12:00:00",
        "ended: failed",
        "\"approvers\": 1",
    ] {
        assert!(text.contains(&wanted.replace('"', "&quot;")), "{wanted}: {text}");
    }
    // The overview names the approvals that count only.
    let overview = html.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
    assert!(overview.contains("mira@ops1") && !overview.contains("jon@ops1"), "{overview}");
}

#[test]
fn the_page_loads_and_runs_nothing_and_is_always_the_same() {
    let html = report().to_html();
    assert_eq!(html, report().to_html());
    for part in ["<script", "http://", "https://", "url(", "@import", "<link", "<img", " src="] {
        assert!(!html.contains(part), "{part}");
    }
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("default-src 'none'"));
    assert!(html.contains("@media print") && html.contains("prefers-color-scheme:dark"));
    let charts = html.matches("<svg ").count();
    assert_eq!(charts, 3, "one of all and one of each");
    for chart in html.split("<svg ").skip(1) {
        let chart = format!("<svg {}</svg>", chart.split("</svg>").next().unwrap());
        roxmltree::Document::parse(&chart).unwrap();
    }
}

#[test]
fn text_from_outside_becomes_neither_markup_nor_control_characters() {
    let mut report = report();
    report.subject = HOSTILE.to_owned();
    report.journal = HOSTILE.to_owned();
    report.plans[0].applied = HOSTILE.to_owned();
    report.plans[0].name = HOSTILE.to_owned();
    report.plans[0].events[0].what = HOSTILE.to_owned();
    let mut hostile = migration(HOSTILE, Tone::Yours, HOSTILE);
    let text = || Some(HOSTILE.to_owned());
    (hostile.waits_for, hostile.next_step, hostile.source) = (text(), text(), text());
    (hostile.destination, hostile.project, hostile.migration_id) = (text(), text(), text());
    hostile.unclear.push(HOSTILE.to_owned());
    let mut approval = Approval::new(0, HOSTILE, HOSTILE);
    (approval.comment, approval.void) = (text(), text());
    hostile.approvals.push(approval);
    hostile.events.push(Entry::new(i64::MAX, u64::MAX, HOSTILE, HOSTILE));
    hostile.events.push(Entry::new(i64::MIN, 0, HOSTILE, HOSTILE));
    report.migrations.push(hostile);
    let html = report.to_html();
    assert!(!html.contains("<script") && !html.contains(['\u{202e}', '\u{0}']), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)"));
    let tags = html.split('<').skip(1).filter_map(|tag| tag.split('>').next());
    for tag in tags.filter(|tag| !tag.starts_with('!')) {
        assert!(!tag.contains("onload") && !tag.contains("script"), "{tag}");
    }
}

#[test]
fn a_report_of_a_run_that_goes_on_says_so() {
    let mut report = report();
    report.migrations[1].ended_ms = None;
    let text = text_of(&report.to_html()).join("");
    assert!(text.contains("As of Thu 1 Jan 13:00; not finished."), "{text}");
    report.migrations.clear();
    assert!(report.to_html().contains("no migrations"));
}
