//! [`Arrangement`]: which lines of the screen show what.

use atlas_migrations_board::Board;

use crate::{
    query::Query,
    rows::{Row, rows},
};

/// The number of columns from which a table has columns, beside names and states.
pub(crate) const TABLE_WIDTH: usize = 76;
/// The number of columns from which there are times of readiness and deadlines.
pub(crate) const TIMES_WIDTH: usize = 120;
/// The number of columns from which there are clusters and IDs.
pub(crate) const IDS_WIDTH: usize = 200;

/// The height from which the second line and the heads of columns are shown.
const HEADS_HEIGHT: usize = 14;
/// The height from which some lines are kept for what is selected.
const PANEL_HEIGHT: usize = 20;
const SMALL_PANEL: usize = 5;
/// The height from which a third of the lines is kept for what is selected.
const LARGE_HEIGHT: usize = 40;
const LARGE_PANEL: usize = 16;

/// Which lines of the screen show what, from the top: verdict, rows, panel, totals and keys.
#[derive(Debug)]
pub(crate) struct Arrangement<'a> {
    pub(crate) rows: Vec<Row<'a>>,
    /// Whether there are a second line below the verdict and heads of columns.
    pub(crate) has_heads: bool,
    /// The line of the first row.
    pub(crate) first_row: usize,
    /// The number of lines of the table, without its heads.
    pub(crate) table: usize,
    /// The number of lines below the table for what is selected.
    pub(crate) panel: usize,
}

impl<'a> Arrangement<'a> {
    /// Arranges a screen of this many columns and lines.
    pub(crate) fn new(board: &'a Board, query: &Query, width: usize, height: usize) -> Self {
        let has_heads = height >= HEADS_HEIGHT;
        let first_row = match (has_heads, width >= TABLE_WIDTH) {
            (true, true) => 3,
            (true, false) => 2,
            (false, _) => 1,
        };
        // The totals and the keys.
        let room = height.saturating_sub(first_row + 2).max(1);
        let kept = match height {
            LARGE_HEIGHT.. => LARGE_PANEL,
            PANEL_HEIGHT.. => SMALL_PANEL,
            _ => 0,
        };
        let rows = rows(board, query, room.saturating_sub(kept).max(1));
        let table = rows.len().min(room.saturating_sub(kept.min(room - 1)));
        Self { rows, has_heads, first_row, table, panel: room - table }
    }

    /// Returns the place of the row with a migration.
    pub(crate) fn place(&self, id: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.has(id))
    }

    /// Returns which rows are on the screen if this one has to be, and how many are below.
    pub(crate) fn visible(&self, selected: usize) -> (std::ops::Range<usize>, usize) {
        let (all, table) = (self.rows.len(), self.table);
        if all <= table {
            return (0..all, 0);
        }
        // The last line of the table counts the rows below.
        let shown = table.saturating_sub(1).max(1);
        if selected + table >= all && selected >= shown {
            let start = all.saturating_sub(table);
            if selected >= start {
                return (start..all, 0);
            }
        }
        let start = if selected < shown { 0 } else { selected + 1 - shown };
        let end = (start + shown).min(all);
        (start..end, all - end)
    }
}
