//! The list of all migrations, or of those of one plan.

use maud::{Markup, html};

use super::{
    parts::{BREAK, class, glyph, link, mark, plan_link},
    table::table,
};
use atlas_migrations_board::{Board, Kind, Migration, PlanView, Times, Tone, Total, Verdict};

/// The width of the bar of totals, in units of its drawing.
const BAR: usize = 1000;

/// Returns the list of migrations.
pub fn overview(board: &Board, times: &Times, decides: bool) -> Markup {
    html! {
        div.top {
            div {
                h1 { (board.heading()) }
                (BREAK) (verdict(board)) (BREAK)
                @if !board.migrations.is_empty() { (totals(board)) }
            }
            @if !board.plans.is_empty() {
                (BREAK)
                div.plans { @for plan in &board.plans { (plan_box(board, plan)) (BREAK) } }
            }
        }
        (BREAK)
        @if is_over(board) { (what_is_left()) }
        @if board.migrations.is_empty() { div #needs-you tabindex="-1" { (empty()) } } @else { (table(board, &times.zone_name(), decides)) }
    }
}

/// Returns the migrations that need a person, by name if they are few.
fn verdict(board: &Board) -> Markup {
    let named = board.named();
    let totals = board.totals();
    let is_theirs = |total: &&Total| matches!(total.tone, Tone::Broken | Tone::Yours);
    let theirs: Vec<_> = totals.iter().filter(is_theirs).collect();
    html! {
        p.verdict {
            @if named.is_empty() {
                @for (at, total) in theirs.iter().enumerate() {
                    @if at > 0 { " · " }
                    b { (total.count) } " " (total.kind.word().to_lowercase())
                }
            } @else {
                @for (at, one) in named.iter().enumerate() {
                    @if at > 0 { " · " }
                    (link(&one.pointer)) " " (one.kind.word().to_lowercase())
                }
            }
        }
    }
}

fn totals(board: &Board) -> Markup {
    let (all, totals) = (board.migrations.len().max(1), board.totals());
    let ends = totals.iter().scan(0, |end, total| {
        *end += total.count;
        Some(*end)
    });
    html! {
        svg.bar viewBox={ "0 0 " (BAR) " 10" } preserveAspectRatio="none" aria-hidden="true" {
            @for (total, end) in totals.iter().zip(ends) {
                @let left = (end - total.count) * BAR / all;
                @let width = (end * BAR / all).saturating_sub(left + 2).max(1);
                rect.(class(total.tone)) x=(left) y="0" width=(width) height="10" {}
            }
        }
        ul.totals role="list" {
            @for total in &totals {
                li.k.(class(total.tone)) { (glyph(total.kind.glyph())) " " b { (total.count) } " " (total.kind.word().to_lowercase()) }
            }
        }
    }
}

/// Returns the verdict on a plan, and what it follows from.
fn plan_box(board: &Board, plan: &PlanView) -> Markup {
    let tone = match plan.verdict {
        Verdict::NoGo => "broken",
        Verdict::Wait => "yours",
        Verdict::Go | Verdict::Over => "done",
    };
    html! {
        details.plan.(tone) open[true] {
            summary { h2 { (plan.title()) } }
            p.muted { "Plan " (plan_link(&plan.pointer)) ", " (plan.migrations) @if plan.migrations == 1 { " migration" } @else { " migrations" } }
            ul role="list" {
                @for condition in &plan.conditions {
                    li {
                        (mark(condition.tone))
                        @for (at, one) in condition.about.iter().enumerate() {
                            @if at > 0 { ", " }
                            // A page of some migrations has no others to lead to.
                            @if board.migration(&one.id).is_some() { (link(one)) } @else { (one.name) }
                        }
                        @if condition.more > 0 { " +" (condition.more) }
                        @if !condition.about.is_empty() { ": " }
                        (condition.text)
                    }
                }
            }
        }
    }
}

/// Returns whether every migration ended in a way that needs nobody.
fn is_over(board: &Board) -> bool {
    let is_over = |one: &Migration| matches!(one.kind, Kind::Complete | Kind::GivenUp);
    !board.migrations.is_empty() && board.migrations.iter().all(is_over)
}

fn what_is_left() -> Markup {
    html! {
        section.left aria-label="What is left to do" {
            h2 { "What is left to do" }
            ul role="list" {
                li { "Check that applications use the destination, and that nothing writes to the source." }
                li { "Save what happened: " code.cmd { "atlas-migrations report --out FILE.html" } }
                li { "Delete the link, if nothing more is migrated: " code.cmd { "atlas-migrations link delete" } }
            }
        }
    }
}

fn empty() -> Markup {
    html! {
        p { "No migrations in this journal, or none of those that this page is for. Atlas cannot list migrations: this page shows only those that this journal knows." }
        ul.start role="list" {
            li { "Draft a plan of several: " code.cmd { "atlas-migrations plan init" } }
            li { "Start one: " code.cmd { "atlas-migrations create --name NAME" } }
            li { "Follow one that was started elsewhere: " code.cmd { "atlas-migrations journal adopt NAME --id ID" } }
        }
    }
}
