//! [`Node`]: a value and its place.

use std::rc::Rc;

use crate::problem::Place;

/// A value and its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
    /// The size with all aliases replaced by what they refer to, in bytes or so.
    pub(crate) size: usize,
}

#[derive(Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Rc<Node>>),
    Mapping(Vec<Entry>),
}

/// A key with its place, and a value.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Rc<Node>,
}

#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Whether the text stands without quotes, so that it can be a number, `true`, `false` or null.
    pub(crate) is_plain: bool,
}

/// What a scalar is in YAML 1.2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ScalarKind {
    Null,
    Bool(bool),
    Number,
    Text,
}

impl Scalar {
    pub(crate) fn kind(&self) -> ScalarKind {
        if !self.is_plain {
            return ScalarKind::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
            "true" | "True" | "TRUE" => ScalarKind::Bool(true),
            "false" | "False" | "FALSE" => ScalarKind::Bool(false),
            text if is_number(text) => ScalarKind::Number,
            _ => ScalarKind::Text,
        }
    }
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.starts_with("0x") || unsigned.starts_with("0o") {
        return true;
    }
    matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
        // `inf` and `nan` are numbers for Rust and text for YAML.
        || (unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && unsigned.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_scalar_is_what_yaml_1_2_says() {
        let kind = |text: &str| Scalar { text: text.to_owned(), is_plain: true }.kind();
        for text in ["1", "-1", "+1.5", "1e3", ".5", "0x1F", "0o17", ".inf", "007"] {
            assert_eq!(kind(text), ScalarKind::Number, "{text}");
        }
        for text in ["yes", "on", "22:00", "inf", "1.2.3", "a", "-", ".", "1_000"] {
            assert_eq!(kind(text), ScalarKind::Text, "{text}");
        }
        assert_eq!(kind("~"), ScalarKind::Null);
        assert_eq!(kind("true"), ScalarKind::Bool(true));
        assert_eq!(Scalar { text: "1".to_owned(), is_plain: false }.kind(), ScalarKind::Text);
    }
}
