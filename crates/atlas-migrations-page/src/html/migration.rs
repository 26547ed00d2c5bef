//! One migration.

use maud::{Markup, html};

use super::{
    log::log,
    parts::{choose, class, glyph, next_choice, plan_link, time},
};
use atlas_migrations_board::{Board, Choice, Curve, LogLine, Migration, Times};

/// The drawing of the curve, in its own units.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 10.0;

/// Returns the page of one migration.
pub fn migration(
    board: &Board,
    one: &Migration,
    curve: Option<&Curve>,
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
        div.sides {
            div {
                @if let Some(curve) = curve { (chart(&one.pointer.name, curve)) }
                (log(lines, &times.zone_name()))
            }
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

fn chart(name: &str, curve: &Curve) -> Markup {
    let x = |share: f64| format!("{:.1}", LEFT + share * (WIDTH - LEFT - 12.0));
    let y = |share: f64| format!("{:.1}", TOP + share * (HEIGHT - TOP - 30.0));
    let line: Vec<_> =
        curve.points.iter().map(|point| format!("{},{}", x(point.x), y(point.y))).collect();
    let (first, last) = (curve.points.first(), curve.points.last());
    let ends = first.zip(last);
    let said = ends.map(|(first, last)| {
        format!(
            "Lag of {name}: {} at {}, {} at {}",
            first.lag, first.at.text, last.lag, last.at.text
        )
    });
    html! {
        h2 { "Lag, as recorded" }
        svg.curve viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(said.unwrap_or_default()) {
            @for (at, label) in &curve.ticks {
                line.grid x1=(x(0.0)) x2=(x(1.0)) y1=(y(*at)) y2=(y(*at)) {}
                text x=(LEFT - 6.0) y=(y(*at)) dy="4" text-anchor="end" { (label) }
            }
            text x=(x(0.0)) y=(HEIGHT - 8.0) { (curve.from.text) }
            text x=(x(1.0)) y=(HEIGHT - 8.0) text-anchor="end" { (curve.to.text) }
            polyline points=(line.join(" ")) {}
            @for point in &curve.points {
                circle cx=(x(point.x)) cy=(y(point.y)) r="3" { title { (point.lag) ", " (point.at.text) } }
            }
        }
        p.muted { "Each dot is a look that was recorded. Between them the journal has nothing." }
    }
}
