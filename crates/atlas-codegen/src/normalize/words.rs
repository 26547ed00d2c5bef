//! Rule: the document's words become comments, and so must be such that a comment can hold them.
//!
//! A lone carriage return ends the compilation within a comment, and so do characters that turn the
//! direction of text.

use serde_json::{Map, Value};

/// A member that is text for people. One that is not text at all, such as a number that YAML makes of `12`,
/// is left out.
pub(super) fn words(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(harmless)
}

/// A text on one line.
pub(super) fn line(text: &str) -> String {
    harmless(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text without characters that no comment can hold.
pub fn harmless(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let characters = text.chars().map(|character| match character {
        '\n' | '\t' => character,
        '\r' => '\n',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => ' ',
        character if character.is_control() => ' ',
        character => character,
    });
    characters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hold_nothing_that_a_comment_cannot() {
        assert_eq!(harmless("a\r\nb\rc\td\0e\u{202e}f é"), "a\nb\nc\td e f é");
        assert_eq!(line(" a\r b\n\nc "), "a b c");
    }
}
