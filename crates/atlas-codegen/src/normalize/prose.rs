//! Rule: descriptions become comments, without the characters that a comment must not contain.
//!
//! The compiler rejects a lone carriage return in a comment, and characters that change the direction of text.

use serde_json::{Map, Value};

/// Returns a member that is prose, or `None` if it is not text, such as the number that YAML makes of `12`.
pub(super) fn prose(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(sanitize)
}

/// Returns a text on one line.
pub(super) fn one_line(text: &str) -> String {
    sanitize(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Removes the characters that a comment must not contain.
pub fn sanitize(text: &str) -> String {
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
    fn characters_that_a_comment_must_not_contain_are_removed() {
        assert_eq!(sanitize("a\r\nb\rc\td\0e\u{202e}f é"), "a\nb\nc\td e f é");
        assert_eq!(one_line(" a\r b\n\nc "), "a b c");
    }
}
