//! Messages name the file and line, or the variable and its prefix.

use super::*;
use crate::Setting;

fn message(profile: &str, variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), profile);
    load(folder.path(), variables, None).unwrap_err().to_string()
}

#[test]
fn a_malformed_file_is_reported_by_position_and_without_its_text() {
    for (profile, place) in [
        ("[default]\nprivate_api_key = hunter2\n", "line 2, column 19"),
        ("[default]\nprivate_api_key = \"hunter2\n", "line 2, column"),
        ("\u{feff}[default]\nx = 1\nx = \"hunter2\"\n", "line 3, column 1"),
        ("[default]\n\tprivate_api_key = [\"hunter2\"]\n", "line 2, column 2"),
        ("hunter2", "line 1, column"),
        ("[default]\n\"ü\" = 1 hunter2", "line 2, column"),
    ] {
        let message = message(profile, &[]);
        assert!(message.contains(&format!("config.toml, {place}")), "{profile}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn messages_contain_no_control_characters() {
    let file = || Path::new("a\nerror: b\u{1b}[2J").to_owned();
    let source = || std::io::Error::from(std::io::ErrorKind::NotFound).into();
    for error in [
        SettingsError::Unreadable { file: file(), source: source() },
        SettingsError::Malformed { file: file(), line: 1, column: 1, reason: "\u{1b}".into() },
        SettingsError::NotUnicode { variable: "x\u{1b}".into() },
        SettingsError::NoCredentials { prefix: "x", notes: vec!["\u{1b}\nx".into()] },
    ] {
        let message = error.to_string();
        assert!(!message.contains(char::is_control), "{message:?}");
    }
}

#[test]
fn a_byte_order_mark_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "\u{feff}[default]\nclient_id = \"i\"\nclient_secret = \"s\"\n");
    let settings = load(folder.path(), &[], None).unwrap();
    assert_eq!(shown(settings.credentials.as_ref()), "account i s");
}

#[test]
#[cfg(unix)]
fn a_pipe_or_a_huge_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &"#".repeat(2 << 20));
    let error = load(folder.path(), &[], None).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("larger than 1048576 bytes"), "{source}");
    let file = folder.path().join("atlascli").join("config.toml");
    fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    // The file might say that the token belongs to the Government service.
    for variables in [&[][..], &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")]] {
        let error = load(folder.path(), variables, None).unwrap_err();
        assert!(matches!(error, SettingsError::Unreadable { .. }), "{error}");
    }
    let known = [("MONGODB_ATLAS_ACCESS_TOKEN", "t"), ("MONGODB_ATLAS_SERVICE", "cloud")];
    let settings = load(folder.path(), &known, None).unwrap();
    assert!(settings.notes()[0].contains("not a regular file"), "{:?}", settings.notes());
}

#[test]
fn a_malformed_file_is_a_note_if_the_environment_has_credentials() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "[default]\nproject_id = x");
    let settings = load(folder.path(), &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")], None).unwrap();
    assert_eq!(shown(settings.credentials.as_ref()), "token t");
    let [note] = settings.notes() else { panic!("{:?}", settings.notes()) };
    assert!(note.contains("config.toml, line 2, column 14"), "{note}");
    assert_eq!(settings.warnings, [note.as_str()]);
}

#[test]
fn a_variable_with_the_old_prefix_is_named() {
    let ours = ("MONGODB_ATLAS_ACCESS_TOKEN", "t");
    let settings =
        Settings::from_environment(&environment(&[ours, ("MCLI_OUTPUT", "json")])).unwrap();
    let message = settings.no_credentials().to_string();
    assert!(
        message.contains("MCLI_OUTPUT is set, so that all variables need the prefix MCLI_"),
        "{message}"
    );
    assert!(message.contains("are ignored (MONGODB_ATLAS_ACCESS_TOKEN)"), "{message}");
    assert!(message.contains("set MCLI_CLIENT_ID and MCLI_CLIENT_SECRET (a"), "{message}");
    assert_eq!(settings.warnings.len(), 1);
    assert_eq!(settings.variable(Setting::ProjectId), "MCLI_PROJECT_ID");
    let half = from_env(&[("MCLI_CLIENT_ID", "i"), ("MONGODB_ATLAS_CLIENT_SECRET", "s")]);
    assert!(half.contains("MONGODB_ATLAS_ are ignored"), "{half}");
    // One prefix for all causes no warning.
    let old = Settings::from_environment(&environment(&[("MCLI_OUTPUT", "json")])).unwrap();
    assert!(old.warnings.is_empty() && old.notes().is_empty());
}

#[test]
fn a_credential_in_place_of_another_is_detected() {
    const UUID: &str = "8a9b0c1d-1111-2222-3333-444455556666";
    let (public, private) = ("MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY");
    let (id, secret) = ("MONGODB_ATLAS_CLIENT_ID", "MONGODB_ATLAS_CLIENT_SECRET");
    let account = format!("set {id} and {secret} instead");
    let key = format!("set {public} and {private} instead");
    for (variables, origin, instead) in [
        (&[(public, "mdb_sa_id_x"), (private, "mdb_sa_sk_x")][..], public, &account),
        (&[(public, "mdb_sa_id_x")], public, &account),
        (&[("MONGODB_ATLAS_PRIVATE_KEY", "mdb_sa_sk_x")], "MONGODB_ATLAS_PRIVATE_KEY", &account),
        (&[(id, "mdb_sa_sk_x"), (secret, "mdb_sa_id_x")], id, &account),
        (&[("MONGODB_ATLAS_ACCESS_TOKEN", "mdb_sa_sk_x")], "MONGODB_ATLAS_ACCESS_TOKEN", &account),
        (&[(id, "abcdefgh"), (secret, UUID)], secret, &key),
        (&[(public, UUID), (private, "abcdefgh")], public, &key),
    ] {
        let message = from_env(variables);
        assert!(message.starts_with(&format!("{origin} contains the ")), "{message}");
        assert!(message.ends_with(instead.as_str()), "{message}");
        assert!(!message.contains("mdb_sa_") && !message.contains(UUID), "{message}");
    }
    let old = from_env(&[("MCLI_PUBLIC_API_KEY", "mdb_sa_id_x")]);
    assert!(old.ends_with("set MCLI_CLIENT_ID and MCLI_CLIENT_SECRET instead"), "{old}");
    let profile = message("[default]\nx = 1\nprivate_api_key = \"mdb_sa_sk_x\"", &[]);
    assert!(profile.contains("private_api_key of the profile `default`"), "{profile}");
    assert!(
        profile.contains("config.toml, line 3) contains the client secret of a service account")
    );
    // A value with the right form, or an unknown one, is accepted.
    for good in [
        &[(id, "mdb_sa_id_x"), (secret, "mdb_sa_sk_x")][..],
        &[(public, "abcdefgh"), (private, UUID)],
        &[(id, "anything"), (secret, "else")],
        &[("MONGODB_ATLAS_ACCESS_TOKEN", UUID)],
    ] {
        let credentials = from_env(good);
        assert!(
            ["account", "key", "token"].iter().any(|kind| credentials.starts_with(kind)),
            "{credentials}"
        );
    }
}

#[test]
fn an_unsupported_login_is_named() {
    let people = message("[default]\nauth_type = \"user_account\"", &[]);
    assert!(people.contains("line 2) is `user_account`, which is a login for people"), "{people}");
    let unknown = message("[default]\n\nauth_type = \"workload_identity\"", &[]);
    assert!(unknown.contains("line 3) is `workload_identity`, which this version does not know"));
    for known in ["service_account", "api_keys", "user_account", "no_auth"] {
        assert!(unknown.contains(known), "{unknown}");
    }
    let odd = message("[default]\nauth_type = \"Hunter2 \\u001b[2J\"", &[]);
    assert!(odd.contains("is a value, which this version does not know"), "{odd}");
}

#[test]
fn a_missing_profile_is_named_with_its_variable() {
    let named = message("[a]\n[b]\n", &[("MONGODB_ATLAS_PROFILE", "no\u{1b}[2J\nbody")]);
    assert!(named.contains("has no profile `no[2J body`, which MONGODB_ATLAS_PROFILE names"));
    assert!(named.ends_with("its profiles are a, b"), "{named}");
    // Several profiles, and none is `default`.
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "[a]\n[b]\n");
    let settings = load(folder.path(), &[], None).unwrap();
    let message = settings.no_credentials().to_string();
    assert!(
        message
            .contains("has no profile `default`, and no profile was named; its profiles are a, b"),
        "{message}"
    );
}

#[test]
fn every_setting_knows_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "[default]\nproject_id = \"p\"\norg_id = \"o\"\nbase_url = \"http://x\"\n",
    );
    let variables = [("MONGODB_ATLAS_ORG_ID", "o"), ("MONGODB_ATLAS_ACCESS_TOKEN", "t")];
    let settings = load(folder.path(), &variables, None).unwrap();
    let origin = |setting| settings.origin(setting).unwrap().to_owned();
    assert!(origin(Setting::ProjectId).starts_with("project_id of the profile `default` ("));
    assert!(origin(Setting::ProjectId).ends_with("config.toml, line 2)"));
    assert_eq!(origin(Setting::OrgId), "MONGODB_ATLAS_ORG_ID");
    assert_eq!(origin(Setting::Credentials), "MONGODB_ATLAS_ACCESS_TOKEN");
    assert!(origin(Setting::BaseUrl).ends_with("line 4)"));
}
