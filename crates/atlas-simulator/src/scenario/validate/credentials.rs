//! Validates the credentials. No message shows a value.

use std::collections::HashSet;
use std::fmt;

use super::checks::{Checked, ensure, object_id};
use crate::scenario::model::Scenario;

pub(super) fn validate(scenario: &Scenario) -> Checked {
    let mut seen = HashSet::new();
    for (index, bearer) in scenario.bearer_tokens.iter().enumerate() {
        let path = format!("$.bearer_tokens[{index}]");
        let token = format!("{path}.token");
        let is_visible = bearer.token.bytes().all(|byte| byte.is_ascii_graphic());
        let message = "must be visible ASCII without spaces, and not empty";
        ensure(!bearer.token.is_empty() && is_visible, &token, message)?;
        unique(&token, &bearer.token, &mut seen)?;
        project_ids(&path, bearer.project_ids.as_deref())?;
    }
    let mut seen = HashSet::new();
    for (index, key) in scenario.api_keys.iter().enumerate() {
        let path = format!("$.api_keys[{index}]");
        let public_key = format!("{path}.public_key");
        // With a colon, `a:b` and `c` would have the same digest as `a` and `b:c`.
        ensure(!key.public_key.contains(':'), &public_key, "must not contain a colon")?;
        text(&public_key, &key.public_key)?;
        text(format_args!("{path}.private_key"), &key.private_key)?;
        unique(&public_key, &key.public_key, &mut seen)?;
        project_ids(&path, key.project_ids.as_deref())?;
    }
    let mut seen = HashSet::new();
    for (index, account) in scenario.service_accounts.iter().enumerate() {
        let path = format!("$.service_accounts[{index}]");
        let client_id = format!("{path}.client_id");
        text(&client_id, &account.client_id)?;
        text(format_args!("{path}.client_secret"), &account.client_secret)?;
        unique(&client_id, &account.client_id, &mut seen)?;
        project_ids(&path, account.project_ids.as_deref())?;
    }
    Ok(())
}

fn text(path: impl fmt::Display, text: &str) -> Checked {
    let is_text = !text.is_empty() && !text.chars().any(char::is_control);
    ensure(is_text, path, "must not be empty or contain control characters")
}

fn unique<'a>(path: &str, name: &'a str, seen: &mut HashSet<&'a str>) -> Checked {
    ensure(seen.insert(name), path, "appears twice")
}

fn project_ids(path: &str, ids: Option<&[String]>) -> Checked {
    let mut ids = ids.unwrap_or_default().iter().enumerate();
    ids.try_for_each(|(index, id)| object_id(format_args!("{path}.project_ids[{index}]"), id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::error::credential_format;

    #[test]
    fn the_chosen_credential_is_the_first_with_the_greatest_role() {
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
    fn the_default_credentials_have_the_format_of_atlas() {
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
    fn invalid_credentials_are_refused_with_their_path() {
        for (json, start) in [
            (
                r#"{"bearer_tokens": [{"token": "a"}, {"token": "a"}]}"#,
                "$.bearer_tokens[1].token: appears twice",
            ),
            (
                r#"{"bearer_tokens": [{"token": ""}]}"#,
                "$.bearer_tokens[0].token: must be visible ASCII",
            ),
            (r#"{"api_keys": [{}, {}]}"#, "$.api_keys[1].public_key: appears twice"),
            (
                r#"{"api_keys": [{"public_key": "a:b"}]}"#,
                "$.api_keys[0].public_key: must not contain a colon",
            ),
            (r#"{"api_keys": [{"private_key": ""}]}"#, "$.api_keys[0].private_key: must not be"),
            (r#"{"service_accounts": [{}, {}]}"#, "$.service_accounts[1].client_id: appears twice"),
            (
                r#"{"service_accounts": [{"client_secret": "a\nb"}]}"#,
                "$.service_accounts[0].client_secret: must not be empty or contain control",
            ),
            (
                r#"{"api_keys": [{"project_ids": ["32b6e34b3d91647abb20e7b8", "mine"]}]}"#,
                "$.api_keys[0].project_ids[1]: must be 24 lowercase hex digits",
            ),
        ] {
            let error = Scenario::from_json(json).unwrap_err().to_string();
            assert!(error.starts_with(start), "{error}");
        }
        let accents = r#"{"api_keys": [{"public_key": "é", "private_key": "ü:"}]}"#;
        assert!(Scenario::from_json(accents).is_ok());
    }

    #[test]
    fn no_error_and_no_debug_output_shows_a_secret() {
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
            assert!(credential_format(error.path()).is_some(), "{error}");
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
