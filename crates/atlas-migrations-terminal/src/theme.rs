//! [`Theme`]: colors and characters.

use std::borrow::Cow;

use atlas_migrations_board::{Kind, Tone};
use ratatui_core::style::{Color, Modifier, Style};

/// The colors that a terminal may get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colors {
    /// None, by `NO_COLOR` or for a terminal without them.
    None,
    /// The 16 colors of the user's own theme.
    #[default]
    Sixteen,
    /// Any color. The rows that need a person have a background.
    All,
}

/// How the view looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// The colors.
    pub colors: Colors,
    /// Whether the terminal shows more than ASCII.
    pub is_unicode: bool,
}

const BROKEN: (Color, Color) = (Color::Rgb(0xFF, 0x94, 0x66), Color::Rgb(0x33, 0x19, 0x0C));
const YOURS: (Color, Color) = (Color::Rgb(0xF5, 0xBC, 0x45), Color::Rgb(0x2E, 0x24, 0x07));

impl Theme {
    /// Returns the style of text in a tone.
    pub(crate) fn tone(self, tone: Tone) -> Style {
        let color = match (self.colors, tone) {
            (Colors::None, _) | (_, Tone::Idle) => return Style::new(),
            (Colors::All, Tone::Broken) => BROKEN.0,
            (Colors::All, Tone::Yours) => YOURS.0,
            (_, Tone::Broken) => Color::LightRed,
            (_, Tone::Yours) => Color::LightYellow,
            (_, Tone::Moving) => Color::LightCyan,
            (_, Tone::Done) => Color::Green,
        };
        Style::new().fg(color)
    }

    /// Returns the style of a row. Only those that need a person are bold and have a background.
    pub(crate) fn row(self, tone: Tone) -> Style {
        let style = match tone {
            Tone::Broken | Tone::Yours => self.tone(tone).add_modifier(Modifier::BOLD),
            _ => return Style::new(),
        };
        match (self.colors, tone) {
            (Colors::All, Tone::Broken) => style.bg(BROKEN.1),
            (Colors::All, Tone::Yours) => style.bg(YOURS.1),
            _ => style,
        }
    }

    /// Returns the style of the verdict.
    pub(crate) fn tag(self, tone: Tone) -> Style {
        self.tone(tone).add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    /// Returns the style of what is less important.
    pub(crate) fn muted(self) -> Style {
        match self.colors {
            Colors::None => Style::new(),
            _ => Style::new().fg(Color::DarkGray),
        }
    }

    /// Returns the style of an imperative.
    pub(crate) fn bold() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Returns the style of what is selected.
    pub(crate) fn selected(style: Style) -> Style {
        style.add_modifier(Modifier::REVERSED)
    }

    /// Returns the mark of a state.
    pub(crate) fn glyph(self, kind: Kind) -> &'static str {
        if self.is_unicode {
            return kind.glyph();
        }
        match kind {
            Kind::Unclear | Kind::Blocked => "?",
            Kind::Failed | Kind::Expired => "x",
            Kind::NotSeen | Kind::Approval | Kind::Decision | Kind::Ready => "!",
            Kind::Held => "=",
            Kind::CuttingOver | Kind::Replicating | Kind::Creating | Kind::Validating => ">",
            Kind::Waiting => "w",
            Kind::NotStarted | Kind::Validated | Kind::Planned | Kind::GivenUp => ".",
            Kind::Complete => "+",
        }
    }

    /// Returns the characters of a history, from low to high, and the one for no data.
    pub(crate) fn levels(self) -> (&'static [char], char) {
        if self.is_unicode {
            (&['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'], '╌')
        } else {
            (&['_', '.', '-', '=', '#'], ' ')
        }
    }

    /// Replaces the characters that the terminal does not show.
    pub(crate) fn text(self, text: &str) -> Cow<'_, str> {
        if self.is_unicode || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut ascii = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '→' => ascii.push_str("->"),
                '…' => ascii.push('~'),
                '–' | '─' | '└' | '╌' => ascii.push('-'),
                '│' | '·' => ascii.push('|'),
                '↑' => ascii.push('^'),
                '↓' => ascii.push('v'),
                '✓' => ascii.push('+'),
                '✗' | '×' => ascii.push('x'),
                '▸' => ascii.push('>'),
                c if c.is_ascii() => ascii.push(c),
                _ => ascii.push('?'),
            }
        }
        Cow::Owned(ascii)
    }
}
