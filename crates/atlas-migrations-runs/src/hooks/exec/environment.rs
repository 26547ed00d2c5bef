//! The environment of a hook's program.

use std::{env, ffi::OsString};

/// What every program gets.
const ALWAYS: [&str; 4] = ["PATH", "HOME", "LANG", "TZ"];

/// The beginnings of the variables that can hold the credentials of Atlas.
const CREDENTIALS: [&str; 2] = ["MONGODB_ATLAS_", "MCLI_"];

/// The event, as far as variables tell it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventVariables<'a> {
    pub(crate) event_id: &'a str,
    pub(crate) event: &'a str,
    pub(crate) name: &'a str,
}

/// Returns the first of these names whose variable can hold a credential of Atlas.
pub(crate) fn forbidden(names: &[String]) -> Option<&String> {
    names.iter().find(|name| CREDENTIALS.iter().any(|prefix| name.starts_with(prefix)))
}

/// Returns the whole environment of a program: the usual variables, the named ones that are set, and the event.
pub(crate) fn environment(pass: &[String], event: EventVariables<'_>) -> Vec<(OsString, OsString)> {
    let names = ALWAYS.iter().copied().chain(pass.iter().map(String::as_str));
    let mut variables: Vec<(OsString, OsString)> =
        names.filter_map(|name| Some((name.into(), env::var_os(name)?))).collect();
    for (name, value) in [
        ("ATLAS_MIGRATIONS_EVENT_ID", event.event_id),
        ("ATLAS_MIGRATIONS_EVENT", event.event),
        ("ATLAS_MIGRATIONS_NAME", event.name),
    ] {
        variables.push((name.into(), value.into()));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_of_atlas_cannot_be_passed() {
        let names = ["PGHOST", "MONGODB_ATLAS_PRIVATE_API_KEY"].map(str::to_owned);
        assert_eq!(forbidden(&names), Some(&names[1]));
        assert_eq!(forbidden(&["MCLI_PRIVATE_API_KEY".to_owned()]).map(String::len), Some(20));
        assert_eq!(forbidden(&names[..1]), None);
    }
}
