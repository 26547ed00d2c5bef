//! Malformed and malicious files of profiles.

use atlas_hostile_inputs::{check, documents};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::credentials::profile::Profiles;
use crate::credentials::settings::UnresolvedSettings;
use crate::foreign_text::sanitize;

/// Returns all messages about a file and every profile in it.
fn messages(text: &str) -> Vec<String> {
    let file = Path::new("config.toml");
    let profiles = match Profiles::parse(file, text) {
        Ok(profiles) => profiles,
        Err(error) => return vec![error.to_string()],
    };
    let mut messages = Vec::new();
    let names = profiles.names();
    let each = names.iter().map(|name| profiles.named(name.as_received()));
    for profile in each.chain([profiles.default()]).flatten() {
        let mut settings = UnresolvedSettings::default();
        let outcome = settings
            .add(&profile, &environment(&[]), &|_, _| Ok(None))
            .and_then(|()| settings.resolve(&environment(&[])));
        match outcome {
            Ok(settings) => {
                messages.push(settings.no_credentials().to_string());
                messages.extend(settings.notes().iter().chain(&settings.warnings).cloned());
            }
            Err(error) => messages.push(error.to_string()),
        }
    }
    messages
}

#[test]
fn hostile_profiles_cause_only_sanitized_messages() {
    check("profiles", &documents(&[PROFILES, "[default]\nservice = \"cloudgov\"\n"]), |document| {
        for line in messages(&String::from_utf8_lossy(&document)) {
            prop_assert_eq!(sanitize(&line), line);
        }
        Ok(())
    });
}

#[test]
fn hostile_places_of_a_secret_do_not_reveal_it() {
    const CANARY: &str = "hunter2-Canary";
    const PROPERTIES: &[&str] = &[
        "auth_type",
        "service",
        "ops_manager_url",
        "base_url",
        "project_id",
        "org_id",
        "client_id",
        "client_secret",
        "public_api_key",
        "private_api_key",
        "access_token",
        "other",
    ];
    const FORMS: &[&str] = &[
        "\"C\"",
        "'C'",
        "C",
        "\"C",
        "[\"C\"]",
        "[C]",
        "{ x = \"C\" }",
        "{ x = C }",
        "\"\"\"C\n\"\"\"",
        "\"a\" C",
        "\"\\u001bC\"",
        "1C",
        "\"mdb_sa_sk_C\"",
        "mdb_sa_id_C",
        "\"\" # C",
        "2026-C",
        "\"C\\q\"",
    ];
    let lines = proptest::collection::vec((select(PROPERTIES), select(FORMS)), 1..5);
    check("secrets in profiles", &lines, |lines| {
        let mut text = "[default]\n".to_owned();
        for (property, form) in lines {
            text.extend([property, " = ", &form.replace('C', CANARY), "\n"]);
        }
        for line in messages(&text) {
            prop_assert!(!line.contains("hunter2"), "{line}");
        }
        Ok(())
    });
}
