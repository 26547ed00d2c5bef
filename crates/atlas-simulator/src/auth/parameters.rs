//! The parameters of an `Authorization: Digest` header.

use std::borrow::Cow;

/// How many parameters a header may have. The standards know twelve.
const MOST_PARAMETERS: usize = 32;

/// Names, in whatever case, and values, unquoted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameters<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    /// Reads a list of `name=value`, where a value may stand in quotes or not, whichever it is;
    /// `None` where it is no such list, is not UTF-8, is longer than any client's, or names something twice.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        const BETWEEN: [char; 3] = [',', ' ', '\t'];
        let mut rest = str::from_utf8(text).ok()?.trim_start_matches(BETWEEN);
        let mut found = Self(Vec::with_capacity(16));
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=')?;
            let name = name.trim();
            let (value, after) = value(after.trim_start())?;
            // Each name is compared with all before it.
            if found.0.len() == MOST_PARAMETERS || name.is_empty() || found.get(name).is_some() {
                return None;
            }
            found.0.push((name, value));
            let after = after.trim_start();
            if !after.is_empty() && !after.starts_with(',') {
                return None;
            }
            rest = after.trim_start_matches(BETWEEN);
        }
        Some(found)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| &**value)
    }
}

/// The value at the beginning of the text, and what follows it.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.bytes().position(|byte| matches!(byte, b',' | b' ' | b'\t'));
        let end = end.unwrap_or(text.len());
        return Some((text[..end].into(), &text[end..]));
    };
    let special = quoted.bytes().position(|byte| matches!(byte, b'"' | b'\\'))?;
    if let Some(after) = quoted[special..].strip_prefix('"') {
        return Some((quoted[..special].into(), after));
    }
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value.into(), &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            plain => value.push(plain),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Vec<(String, String)>> {
        let parameters = Parameters::parse(text.as_bytes())?.0.into_iter();
        Some(parameters.map(|(name, value)| (name.to_owned(), value.into_owned())).collect())
    }

    #[test]
    fn values_may_be_quoted_or_not_and_elements_empty() {
        let text =
            r#", username="a, \"b\" = \\c", NC=00000001 , qop="auth",,uri=/x?y=z ,x="", é=é"#;
        let expected = [
            ("username", r#"a, "b" = \c"#),
            ("NC", "00000001"),
            ("qop", "auth"),
            ("uri", "/x?y=z"),
            ("x", ""),
            ("é", "é"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parsed(text), Some(expected.to_vec()));
    }

    #[test]
    fn what_is_no_such_list_is_refused() {
        for text in ["a", r#"a="b"#, r#"a="b\"#, "a=b c=d", r#"a="b"c"#, "a=b, A=c", "=b"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        assert_eq!(Parameters::parse(b"a=\"\xe9\""), None);
        assert_eq!(parsed(""), Some(Vec::new()));
    }

    #[test]
    fn more_parameters_than_any_client_sends_are_refused() {
        let list =
            |count| (0..count).map(|number| format!("p{number}=x")).collect::<Vec<_>>().join(",");
        assert_eq!(parsed(&list(32)).map(|found| found.len()), Some(32));
        assert_eq!(parsed(&list(33)), None);
        assert_eq!(parsed(&list(1_000_000)), None);
    }
}
