//! [`Painter`]: makes frames, and passes keys on.

use std::sync::{Mutex, MutexGuard, PoisonError};

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
    times: Times,
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
            (Some(input), _) => input,
            (None, Some(shown)) => {
                let now_ms = shown.input.published.now_ms();
                let minute = |ms: i64| ms.div_euclid(MINUTE_MS);
                let is_old = minute(now_ms) != minute(shown.times.now_ms);
                // The clock of the view goes on.
                shown.times.now_ms = now_ms;
                if !is_old {
                    return;
                }
                shown.input.clone()
            }
            (None, None) => return,
        };
        let (board, times) = input.board(&lock(&input.looks), &self.zone);
        state.shown = Some(Shown { input, board, times });
    }
}

fn with_scene<T>(shown: &Shown, read: impl FnOnce(&Scene<'_>) -> T) -> T {
    let Shown { input, board, times } = shown;
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
