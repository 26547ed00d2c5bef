//! The rows of the table: one migration each, or many alike.

use atlas_migrations_board::{Board, Kind, Migration, Section, Tone};

use crate::query::{Alike, Query};

/// This many alike that need a person always have rows of their own.
const ALONE: usize = 3;

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) enum Row<'a> {
    One(&'a Migration),
    Many {
        /// All of them, the most urgent first. There are at least two.
        all: Vec<&'a Migration>,
        /// Whether others alike stand above in rows of their own.
        is_rest: bool,
    },
}

impl<'a> Row<'a> {
    /// Returns the first migration of the row.
    pub(crate) fn first(&self) -> Option<&'a Migration> {
        match self {
            Self::One(one) => Some(one),
            Self::Many { all, .. } => all.first().copied(),
        }
    }

    /// Returns whether a migration is in the row.
    pub(crate) fn has(&self, id: &str) -> bool {
        match self {
            Self::One(one) => one.pointer.id == id,
            Self::Many { all, .. } => all.iter().any(|one| one.pointer.id == id),
        }
    }
}

struct Run<'a> {
    alike: Alike,
    all: Vec<&'a Migration>,
    /// How many have rows of their own.
    alone: usize,
}

impl Run<'_> {
    /// Returns the number of rows with this many migrations on their own.
    fn rows_with(&self, alone: usize) -> usize {
        alone + usize::from(self.all.len() > alone)
    }

    fn rows(&self) -> usize {
        self.rows_with(self.alone)
    }

    /// Returns the order in which runs get rows: first what needs a person, then what moves.
    fn rank(&self) -> u8 {
        let tone = self.all.first().map_or(Tone::Idle, |one| one.tone());
        match (tone, self.alike.kind) {
            (Tone::Broken, _) => 0,
            (Tone::Yours, _) => 1,
            (_, Kind::CuttingOver) => 2,
            (_, Kind::Replicating) => 3,
            (Tone::Moving, _) => 4,
            (Tone::Idle, _) => 5,
            (Tone::Done, _) => 6,
        }
    }
}

/// Returns the rows that the query asks for. Migrations alike share a row until all rows fit into the lines, if they can.
pub(crate) fn rows<'a>(board: &'a Board, query: &Query, lines: usize) -> Vec<Row<'a>> {
    let shown = board.migrations.iter().filter(|one| query.matches(one));
    if query.opened.is_some() {
        return shown.map(Row::One).collect();
    }
    let mut runs = runs(shown);
    let minimum: usize = runs.iter().map(Run::rows).sum();
    expand(&mut runs, lines.saturating_sub(minimum));
    runs.iter().flat_map(split).collect()
}

fn runs<'a>(migrations: impl Iterator<Item = &'a Migration>) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for migration in migrations {
        match runs.iter_mut().find(|run| run.alike.matches(migration)) {
            Some(run) => run.all.push(migration),
            None => runs.push(Run { alike: Alike::of(migration), all: vec![migration], alone: 0 }),
        }
    }
    // A run starts at its most urgent migration, and sections stay together.
    runs.sort_by_key(|run| section_rank(run.alike.section));
    for run in &mut runs {
        if run.alike.section == Section::NeedsYou && run.all.len() <= ALONE {
            run.alone = run.all.len();
        }
    }
    runs
}

fn section_rank(section: Section) -> u8 {
    match section {
        Section::NeedsYou => 0,
        Section::GoesOn => 1,
        Section::Done => 2,
    }
}

/// Gives runs rows of their own, the most important first: whole runs, then as much of the others as there is room for.
fn expand(runs: &mut [Run<'_>], mut room: usize) {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by_key(|index| runs[*index].rank());
    for index in order.iter().copied() {
        let run = &mut runs[index];
        let more = run.all.len().saturating_sub(run.rows());
        // What a person reads in one row leaves room for what comes next.
        let is_long = run.alike.section == Section::NeedsYou && more > room / 2;
        if more <= room && !is_long {
            room -= more;
            run.alone = run.all.len();
        } else if run.alike.kind == Kind::Replicating && room > 1 {
            // The next ones to be ready.
            run.alone = room;
            room = 0;
        }
    }
    for index in order {
        let run = &mut runs[index];
        if run.alone == 0 && room > 1 {
            run.alone = room.min(run.all.len());
            room = room.saturating_sub(run.alone);
        }
    }
}

fn split<'a>(run: &Run<'a>) -> Vec<Row<'a>> {
    let alone = if run.all.len() == run.alone + 1 { run.all.len() } else { run.alone };
    let (first, rest) = run.all.split_at(alone);
    let mut rows: Vec<_> = first.iter().map(|one| Row::One(one)).collect();
    if !rest.is_empty() {
        rows.push(Row::Many { all: rest.to_vec(), is_rest: alone > 0 });
    }
    rows
}
