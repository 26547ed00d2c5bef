//! Reads where secrets come from.

use super::{
    cursor::Cursor,
    near::any_of,
    values::{argv, boolean, text, variable},
};
use crate::{keys, password::PasswordSource, secret_source::SecretSource};

const HINTS: &[(&str, &str)] = &[(
    "keyring",
    "passwords in the keyring are not supported; expected `command` with a program that reads it, such as secret-tool",
)];

/// Reads where a password comes from: exactly one key.
pub(super) fn password(at: &Cursor<'_>) -> Option<PasswordSource> {
    let at = at.clone().secret();
    if !at.is_mapping() {
        at.fail(
            "a plan has no passwords; expected where it comes from: {env: NAME}, {file: PATH}, {command: [PROGRAM, ARGUMENT]} or \
             {prompt: true} (change a password that was in a file)",
        );
        return None;
    }
    let (key, value) = only_key(&at, keys::PASSWORD, HINTS)?;
    match key {
        "command" => argv(&value).map(PasswordSource::Command),
        "prompt" if boolean(&value)? => Some(PasswordSource::Prompt),
        "prompt" => {
            value.expected("true, or another source than `prompt`");
            None
        }
        _ => secret_of(key, &value).map(PasswordSource::Secret),
    }
}

/// Reads where a secret comes from: exactly one key.
pub(super) fn secret(at: &Cursor<'_>) -> Option<SecretSource> {
    let at = at.clone().secret();
    let (key, value) = only_key(&at, keys::SECRET, &[])?;
    secret_of(key, &value)
}

fn secret_of(key: &str, value: &Cursor<'_>) -> Option<SecretSource> {
    match key {
        "env" => variable(value).map(SecretSource::Env),
        _ => text(value, "the path of a file").map(SecretSource::File),
    }
}

/// Returns the only key of a mapping, which is one of these, and its value.
fn only_key<'f>(
    at: &Cursor<'f>,
    keys: &[&'static str],
    hints: &[(&str, &str)],
) -> Option<(&'static str, Cursor<'f>)> {
    let expected = format!("exactly one of {}", any_of(keys));
    let fields = at.fields_with_hints(keys, hints, &expected)?;
    let given: Vec<_> =
        keys.iter().filter_map(|key| fields.get(key).map(|value| (*key, value))).collect();
    match <[_; 1]>::try_from(given) {
        Ok([one]) => Some(one),
        Err(given) => {
            if given.is_empty() && hints.iter().any(|(key, _)| at.get(key).is_some()) {
                return None;
            }
            let names: Vec<_> = given.iter().map(|(key, _)| *key).collect();
            let found = if names.is_empty() { "none".to_owned() } else { names.join(" and ") };
            at.fail(format!("found {found}; expected {expected}"));
            None
        }
    }
}
