//! [`Painter`]: makes frames, and passes keys on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atlas_migrations_board::{Board, Times};
use atlas_migrations_terminal::{Abilities, Action, Key, Scene, Theme, View, render};
use jiff::tz::TimeZone;
use ratatui_core::buffer::Buffer;
use ratatui_crossterm::crossterm::event::KeyCode;

use super::input::Input;

/// The texts of the board have minutes.
const MINUTE_MS: i64 = 60_000;

/// What the view shows at the moment. The threads that draw and read keys share it with the one that works.
pub struct Painter {
    /// The newest input, until a frame is made of it. Setting it never waits for a frame.
    next: Mutex<Option<Input>>,
    state: Mutex<State>,
    pub theme: Theme,
    zone: TimeZone,
}

struct State {
    view: View,
    shown: Option<Shown>,
}

struct Shown {
    input: Input,
    board: Board,
    /// When the board was made, in milliseconds since 1970.
    made_ms: i64,
    times: Times,
}

impl Shown {
    /// Returns whether the board would be the same with this input, but for the lags.
    fn is_of(&self, input: &Input) -> bool {
        let minute = |ms: i64| ms.div_euclid(MINUTE_MS);
        Arc::ptr_eq(&self.input.published.snapshot, &input.published.snapshot)
            && Arc::ptr_eq(&self.input.notes, &input.notes)
            && minute(self.made_ms) == minute(input.published.now_ms())
    }
}

impl Painter {
    pub fn new(abilities: Abilities, theme: Theme) -> Self {
        let state = State { view: View::new(abilities), shown: None };
        let zone = TimeZone::system();
        Self { next: Mutex::default(), state: Mutex::new(state), theme, zone }
    }

    pub fn set(&self, input: Input) {
        *lock(&self.next) = Some(input);
    }

    pub fn notice(&self, text: &str) {
        lock(&self.state).view.set_notice(text);
    }

    /// Returns the frame for a terminal of this size.
    pub fn paint(&self, columns: u16, lines: u16) -> Option<Buffer> {
        let mut state = lock(&self.state);
        self.update(&mut state);
        let State { view, shown } = &mut *state;
        view.resize(columns, lines);
        let shown = shown.as_ref()?;
        Some(with_scene(shown, |scene| render(scene, view, self.theme, columns, lines)))
    }

    /// Handles a key.
    pub fn press(&self, code: KeyCode) -> Option<Action> {
        let key = key(code)?;
        let mut state = lock(&self.state);
        let State { view, shown } = &mut *state;
        let shown = shown.as_ref()?;
        with_scene(shown, |scene| view.press(key, scene))
    }

    /// Returns something of what is shown, as it is now.
    pub fn with_last<T>(&self, read: impl FnOnce(&Scene<'_>) -> T) -> Option<T> {
        let mut state = lock(&self.state);
        self.update(&mut state);
        state.shown.as_ref().map(|shown| with_scene(shown, read))
    }

    /// Makes a new board if there is news, or another minute.
    fn update(&self, state: &mut State) {
        let news = lock(&self.next).take();
        let input = match (news, &mut state.shown) {
            (Some(input), Some(shown)) if shown.is_of(&input) => {
                // Only the lags are new.
                shown.times.now_ms = input.published.now_ms();
                lock(&input.looks).apply(&mut shown.board, &shown.times);
                shown.input = input;
                return;
            }
            (Some(input), _) => input,
            (None, Some(shown)) => {
                let input = shown.input.clone();
                let is_old = !shown.is_of(&input);
                // The clock of the view goes on.
                shown.times.now_ms = input.published.now_ms();
                if !is_old {
                    return;
                }
                input
            }
            (None, None) => return,
        };
        let (board, times) = input.board(&lock(&input.looks), &self.zone);
        state.shown = Some(Shown { input, board, made_ms: times.now_ms, times });
    }
}

fn with_scene<T>(shown: &Shown, read: impl FnOnce(&Scene<'_>) -> T) -> T {
    let Shown { input, board, times, .. } = shown;
    let looks = lock(&input.looks);
    read(&Scene { board, published: &input.published, looks: &looks, times })
}

fn key(code: KeyCode) -> Option<Key> {
    Some(match code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
