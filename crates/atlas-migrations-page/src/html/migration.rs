//! One migration.

use atlas_migrations_chart as lag_chart;
use atlas_migrations_journal::event::EventRecord;
use maud::{Markup, PreEscaped, html};

use super::{
    log::log,
    parts::{BREAK, choose, class, glyph, next_choice, plan_link, time},
};
use atlas_migrations_board::{
    Board, Choice, Curve, LogLine, Migration, RecordedCurve, Stage, Times, Tone,
};

/// The widths of the chart, in pixels.
const WIDE: f64 = 820.0;
const NARROW: f64 = 358.0;

/// Returns the page of one migration.
pub fn migration(
    board: &Board,
    one: &Migration,
    curve: Option<&Curve>,
    records: &[EventRecord],
    lines: &[LogLine],
    times: &Times,
    decides: bool,
) -> Markup {
    let next = next_choice(one).filter(|_| decides);
    html! {
        p { a href="/" { "All migrations" } @if let Some(plan) = board.plan_of(one) { " · plan " (plan_link(plan)) } }
        h1 { span.k.(class(one.tone())) { (glyph(one.kind.glyph())) } " " (one.pointer.name) ": " (one.kind.word().to_lowercase()) }
        div.band.(class(one.tone())) #needs-you {
            @if let Some(next) = &one.next { p.next { (next) } }
            p { (one.line) }
            @if let Some(warning) = &one.warning { p.warn { (glyph("!")) " " (warning) } }
            @if let Some(next) = next { (choose(&one.pointer, &[next])) }
            @if let Some(command) = &one.command { code.cmd { (command) } }
        }
        (BREAK)
        (strip(one))
        (BREAK)
        div.sides {
            div {
                @if let Some(curve) = curve { (chart(one, curve, records, times)) }
                (log(lines, &times.zone_name()))
            }
            (BREAK)
            aside aria-label="Details" {
                @if decides && !one.choices.is_empty() {
                    h2 { "Decide" }
                    p.choices { (choose(&one.pointer, &others(one, next))) }
                }
                (details(one))
            }
        }
    }
}

/// Returns the steps of a migration as a strip.
fn strip(one: &Migration) -> Markup {
    html! {
        ol.steps role="list" aria-label="Steps" {
            @for step in &one.steps {
                @let (class, sign, said) = match step.stage {
                    Stage::Done => ("done", "✓ ", "done: "),
                    Stage::Current => (class(one.tone()), "", "now: "),
                    Stage::Ahead => ("ahead", "", "ahead: "),
                };
                li.(class) aria-current=[(step.stage == Stage::Current).then_some("step")] {
                    (glyph(sign)) span.vh { (said) } (step.word)
                }
            }
        }
    }
}

/// Returns what else a person can decide.
fn others(one: &Migration, next: Option<Choice>) -> Vec<Choice> {
    one.choices.iter().copied().filter(|choice| Some(*choice) != next).collect()
}

fn details(one: &Migration) -> Markup {
    let row = |label: &str, value: Markup| html! { div { dt { (label) } dd { (value) } } };
    html! {
        h2 { "Time" }
        dl {
            @if let (Some(since), Some(passed)) = (&one.since, &one.since_for) {
                (row("In this state since", html! { (time(since)) ", " (passed) }))
            }
            @if let Some(ready) = &one.ready { (row("Seen ready", time(ready))) }
            @if let Some(estimate) = &one.estimate {
                (row("Ready, estimate", html! {
                    b { "~" (time(&estimate.at)) }
                    @if let Some((from, to)) = &estimate.range { ", " (from.text) " to " (to.text) }
                    ", as of " (estimate.as_of.text)
                }))
            }
            @if let Some(deadline) = &one.deadline {
                (row("Cut over by", html! { @if deadline.is_latest { "before " } b { (time(&deadline.at)) } ", in " (deadline.left) }))
            }
            @if let Some(lag) = &one.lag { (row("Lag", html! { b { (lag.text) } ", seen " (time(&lag.seen)) })) }
            @if let Some(ended) = &one.ended { (row("Ended", time(ended))) }
        }
        h2 { "Where" }
        dl {
            @if let Some(clusters) = &one.clusters { (row("Source → destination", html! { (clusters) })) }
            @if let Some(project) = &one.project { (row("Project", html! { code { (project) } })) }
            @if let Some(id) = &one.atlas_id { (row("Migration ID", html! { code { (id) } })) }
            @if let Some(status) = &one.atlas_status { (row("Atlas status", html! { (status) })) }
            (row("Attempt", html! { (one.attempt) }))
            (row("Stream", html! { code { (one.pointer.id) } }))
        }
    }
}

/// Returns the chart of a migration, for wide and for narrow windows: text in it is not scaled.
fn chart(one: &Migration, curve: &Curve, records: &[EventRecord], times: &Times) -> Markup {
    let tone = match one.tone() {
        Tone::Broken => lag_chart::Tone::Broken,
        Tone::Yours => lag_chart::Tone::Yours,
        Tone::Moving => lag_chart::Tone::Moving,
        Tone::Idle => lag_chart::Tone::Idle,
        Tone::Done => lag_chart::Tone::Done,
    };
    let name = &one.pointer.name;
    let drawn = |width: f64| {
        let series = lag_chart::Series::new(name, tone, one.kind.word().to_lowercase());
        let series = RecordedCurve::of(records).draw(series);
        let title = format!("Lag of {name}");
        let chart = lag_chart::Chart::new(title, times.zone().clone()).sparse().width(width);
        let chart = if one.ended.is_none() { chart.as_of(times.now_ms) } else { chart };
        PreEscaped(chart.series(series).to_inline_svg())
    };
    html! {
        (BREAK)
        div.chart.wide { (drawn(WIDE)) }
        (BREAK)
        div.chart.narrow { (drawn(NARROW)) }
        (BREAK)
        details #points {
            summary { "The lags as a table" }
            table.log {
                thead { tr { th scope="col" { "Time" } th scope="col" { "Lag" } } }
                tbody {
                    @for point in curve.points.iter().rev() { (BREAK) tr { td { (time(&point.at)) } td { (point.lag) } } }
                }
            }
        }
    }
}
