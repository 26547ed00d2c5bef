//! The parameters of an `Authorization: Digest` header.

use std::borrow::Cow;

/// How many parameters a header may have. The standards have twelve.
const MAX_PARAMETERS: usize = 32;

/// The names, in any case, and the unquoted values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DigestParameters<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> DigestParameters<'a> {
    /// Parses a list of `name=value`, in which any value may be quoted. Returns `None` if the text is
    /// not such a list or not UTF-8, is too long, or has a duplicate name.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        const SEPARATORS: [char; 3] = [',', ' ', '\t'];
        let mut rest = str::from_utf8(text).ok()?.trim_start_matches(SEPARATORS);
        let mut parameters = Self(Vec::new());
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=')?;
            let name = name.trim();
            let (value, after) = value(after.trim_start())?;
            // The limit also bounds the search for duplicates.
            if parameters.0.len() == MAX_PARAMETERS
                || name.is_empty()
                || parameters.get(name).is_some()
            {
                return None;
            }
            parameters.0.push((name, value));
            let after = after.trim_start();
            if !after.is_empty() && !after.starts_with(',') {
                return None;
            }
            rest = after.trim_start_matches(SEPARATORS);
        }
        Some(parameters)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| &**value)
    }
}

/// Splits the text into the value at its start and the rest.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return Some((text[..end].into(), &text[end..]));
    };
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
        let parameters = DigestParameters::parse(text.as_bytes())?.0.into_iter();
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
    fn invalid_lists_are_refused() {
        for text in ["a", r#"a="b"#, r#"a="b\"#, "a=b c=d", r#"a="b"c"#, "a=b, A=c", "=b"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        assert_eq!(DigestParameters::parse(b"a=\"\xe9\""), None);
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
