//! Who acts next: three sections, in which many migrations alike are one entry.

use crate::{
    migration::Migration,
    words::{Kind, Tone},
};

/// A section of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Nothing happens, or it expires, until a person acts.
    NeedsYou,
    /// It goes on by itself.
    GoesOn,
    /// It is over.
    Done,
}

/// A section with its entries.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Who acts next.
    pub section: Section,
    /// The number of migrations.
    pub count: usize,
    /// The rows.
    pub entries: Vec<Entry<'a>>,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub enum Entry<'a> {
    /// One migration.
    One(&'a Migration),
    /// Migrations in the same state that wait for the same, or the rest of them.
    Many {
        /// The first of them.
        like: &'a Migration,
        /// All of them, the most urgent first.
        all: Vec<&'a Migration>,
        /// Whether others in the same state stand above in rows of their own.
        is_rest: bool,
    },
}

impl Section {
    /// Returns the section of a migration.
    pub fn of(migration: &Migration) -> Self {
        match migration.kind {
            _ if migration.needs_person() => Self::NeedsYou,
            Kind::Complete | Kind::GivenUp => Self::Done,
            _ => Self::GoesOn,
        }
    }

    /// Returns the heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::NeedsYou => "Needs you",
            Self::GoesOn => "Goes on by itself",
            Self::Done => "Done",
        }
    }

    /// Returns the identifier in links.
    pub fn anchor(self) -> &'static str {
        match self {
            Self::NeedsYou => "needs-you",
            Self::GoesOn => "goes-on",
            Self::Done => "done",
        }
    }
}

/// Returns the sections that have migrations. The migrations are sorted.
pub fn groups(migrations: &[Migration]) -> Vec<Group<'_>> {
    let sections = [Section::NeedsYou, Section::GoesOn, Section::Done];
    let group = |section| {
        let all: Vec<_> = migrations.iter().filter(|one| Section::of(one) == section).collect();
        let count = all.len();
        Group { section, count, entries: entries(all, section, migrations.len()) }
    };
    sections.map(group).into_iter().filter(|group| group.count > 0).collect()
}

/// Collapses runs of migrations alike.
fn entries(migrations: Vec<&Migration>, section: Section, total: usize) -> Vec<Entry<'_>> {
    let mut runs: Vec<Vec<&Migration>> = Vec::new();
    for migration in migrations {
        // A few kinds alternate in the order of deadlines; their runs are joined.
        match runs.iter_mut().find(|run| are_alike(run, migration)) {
            Some(run) => run.push(migration),
            None => runs.push(vec![migration]),
        }
    }
    runs.into_iter().flat_map(|run| collapse(run, section, total)).collect()
}

fn are_alike(run: &[&Migration], migration: &Migration) -> bool {
    run.first().is_some_and(|first| {
        first.kind == migration.kind
            && first.tone() == migration.tone()
            && first.command_for_all == migration.command_for_all
    })
}

fn collapse(run: Vec<&Migration>, section: Section, total: usize) -> Vec<Entry<'_>> {
    let Some(first) = run.first() else { return Vec::new() };
    // How many may stand alone, and how many rows are shown before the rest.
    let (alone, shown) = match (section, first.kind) {
        (Section::NeedsYou, _) => (3, 0),
        (_, Kind::Replicating) if total > 30 => (4, 4),
        (_, Kind::Replicating) => (8, 8),
        (_, Kind::CuttingOver) => (5, 0),
        (Section::Done, _) => (3, 0),
        _ => (2, 0),
    };
    if run.len() <= alone || run.len() <= shown + 1 {
        return run.into_iter().map(Entry::One).collect();
    }
    let (rows, rest) = run.split_at(shown);
    let mut entries: Vec<_> = rows.iter().map(|one| Entry::One(one)).collect();
    if let Some(like) = rest.first() {
        entries.push(Entry::Many { like, all: rest.to_vec(), is_rest: shown > 0 });
    }
    entries
}

/// Returns the order of tones in totals.
pub fn tone_rank(tone: Tone) -> u8 {
    match tone {
        Tone::Broken => 0,
        Tone::Yours => 1,
        Tone::Moving => 2,
        Tone::Idle => 3,
        Tone::Done => 4,
    }
}
