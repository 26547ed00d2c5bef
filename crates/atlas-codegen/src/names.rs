//! Unique names that progenitor and typify do not change.
//!
//! Both change the case of names with heck, and do not notice if two become equal: the second item then shadows or
//! aliases the first.

use std::collections::HashSet;

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

/// Words that are not identifiers, and get an underscore as suffix.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "Self", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Returns the name of a type or a variant. heck alone turns `t a` into `TA`, and that into `Ta`.
pub fn pascal(text: &str) -> String {
    let cased = identifier(&separated(text).to_upper_camel_case(), "X");
    if cased == text { cased } else { pascal(&cased) }
}

/// Returns the name of a field, a method or a parameter.
pub fn snake(text: &str) -> String {
    identifier(&separated(text).to_snake_case(), "x")
}

fn separated(text: &str) -> String {
    let text = text.replace('\'', "");
    text.replace(|character: char| !character.is_ascii_alphanumeric(), "-")
}

fn identifier(cased: &str, prefix: &str) -> String {
    if cased.starts_with(|character: char| character.is_ascii_alphabetic()) {
        let keyword = KEYWORDS.contains(&cased);
        format!("{cased}{}", if keyword { "_" } else { "" })
    } else {
        format!("{prefix}{cased}")
    }
}

/// The names that are taken in a scope.
#[derive(Debug, Default)]
pub struct Scope(HashSet<String>);

impl Scope {
    /// Creates a scope in which some names are taken.
    pub fn with(names: &[&str]) -> Self {
        Self(names.iter().map(|&name| name.to_owned()).collect())
    }

    /// Takes a name, with the first number as suffix that makes it unique if it is taken.
    pub fn claim(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut count = 1;
        while !self.0.insert(name.clone()) {
            count += 1;
            name = format!("{}{count}", wanted.trim_end_matches('_'));
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casing_is_stable_and_always_an_identifier() {
        for (text, type_name, field) in [
            ("LiveMigrationResponse", "LiveMigrationResponse", "live_migration_response"),
            ("ApiHostView_Atlas", "ApiHostViewAtlas", "api_host_view_atlas"),
            ("_id", "Id", "id"),
            ("t a", "Ta", "t_a"),
            ("AWSRegion", "AwsRegion", "aws_region"),
            ("2dsphere", "X2dsphere", "x2dsphere"),
            ("type", "Type", "type_"),
            ("", "X", "x"),
            ("+", "X", "x"),
            ("é", "X", "x"),
        ] {
            assert_eq!(pascal(text), type_name);
            assert_eq!(snake(text), field);
            assert_eq!(pascal(type_name), type_name);
            assert_eq!(snake(field), field.to_owned(), "{field}");
        }
    }

    #[test]
    fn a_name_is_claimed_once() {
        let mut scope = Scope::with(&["extra"]);
        let wanted = ["a", "a", "a2", "a", "extra", "type_", "type_"];
        let names: Vec<_> = wanted.map(|name| scope.claim(name)).into();
        assert_eq!(names, ["a", "a2", "a22", "a3", "extra2", "type_", "type2"]);
    }
}
