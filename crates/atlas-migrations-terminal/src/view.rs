//! [`View`]: what is selected, filtered and asked, and what keys do.

use atlas_migrations_board::{Board, Kind, Migration};

use crate::{
    abilities::Abilities,
    arrangement::Arrangement,
    details::event_count,
    key::Key,
    query::{Alike, Only, Query},
    rows::Row,
    scene::Scene,
};

/// The longest text that can be typed.
const MAX_TYPED: usize = 64;

/// What the caller has to do after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Stop following.
    Quit,
    /// Approve the cutover of a migration.
    Approve {
        /// The stream.
        stream: String,
        /// The name.
        name: String,
    },
    /// Hold a migration.
    Hold {
        /// The stream.
        stream: String,
        /// The name.
        name: String,
    },
    /// Copy a text to the clipboard.
    Copy(String),
}

/// What the screen is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The table.
    #[default]
    Table,
    /// A filter is typed.
    Filter,
    /// Everything about the selected migration.
    Details,
    /// The help.
    Help,
    /// The name of the migration to approve is typed.
    ApproveName(Subject, String),
    /// The last question before an approval.
    ApproveSure(Subject),
    /// The question before a hold.
    HoldSure(Subject),
}

/// The migration that a question is about. A table that changes does not change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) stream: String,
    pub(crate) name: String,
    pub(crate) clusters: Option<String>,
}

/// The state of the view.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub(crate) abilities: Abilities,
    pub(crate) mode: Mode,
    pub(crate) query: Query,
    /// The stream of the selected migration. None until a key selects one: then the first row is selected.
    pub(crate) selected: Option<String>,
    pub(crate) scrolled: usize,
    /// What was done last, in one line.
    pub(crate) notice: Option<String>,
    size: (usize, usize),
}

impl View {
    /// Creates the view of a command with these abilities.
    pub fn new(abilities: Abilities) -> Self {
        Self { abilities, size: (80, 24), ..Self::default() }
    }

    /// Sets the number of columns and lines of the terminal.
    pub fn resize(&mut self, columns: u16, lines: u16) {
        self.size = (columns.into(), lines.into());
    }

    /// Shows a text in place of the keys until the next key.
    pub fn set_notice(&mut self, text: impl Into<String>) {
        self.notice = Some(text.into());
    }

    pub(crate) fn arrangement<'a>(&self, board: &'a Board) -> Arrangement<'a> {
        Arrangement::new(board, &self.query, self.size.0, self.size.1)
    }

    /// Returns the migration that keys act on: the selected one, else the first that is shown.
    pub(crate) fn subject<'a>(&self, board: &'a Board) -> Option<&'a Migration> {
        let selected = self.selected.as_ref().and_then(|id| board.migration(id));
        selected
            .filter(|one| self.query.matches(one))
            .or_else(|| board.migrations.iter().find(|one| self.query.matches(one)))
    }

    /// Handles a key. Returns what the caller has to do, if anything.
    pub fn press(&mut self, key: Key, scene: &Scene<'_>) -> Option<Action> {
        self.notice = None;
        match std::mem::take(&mut self.mode) {
            Mode::Table => self.press_in_table(key, scene),
            Mode::Filter => {
                self.type_filter(key);
                None
            }
            Mode::Details => self.press_in_details(key, scene),
            Mode::Help => {
                self.scroll(key, Mode::Help);
                None
            }
            Mode::ApproveName(subject, typed) => {
                self.type_name(key, subject, typed);
                None
            }
            Mode::ApproveSure(subject) => self.answer(key, "nothing was approved", || {
                Action::Approve { stream: subject.stream, name: subject.name }
            }),
            Mode::HoldSure(subject) => self.answer(key, "nothing was held", || Action::Hold {
                stream: subject.stream,
                name: subject.name,
            }),
        }
    }

    fn answer(&mut self, key: Key, no: &str, yes: impl FnOnce() -> Action) -> Option<Action> {
        if matches!(key, Key::Char('y' | 'Y')) {
            return Some(yes());
        }
        self.set_notice(no);
        None
    }

    fn press_in_table(&mut self, key: Key, scene: &Scene<'_>) -> Option<Action> {
        match key {
            Key::Up | Key::Char('k') => self.step(scene.board, |place, _| place.saturating_sub(1)),
            Key::Down | Key::Char('j') => self.step(scene.board, |place, _| place + 1),
            Key::PageUp => self.step(scene.board, usize::saturating_sub),
            Key::PageDown => self.step(scene.board, |place, page| place + page),
            Key::Home => self.step(scene.board, |_, _| 0),
            Key::End => self.step(scene.board, |_, _| usize::MAX),
            Key::Enter => self.open(scene.board),
            Key::Escape => self.query = Query::default(),
            Key::Char('/') => {
                self.query.filter.clear();
                self.mode = Mode::Filter;
            }
            Key::Char('f') => self.toggle(Only::Failed),
            Key::Char('n') => self.toggle(Only::NeedsYou),
            Key::Char('?') => self.enter(Mode::Help),
            key => return self.press_anywhere(key, scene),
        }
        None
    }

    fn press_in_details(&mut self, key: Key, scene: &Scene<'_>) -> Option<Action> {
        let action = match key {
            Key::Char('a' | 'h' | 'y' | 'q') => self.press_anywhere(key, scene),
            _ => {
                self.scroll(key, Mode::Details);
                let count = self.subject(scene.board).map(|one| event_count(scene, one));
                self.scrolled = self.scrolled.min(count.unwrap_or_default());
                return None;
            }
        };
        if self.mode == Mode::Table {
            self.mode = Mode::Details;
        }
        action
    }

    /// Handles the keys that act on the selected migration.
    fn press_anywhere(&mut self, key: Key, scene: &Scene<'_>) -> Option<Action> {
        if key == Key::Char('q') {
            return Some(Action::Quit);
        }
        let one = self.subject(scene.board)?;
        match key {
            Key::Char('a') => self.ask_to_approve(one),
            Key::Char('h') => self.ask_to_hold(one),
            Key::Char('y') => {
                let Some(id) = &one.atlas_id else {
                    self.set_notice(format!("{} has no migration ID yet", one.pointer.name));
                    return None;
                };
                self.set_notice(format!("{id} is sent to the clipboard of the terminal"));
                return Some(Action::Copy(id.clone()));
            }
            _ => {}
        }
        None
    }

    fn ask_to_approve(&mut self, one: &Migration) {
        let name = &one.pointer.name;
        if !self.abilities.can_decide {
            self.set_notice("only `run` approves here; elsewhere: atlas-migrations approve NAME");
        } else if one.kind == Kind::Approval
            && one.command_for_all.as_deref().is_some_and(|command| command.contains("--create"))
        {
            self.set_notice(format!("it drops data: atlas-migrations approve --create {name}"));
        } else if one.kind == Kind::Approval {
            self.mode = Mode::ApproveName(Subject::of(one), String::new());
        } else {
            self.set_notice(format!("{name} waits for no approval"));
        }
    }

    fn ask_to_hold(&mut self, one: &Migration) {
        let name = &one.pointer.name;
        if !self.abilities.can_decide {
            self.set_notice("only `run` holds here; elsewhere: atlas-migrations hold NAME");
        } else if one.kind == Kind::Held {
            self.set_notice(format!("it is held; release it by: atlas-migrations release {name}"));
        } else {
            self.mode = Mode::HoldSure(Subject::of(one));
        }
    }

    fn type_name(&mut self, key: Key, subject: Subject, mut typed: String) {
        match key {
            Key::Escape => return self.set_notice("nothing was approved"),
            Key::Enter if typed == subject.name => {
                self.mode = Mode::ApproveSure(subject);
                return;
            }
            Key::Enter => {
                let notice = format!("nothing was approved: `{typed}` is not `{}`", subject.name);
                return self.set_notice(notice);
            }
            Key::Backspace => {
                typed.pop();
            }
            Key::Char(c) if typed.len() < MAX_TYPED.max(subject.name.len()) => typed.push(c),
            _ => {}
        }
        self.mode = Mode::ApproveName(subject, typed);
    }

    fn type_filter(&mut self, key: Key) {
        match key {
            Key::Escape => {
                self.query.filter.clear();
                return;
            }
            Key::Enter => return,
            Key::Backspace => {
                self.query.filter.pop();
            }
            Key::Char(c) if self.query.filter.len() < MAX_TYPED => self.query.filter.push(c),
            _ => {}
        }
        self.mode = Mode::Filter;
    }

    fn scroll(&mut self, key: Key, mode: Mode) {
        let page = self.size.1.saturating_sub(2).max(1);
        self.scrolled = match key {
            Key::Up | Key::Char('k') => self.scrolled.saturating_sub(1),
            Key::Down | Key::Char('j') => self.scrolled.saturating_add(1),
            Key::PageUp => self.scrolled.saturating_sub(page),
            Key::PageDown => self.scrolled.saturating_add(page),
            Key::Home => 0,
            Key::Escape | Key::Enter | Key::Backspace | Key::Char('?' | 'q') => return,
            _ => self.scrolled,
        }
        .min(10_000);
        self.mode = mode;
    }

    fn enter(&mut self, mode: Mode) {
        self.mode = mode;
        self.scrolled = 0;
    }

    fn toggle(&mut self, only: Only) {
        self.query.only = if self.query.only == only { Only::All } else { only };
        self.query.opened = None;
        self.selected = None;
    }

    fn open(&mut self, board: &Board) {
        let arrangement = self.arrangement(board);
        let Some(one) = self.subject(board) else { return };
        let row = arrangement.place(&one.pointer.id).and_then(|at| arrangement.rows.get(at));
        if matches!(row, Some(Row::Many { .. })) {
            self.query.opened = Some(Alike::of(one));
        } else {
            let id = one.pointer.id.clone();
            self.enter(Mode::Details);
            self.selected = Some(id);
        }
    }

    fn step(&mut self, board: &Board, to: impl Fn(usize, usize) -> usize) {
        let arrangement = self.arrangement(board);
        let Some(last) = arrangement.rows.len().checked_sub(1) else { return };
        let here = self.subject(board).and_then(|one| arrangement.place(&one.pointer.id));
        let page = arrangement.table.saturating_sub(1).max(1);
        let place = to(here.unwrap_or(0), page).min(last);
        let first = arrangement.rows.get(place).and_then(Row::first);
        self.selected = first.map(|one| one.pointer.id.clone());
    }
}

impl Subject {
    fn of(one: &Migration) -> Self {
        Self {
            stream: one.pointer.id.clone(),
            name: one.pointer.name.clone(),
            clusters: one.clusters.clone(),
        }
    }
}
