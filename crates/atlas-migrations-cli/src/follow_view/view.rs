//! [`FollowView`].

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use anstyle::Style;
use atlas_migrations_board::Tone;
use atlas_migrations_terminal::{Abilities, Action, Summary, summary};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::input::Input;
use super::painter::Painter;
use super::surroundings::theme;
use crate::interrupt;
use crate::terminal::{self, CYAN, GREEN, Line, LiveView, Press, RED, YELLOW};

/// The view on the terminal. When it is dropped, the terminal is as it was before.
pub struct FollowView {
    view: LiveView,
    painter: Arc<Painter>,
    decisions: UnboundedReceiver<Action>,
}

/// What stays on the screen when the view has ended.
pub struct Ended(Summary);

impl FollowView {
    /// Starts the view. It draws its first frame when it [shows](Self::show) something.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn start(can_decide: bool) -> io::Result<Self> {
        let has_keys = io::stdin().is_terminal();
        let abilities = Abilities { can_decide: can_decide && has_keys, has_keys };
        let painter = Arc::new(Painter::new(abilities, theme()));
        let (sender, decisions) = unbounded_channel();
        let (of_frames, of_keys) = (Arc::clone(&painter), Arc::clone(&painter));
        let on_press = move |press| act(&of_keys, &sender, press);
        let view = LiveView::start(
            Box::new(move |columns, lines| of_frames.paint(columns, lines)),
            has_keys.then(|| Box::new(on_press) as terminal::OnPress),
        )?;
        Ok(Self { view, painter, decisions })
    }

    /// Shows this from now on. Waits for nothing.
    pub fn show(&self, input: Input) {
        self.painter.set(input);
        self.view.redraw();
    }

    /// Shows a text until the next key.
    pub fn notice(&self, text: &str) {
        self.painter.notice(text);
        self.view.redraw();
    }

    /// Waits until a person decides something: [`Action::Approve`] or [`Action::Hold`].
    pub async fn decision(&mut self) -> Option<Action> {
        self.decisions.recv().await
    }

    /// Ends the view. Returns what stays on the screen, if it showed something.
    pub fn end(self) -> Option<Ended> {
        drop(self.view);
        let theme = self.painter.theme;
        self.painter.with_last(|scene| Ended(summary(scene, theme)))
    }
}

impl Ended {
    /// Adds a line.
    #[must_use]
    pub fn line(self, text: &str) -> Self {
        Self(self.0.line(text))
    }

    pub fn lines(&self) -> Vec<Line> {
        let style = |tone: Option<Tone>| match tone {
            Some(Tone::Broken) => RED.bold(),
            Some(Tone::Yours) => YELLOW.bold(),
            Some(Tone::Moving) => CYAN,
            Some(Tone::Done) => GREEN,
            Some(Tone::Idle) | None => Style::new(),
        };
        self.0.lines().map(|(text, tone)| Line::default().with(text, style(tone))).collect()
    }
}

fn act(painter: &Painter, decisions: &UnboundedSender<Action>, press: Press) {
    let action = match press {
        Press::Interrupt => Some(Action::Quit),
        Press::Key(code) => painter.press(code),
    };
    match action {
        Some(Action::Quit) => interrupt::stop(),
        Some(Action::Copy(text)) => {
            let text = STANDARD.encode(text);
            terminal::write_with_frame(format!("\x1b]52;c;{text}\x07").as_bytes());
        }
        // The receiver is gone when the view ends.
        Some(decision) => drop(decisions.send(decision)),
        None => {}
    }
}
