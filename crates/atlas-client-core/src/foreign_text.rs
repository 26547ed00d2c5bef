//! [`ForeignText`]: text that a server, a file or the environment wrote.

use std::fmt::{self, Write as _};

use serde::{Serialize, Serializer};

/// The most characters of a foreign text that are shown to a person.
const SHOWN: usize = 2_000;

/// Text that a server, a file or the environment wrote.
///
/// `Display` shows it on one line and without the characters that steer a terminal: line breaks and
/// tabs become spaces, other control characters and the marks that reorder or hide text are left out,
/// and a text of more than 2,000 characters ends in `…`. [`as_received`](Self::as_received) is the text
/// itself.
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
    /// The text as it was received, which is not safe to show.
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

/// As it was received.
impl Serialize for ForeignText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for ForeignText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = OneLine::new(f);
        match self.0.char_indices().nth(SHOWN) {
            None => shown.write_str(&self.0),
            Some((end, _)) => {
                shown.write_str(&self.0[..end])?;
                shown.write_char('…')
            }
        }
    }
}

/// Passes text on as one line that cannot steer a terminal, whatever is written into it.
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

/// A text on one line and without what steers a terminal, of any length.
pub fn sanitize(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    // Writing into a string cannot fail.
    let _ = OneLine::new(&mut line).write_str(text);
    line
}

fn is_special(character: char) -> bool {
    character.is_control() || is_blank(character) || is_invisible_mark(character)
}

/// Line breaks and tabs: what a terminal shows as a gap.
fn is_blank(character: char) -> bool {
    matches!(character, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Marks that take no room: they reorder, join or hide what stands around them.
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
    fn what_steers_a_terminal_is_not_shown() {
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
    fn a_long_text_is_cut_when_it_is_shown() {
        let long = ForeignText::from("ü".repeat(SHOWN + 1));
        assert_eq!(long.to_string().chars().count(), SHOWN + 1);
        assert!(long.to_string().ends_with('…'));
        assert_eq!(ForeignText::from("ü".repeat(SHOWN)).to_string().chars().count(), SHOWN);
    }

    proptest! {
        #[test]
        fn nothing_shown_is_special(text in any::<String>()) {
            let shown = ForeignText::from(text.as_str()).to_string();
            prop_assert!(!shown.chars().any(is_special), "{shown:?}");
            prop_assert_eq!(sanitize(&shown), shown);
        }
    }
}
