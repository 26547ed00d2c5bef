//! Checks of what nobody may get to see: no message shows a value.

use std::collections::HashSet;
use std::fmt;

use super::{Checked, refuse};
use crate::scenario::Scenario;

/// How the credentials at that place are written, where there are some.
pub(super) fn form(path: &str) -> Option<&'static str> {
    [
        ("$.bearer_tokens", r#"[{"token": "…", "access": "member", "role": "ORG_OWNER", "project_ids": ["…"]}]"#),
        (
            "$.api_keys",
            r#"[{"public_key": "…", "private_key": "…", "access": "member", "role": "ORG_OWNER", "project_ids": ["…"]}]"#,
        ),
        (
            "$.service_accounts",
            r#"[{"client_id": "…", "client_secret": "…", "access": "member", "role": "ORG_OWNER", "project_ids": ["…"]}]"#,
        ),
    ]
    .into_iter()
    .find_map(|(place, form)| path.starts_with(place).then_some(form))
}

pub(super) fn validate(scenario: &Scenario) -> Checked {
    let mut known = HashSet::new();
    for (index, entry) in scenario.bearer_tokens.iter().enumerate() {
        let path = format!("$.bearer_tokens[{index}]");
        let visible = entry.token.bytes().all(|byte| byte.is_ascii_graphic());
        if entry.token.is_empty() || !visible {
            refuse(
                format_args!("{path}.token"),
                "must be visible ASCII without spaces, and not empty",
            )?;
        }
        once(format_args!("{path}.token"), &entry.token, &mut known)?;
        project_ids(&path, entry.project_ids.as_deref())?;
    }
    let mut known = HashSet::new();
    for (index, entry) in scenario.api_keys.iter().enumerate() {
        let path = format!("$.api_keys[{index}]");
        // The digest of `a:b` with `c` is that of `a` with `b:c`.
        if entry.public_key.contains(':') {
            refuse(format_args!("{path}.public_key"), "must not have a colon")?;
        }
        text(format_args!("{path}.public_key"), &entry.public_key)?;
        text(format_args!("{path}.private_key"), &entry.private_key)?;
        once(format_args!("{path}.public_key"), &entry.public_key, &mut known)?;
        project_ids(&path, entry.project_ids.as_deref())?;
    }
    let mut known = HashSet::new();
    for (index, entry) in scenario.service_accounts.iter().enumerate() {
        let path = format!("$.service_accounts[{index}]");
        text(format_args!("{path}.client_id"), &entry.client_id)?;
        text(format_args!("{path}.client_secret"), &entry.client_secret)?;
        once(format_args!("{path}.client_id"), &entry.client_id, &mut known)?;
        project_ids(&path, entry.project_ids.as_deref())?;
    }
    Ok(())
}

fn text(path: impl fmt::Display, text: &str) -> Checked {
    if text.is_empty() || text.chars().any(char::is_control) {
        refuse(path, "must not be empty and have no control characters")?;
    }
    Ok(())
}

fn once<'a>(path: impl fmt::Display, name: &'a str, known: &mut HashSet<&'a str>) -> Checked {
    if known.insert(name) { Ok(()) } else { refuse(path, "is there twice") }
}

fn project_ids(path: &str, ids: Option<&[String]>) -> Checked {
    for (index, id) in ids.unwrap_or_default().iter().enumerate() {
        if !crate::is_object_id(id) {
            refuse(
                format_args!("{path}.project_ids[{index}]"),
                "must be 24 lower-case hex digits",
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_of_each_kind_is_the_first_that_may_do_the_most() {
        let json = r#"{
            "bearer_tokens": [{"token": "a", "access": "no_role"},
                {"token": "b", "access": "member"}, {"token": "c", "access": "member"}],
            "api_keys": [{"public_key": "d", "access": "blocked_address"}, {"public_key": "e"}],
            "service_accounts": [{"client_id": "f", "access": "other_project"}, {"client_id": "g"}]
        }"#;
        let scenario = Scenario::from_json(json).unwrap();
        assert_eq!(scenario.bearer_token(), Some("b"));
        assert_eq!(scenario.api_key().unwrap().public_key, "e");
        assert_eq!(scenario.api_key().unwrap().private_key, "deadbeef-dead-4bad-8bad-deadbeefdead");
        assert_eq!(scenario.service_account().unwrap().client_id, "g");
        let json = r#"{
            "bearer_tokens": [{"token": "a", "role": "ORG_MEMBER"}, {"token": "b"}, {"token": "c"}],
            "api_keys": [{"public_key": "d", "role": "ORG_MEMBER"},
                {"public_key": "e", "access": "no_role"}]
        }"#;
        let scenario = Scenario::from_json(json).unwrap();
        assert_eq!(scenario.bearer_token(), Some("b"));
        assert_eq!(scenario.api_key().unwrap().public_key, "d");
        let json = r#"{"bearer_tokens": [{"access": "no_role"}], "api_keys": [],
            "service_accounts": [{"access": "no_role"}]}"#;
        let scenario = Scenario::from_json(json).unwrap();
        assert_eq!(scenario.bearer_token(), None);
        assert_eq!(scenario.api_key(), None);
        assert_eq!(scenario.service_account(), None);
    }

    #[test]
    fn the_credentials_of_the_default_scenario_have_the_form_of_those_of_atlas() {
        let scenario = Scenario::default();
        let matches = |pattern: &str, text: &str| {
            assert!(regex::Regex::new(pattern).unwrap().is_match(text), "{text}");
            assert!(
                ["notareal", "not-a-real", "deadbeef"].iter().any(|word| text.contains(word)),
                "{text} looks real"
            );
        };
        let account = scenario.service_account().unwrap();
        matches("^mdb_sa_id_[a-f0-9]{24}$", &account.client_id);
        matches("^mdb_sa_sk_[A-Za-z0-9_-]{40}$", &account.client_secret);
        let key = scenario.api_key().unwrap();
        matches("^[a-z]{8}$", &key.public_key);
        let uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
        matches(uuid, &key.private_key);
    }

    #[test]
    fn credentials_that_cannot_work_are_refused_with_their_place() {
        for (json, start) in [
            (
                r#"{"bearer_tokens": [{"token": "a"}, {"token": "a"}]}"#,
                "$.bearer_tokens[1].token: is there twice",
            ),
            (
                r#"{"bearer_tokens": [{"token": ""}]}"#,
                "$.bearer_tokens[0].token: must be visible ASCII",
            ),
            (r#"{"api_keys": [{}, {}]}"#, "$.api_keys[1].public_key: is there twice"),
            (
                r#"{"api_keys": [{"public_key": "a:b"}]}"#,
                "$.api_keys[0].public_key: must not have a colon",
            ),
            (r#"{"api_keys": [{"private_key": ""}]}"#, "$.api_keys[0].private_key: must not be"),
            (
                r#"{"service_accounts": [{}, {}]}"#,
                "$.service_accounts[1].client_id: is there twice",
            ),
            (
                r#"{"service_accounts": [{"client_secret": "a\nb"}]}"#,
                "$.service_accounts[0].client_secret: must not be empty and have no control",
            ),
            (
                r#"{"api_keys": [{"project_ids": ["32b6e34b3d91647abb20e7b8", "mine"]}]}"#,
                "$.api_keys[0].project_ids[1]: must be 24 lower-case hex digits",
            ),
        ] {
            let error = Scenario::from_json(json).unwrap_err().to_string();
            assert!(error.starts_with(start), "{error}");
        }
        let accents = r#"{"api_keys": [{"public_key": "é", "private_key": "ü:"}]}"#;
        assert!(Scenario::from_json(accents).is_ok());
    }

    #[test]
    fn no_error_and_no_debug_form_shows_a_secret() {
        for json in [
            r#"{"bearer_tokens": ["hush-1"]}"#,
            r#"{"bearer_tokens": "hush-1"}"#,
            r#"{"bearer_tokens": [{"token": "a", "access": "hush-1"}]}"#,
            r#"{"bearer_tokens": [{"token": "a", "role": "hush-1"}]}"#,
            r#"{"bearer_tokens": [{"token": "hush-1 "}]}"#,
            r#"{"bearer_tokens": [{"token": "hush-1"}, {"token": "hush-1"}]}"#,
            r#"{"bearer_tokens": [{"project_ids": ["hush-1"]}]}"#,
            r#"{"api_keys": ["hush-1"]}"#,
            r#"{"api_keys": [{"public_key": "a", "access": "hush-1"}]}"#,
            r#"{"api_keys": [{"private_key": "hush-1\n"}]}"#,
            r#"{"api_keys": [{"private_key": "hush"}, {"private_key": "hush"}]}"#,
            r#"{"service_accounts": ["hush-1"]}"#,
            r#"{"service_accounts": [{"client_secret": "hush-1\n"}]}"#,
            r#"{"service_accounts": [{"client_secret": "hush"}, {"client_secret": "hush"}]}"#,
        ] {
            let error = Scenario::from_json(json).unwrap_err();
            assert!(!format!("{error:?} {error}").contains("hush"), "{error}");
            assert!(form(error.path()).is_some(), "{error}");
        }
        let scenario = Scenario::from_json(
            r#"{"bearer_tokens": [{"token": "hush"}], "api_keys": [{"private_key": "hush"}],
                "service_accounts": [{"client_secret": "hush"}]}"#,
        );
        let scenario = scenario.unwrap();
        assert!(!format!("{scenario:?}").contains("hush"));
        assert!(format!("{scenario:?}").contains("notareal"));
    }
}
