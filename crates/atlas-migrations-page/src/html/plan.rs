//! One plan.

use maud::{Markup, html};

use super::{log::log, overview::overview, parts::choose};
use atlas_migrations_board::{Board, LogLine, Times};

/// Returns the page of one plan. The board has its migrations only.
pub fn plan(board: &Board, lines: &[LogLine], times: &Times, decides: bool) -> Markup {
    html! {
        p { a href="/" { "All migrations" } }
        (overview(board, times, decides))
        @if let Some(plan) = board.plans.first().filter(|_| decides) {
            p.choices { (choose(&plan.pointer, &plan.choices)) }
        }
        (log(lines, &times.zone_name()))
    }
}
