//! [`Input`]: what the view shows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use atlas_migrations_board::{Board, Published, Times};
use atlas_migrations_terminal::Looks;
use jiff::tz::TimeZone;

/// What the view shows: what a journal says, and what this process knows besides.
#[derive(Clone)]
pub struct Input {
    pub published: Published,
    pub looks: Arc<Mutex<Looks>>,
    /// The name of the only plan to show.
    pub plan: Option<String>,
    /// What this process knows better of the migration of a stream.
    pub notes: Arc<HashMap<String, Note>>,
}

/// What this process knows better of a migration than its events say. What is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Note {
    pub line: Option<String>,
    pub brief: Option<String>,
    pub next: Option<String>,
    /// The command; empty for none.
    pub command: Option<String>,
}

impl Input {
    /// Returns the board and the time it is made for.
    pub fn board(&self, looks: &Looks, zone: &TimeZone) -> (Board, Times) {
        let times = Times::new(zone.clone(), self.published.now_ms());
        let mut board = Board::new(&self.published, self.plan.as_deref(), &times);
        looks.apply(&mut board, &times);
        for migration in &mut board.migrations {
            let Some(note) = self.notes.get(&migration.pointer.id) else { continue };
            if let Some(line) = &note.line {
                migration.line.clone_from(line);
            }
            if let Some(brief) = &note.brief {
                migration.brief.clone_from(brief);
            }
            if let Some(next) = &note.next {
                migration.next = Some(next.clone());
            }
            if let Some(command) = &note.command {
                migration.command = (!command.is_empty()).then(|| command.clone());
                migration.command_for_all = None;
            }
        }
        (board, times)
    }
}
