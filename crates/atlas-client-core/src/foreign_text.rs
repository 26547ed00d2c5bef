//! [`ForeignText`]: text from a server, a file or the environment.

use std::fmt::{self, Write as _};

use serde::{Serialize, Serializer};

/// The maximum number of characters of a text that are shown.
const MAX_SHOWN: usize = 2_000;

/// Text from a server, a file or the environment.
///
/// `Display` shows it on one line and without characters that control a terminal: line breaks and tabs
/// become spaces, other control characters and marks that reorder or hide text are removed, and a text of
/// more than 2,000 characters ends with `…`. [`as_received`](Self::as_received) returns the original.
///
/// ```
/// use atlas_client_core::ForeignText;
///
/// let text = ForeignText::from("no such\nerror: \x1b[31mproject");
/// assert_eq!(text.to_string(), "no such error: [31mproject");
/// assert_eq!(text.as_received(), "no such\nerror: \x1b[31mproject");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForeignText(String);

impl ForeignText {
    /// Returns the text as received, which is not safe to show.
    pub fn as_received(&self) -> &str {
        &self.0
    }
}

impl From<String> for ForeignText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for ForeignText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl PartialEq<str> for ForeignText {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for ForeignText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// Serializes the text as received.
impl Serialize for ForeignText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for ForeignText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = OneLine::new(f);
        match self.0.char_indices().nth(MAX_SHOWN) {
            None => shown.write_str(&self.0),
            Some((end, _)) => {
                shown.write_str(&self.0[..end])?;
                shown.write_char('…')
            }
        }
    }
}

/// Writes any text as one line without characters that control a terminal.
pub(crate) struct OneLine<W>(W);

impl<W: fmt::Write> OneLine<W> {
    pub(crate) fn new(writer: W) -> Self {
        Self(writer)
    }
}

impl<W: fmt::Write> fmt::Write for OneLine<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((start, special)) = rest.char_indices().find(|(_, c)| is_special(*c)) {
            self.0.write_str(&rest[..start])?;
            if is_blank(special) {
                self.0.write_char(' ')?;
            }
            rest = &rest[start + special.len_utf8()..];
        }
        self.0.write_str(rest)
    }
}

/// Returns a text of any length as one line without characters that control a terminal.
pub fn sanitize(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    // Writing to a string cannot fail.
    let _ = OneLine::new(&mut line).write_str(text);
    line
}

fn is_special(character: char) -> bool {
    character.is_control() || is_blank(character) || is_invisible_mark(character)
}

/// Line breaks and tabs, which a terminal shows as space.
fn is_blank(character: char) -> bool {
    matches!(character, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Marks without width, which reorder, join or hide the text around them.
fn is_invisible_mark(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terminal_control_characters_are_not_shown() {
        for (received, shown) in [
            ("a\x1b[2Jb", "a[2Jb"),
            ("a\r\nhint: b", "a  hint: b"),
            ("a\tb\u{2028}c\u{85}d", "a b c d"),
            ("a\u{202e}b\u{200b}c\u{9b}d\u{7f}e", "abcde"),
            ("grüße \u{1f600}", "grüße \u{1f600}"),
        ] {
            assert_eq!(ForeignText::from(received).to_string(), shown);
            assert_eq!(sanitize(received), shown);
        }
    }

    #[test]
    fn a_long_text_is_shortened_when_it_is_shown() {
        let long = ForeignText::from("ü".repeat(MAX_SHOWN + 1));
        assert_eq!(long.to_string().chars().count(), MAX_SHOWN + 1);
        assert!(long.to_string().ends_with('…'));
        assert_eq!(ForeignText::from("ü".repeat(MAX_SHOWN)).to_string().chars().count(), MAX_SHOWN);
    }

    proptest! {
        #[test]
        fn no_special_character_is_shown(text in any::<String>()) {
            let shown = ForeignText::from(text.as_str()).to_string();
            prop_assert!(!shown.chars().any(is_special), "{shown:?}");
            prop_assert_eq!(sanitize(&shown), shown);
        }
    }
}
