//! One plan.

use maud::{Markup, html};

use super::{log::log, overview::overview};
use atlas_migrations_board::{Board, LogLine, Times};

/// Returns the page of one plan. The board has its migrations only.
pub fn plan(board: &Board, lines: &[LogLine], times: &Times) -> Markup {
    html! {
        p { a href="/" { "All migrations" } }
        (overview(board, times))
        (log(lines, &times.zone_name()))
    }
}
