//! [`Key`]: the keys that the view knows.

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// The cursor moves up.
    Up,
    /// The cursor moves down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first row.
    Home,
    /// The last row.
    End,
    /// Opens what is selected, or confirms.
    Enter,
    /// Goes back.
    Escape,
    /// Removes the last character.
    Backspace,
}
