//! What the terminal can show.

use atlas_migrations_terminal::{Colors, SMALLEST, Theme};

use crate::terminal::{self, LiveView};

/// Returns whether stderr is a terminal that is large enough for the view.
pub fn is_possible() -> bool {
    let (columns, lines) = LiveView::size();
    terminal::stderr_supports_live_view() && columns >= SMALLEST.0 && lines >= SMALLEST.1
}

/// Returns the colors and characters that the environment allows.
pub fn theme() -> Theme {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let colors = match variable("COLORTERM").as_deref() {
        _ if !terminal::stderr_has_color() => Colors::None,
        Some("truecolor" | "24bit") => Colors::All,
        _ => Colors::Sixteen,
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    let is_unicode = match locale {
        Some(locale) => {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        // Terminals of these systems show Unicode without a locale.
        None => cfg!(any(windows, target_os = "macos")),
    };
    Theme { colors, is_unicode }
}
