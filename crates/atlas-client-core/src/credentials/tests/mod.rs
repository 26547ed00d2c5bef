//! Reading the environment and profiles. No test reads this machine's secret store.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::environment::Environment;
use super::secret_store::SecretStore;
use super::{Credentials, Kind, SecretStoreProblem, Settings, SettingsError};

mod hostile;
mod messages;
mod secret_store;
mod service;

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(
        variables.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))).collect(),
    )
}

/// Returns the credentials as a text that can be compared.
fn shown(credentials: Option<&Credentials>) -> String {
    match credentials.map(|credentials| &credentials.kind) {
        Some(Kind::ApiKey { public, private }) => {
            format!("key {public} {}", private.expose())
        }
        Some(Kind::ServiceAccount { id, secret }) => {
            format!("account {id} {}", secret.expose())
        }
        Some(Kind::BearerToken(token)) => format!("token {}", token.expose()),
        None => "none".to_owned(),
    }
}

fn from_env(variables: &[(&str, &str)]) -> String {
    match Settings::from_environment(&environment(variables)) {
        Ok(settings) => shown(settings.credentials.as_ref()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_environment_is_read_in_the_order_of_the_official_cli() {
    let account = [("MONGODB_ATLAS_CLIENT_ID", "i"), ("MONGODB_ATLAS_CLIENT_SECRET", "s")];
    let key = [("MONGODB_ATLAS_PUBLIC_API_KEY", "p"), ("MONGODB_ATLAS_PRIVATE_API_KEY", "q")];
    let other_key = [("MONGODB_ATLAS_PUBLIC_KEY", "p"), ("MONGODB_ATLAS_PRIVATE_KEY", "q")];
    let token = [("MONGODB_ATLAS_ACCESS_TOKEN", "t")];
    assert_eq!(from_env(&[]), "none");
    assert_eq!(from_env(&token), "token t");
    assert_eq!(from_env(&other_key), "key p q");
    assert_eq!(from_env(&[key, other_key].concat()), "key p q");
    assert_eq!(from_env(&[&key[..], &token[..]].concat()), "key p q");
    assert_eq!(from_env(&[&token[..], &key[..], &account[..]].concat()), "account i s");
    assert_eq!(from_env(&[("MONGODB_ATLAS_ACCESS_TOKEN", "")]), "none");
    assert_eq!(from_env(&[&token[..], &[("MCLI_ORG_ID", "")]].concat()), "token t");
}

#[test]
fn one_variable_with_the_old_prefix_requires_it_for_all() {
    let old = [("MCLI_PUBLIC_API_KEY", "p"), ("MCLI_PRIVATE_API_KEY", "q")];
    assert_eq!(from_env(&old), "key p q");
    assert_eq!(from_env(&[&old[..], &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")]].concat()), "key p q");
    assert_eq!(from_env(&[("MCLI_ORG_ID", "x"), ("MONGODB_ATLAS_ACCESS_TOKEN", "t")]), "none");
}

#[test]
fn an_incomplete_pair_names_the_missing_half() {
    for (set, missing) in [
        ("MONGODB_ATLAS_CLIENT_ID", "MONGODB_ATLAS_CLIENT_SECRET"),
        ("MONGODB_ATLAS_CLIENT_SECRET", "MONGODB_ATLAS_CLIENT_ID"),
        ("MONGODB_ATLAS_PUBLIC_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"),
        ("MONGODB_ATLAS_PRIVATE_API_KEY", "MONGODB_ATLAS_PUBLIC_API_KEY"),
        ("MCLI_CLIENT_ID", "MCLI_CLIENT_SECRET"),
    ] {
        let message = from_env(&[(set, "x"), ("MONGODB_ATLAS_ACCESS_TOKEN", "t")]);
        assert!(message.starts_with(&format!("{set} is set, but {missing} is not")), "{message}");
    }
}

#[test]
fn the_environment_sets_the_base_url_and_the_defaults() {
    let both = environment(&[
        ("MONGODB_ATLAS_BASE_URL", "https://b"),
        ("MONGODB_ATLAS_OPS_MANAGER_URL", "https://o/"),
        ("MONGODB_ATLAS_PROJECT_ID", "p"),
        ("MONGODB_ATLAS_ORG_ID", "o"),
    ]);
    let settings = Settings::from_environment(&both).unwrap();
    assert_eq!(settings.base_url.as_deref(), Some("https://o/"));
    assert_eq!(settings.project_id.as_deref(), Some("p"));
    assert_eq!(settings.org_id.as_deref(), Some("o"));
}

const PROFILES: &str = r#"
version = 2
telemetry_enabled = false
[default]
public_api_key = "hunter2-public"
private_api_key = "hunter2-private"
project_id = "p"
[Account]
auth_type = "service_account"
client_id = "i"
client_secret = "s"
service = "cloudgov"
[half]
public_api_key = "p"
[person]
auth_type = "user_account"
access_token = "t"
[elsewhere]
ops_manager_url = "https://o/"
base_url = "https://b/"
"#;

fn write(folder: &Path, text: &str) {
    let file = folder.join("atlascli").join("config.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn load(
    folder: &Path,
    variables: &[(&str, &str)],
    name: Option<&str>,
) -> Result<Settings, SettingsError> {
    load_from(folder, variables, name, &|_, _| Ok(None))
}

fn load_from(
    folder: &Path,
    variables: &[(&str, &str)],
    name: Option<&str>,
    store: SecretStore<'_>,
) -> Result<Settings, SettingsError> {
    let folder = folder.to_str().unwrap();
    let all =
        [variables, &[("XDG_CONFIG_HOME", folder), ("AppData", folder), ("HOME", folder)]].concat();
    Settings::load_with(&environment(&all), name, store)
}

#[test]
#[cfg(not(target_os = "macos"))]
fn profiles_are_read_as_the_official_cli_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(load(folder, &[], None).unwrap().credentials.is_none());
    assert!(matches!(load(folder, &[], Some("x")), Err(SettingsError::Unreadable { .. })));

    write(folder, PROFILES);
    let default = load(folder, &[], None).unwrap();
    assert_eq!(shown(default.credentials.as_ref()), "key hunter2-public hunter2-private");
    assert_eq!((default.project_id.as_deref(), default.warnings.len()), (Some("p"), 0));
    let account = load(folder, &[], Some("ACCOUNT")).unwrap();
    assert_eq!(shown(account.credentials.as_ref()), "account i s");
    assert_eq!(account.base_url.as_deref(), Some("https://cloud.mongodbgov.com"));
    let named = load(folder, &[("MONGODB_ATLAS_PROFILE", "account")], None).unwrap();
    assert_eq!(shown(named.credentials.as_ref()), "account i s");
    let elsewhere = load(folder, &[], Some("elsewhere")).unwrap();
    assert_eq!(elsewhere.base_url.as_deref(), Some("https://o/"));

    // The environment has precedence over the profile.
    let mixed = load(folder, &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")], None).unwrap();
    assert_eq!(shown(mixed.credentials.as_ref()), "token t");
    assert_eq!(mixed.project_id.as_deref(), Some("p"));

    let message = |name| load(folder, &[], Some(name)).unwrap_err().to_string();
    assert!(
        message("half")
            .starts_with("public_api_key of the profile `half` is set, but private_api_key")
    );
    assert!(message("person").contains("`user_account`"));
    let unknown = message("nobody");
    assert!(unknown.contains("no profile `nobody`") && unknown.contains("account"), "{unknown}");
}

/// The bug: a profile that has nothing to do with the variables of a job changes which of them is used.
#[test]
#[cfg(not(target_os = "macos"))]
fn variables_do_not_depend_on_the_profile_and_a_profile_uses_what_its_auth_type_says() {
    const BOTH: &str = "public_api_key = \"p\"\nprivate_api_key = \"q\"\nclient_id = \"i\"\nclient_secret = \"s\"\n";
    let variables = [
        ("MONGODB_ATLAS_CLIENT_ID", "env-i"),
        ("MONGODB_ATLAS_CLIENT_SECRET", "env-s"),
        ("MONGODB_ATLAS_PUBLIC_API_KEY", "env-p"),
        ("MONGODB_ATLAS_PRIVATE_API_KEY", "env-q"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (auth_type, of_profile) in [
        ("auth_type = \"service_account\"\n", "account i s"),
        ("auth_type = \"api_keys\"\n", "key p q"),
        ("", "account i s"),
    ] {
        write(folder.path(), &format!("[default]\n{auth_type}{BOTH}"));
        let settings = load(folder.path(), &variables, None).unwrap();
        assert_eq!(shown(settings.credentials.as_ref()), "account env-i env-s", "{auth_type}");
        let settings = load(folder.path(), &[], None).unwrap();
        assert_eq!(shown(settings.credentials.as_ref()), of_profile, "{auth_type}");
    }
}

/// The bug: an unrelated problem of the file of profiles, or a locked secret store, changes or delays the output.
#[test]
#[cfg(not(target_os = "macos"))]
fn the_output_and_the_version_are_those_of_the_environment_else_of_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let output = |variables: &[(&str, &str)], name| {
        let path = folder.path().to_str().unwrap();
        let all = [variables, &[("XDG_CONFIG_HOME", path), ("HOME", path)]].concat();
        Settings::output_with(&environment(&all), name)
    };
    assert_eq!(output(&[], None), None);
    let json = "[default]\noutput = \"json\"\n[Other]\nOutput = \"plaintext\"\n[none]\noutput = \"\"\n[bad]\noutput = 1";
    write(folder.path(), json);
    let named = |name| output(&[], Some(name)).map(|(_, output)| output);
    let (origin, default) = output(&[], None).unwrap();
    assert_eq!(default, "json");
    assert!(
        origin.contains("output of the profile `default`") && origin.contains("line 2"),
        "{origin}"
    );
    assert_eq!(named("other").as_deref(), Some("plaintext"));
    for name in ["none", "bad", "missing"] {
        assert_eq!(named(name), None, "{name}");
    }
    let profile = ("MONGODB_ATLAS_PROFILE", "other");
    assert_eq!(output(&[profile], None).unwrap().1, "plaintext");
    let (origin, variable) = output(&[profile, ("MONGODB_ATLAS_OUTPUT", "yaml")], None).unwrap();
    assert_eq!((origin.as_str(), variable.as_str()), ("MONGODB_ATLAS_OUTPUT", "yaml"));
    let both = [("XDG_CONFIG_HOME", folder.path().to_str().unwrap())];
    let version = |variables| Settings::api_version_with(&environment(variables), None);
    write(folder.path(), "[default]\noutput = \"json\"\napi_version = \"2023-01-01\"");
    assert_eq!(version(&both).unwrap().1, "2023-01-01");
    let variable = [both[0], ("MONGODB_ATLAS_API_VERSION", "2024-05-30")];
    assert_eq!(version(&variable).unwrap().1, "2024-05-30");
    write(folder.path(), "nonsense");
    assert_eq!(output(&[], None), None);
}

#[test]
#[cfg(not(target_os = "macos"))]
fn the_only_profile_is_used() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "version = 2\n[mine]\nclient_id = \"i\"\nclient_secret = \"s\"");
    let settings = load(folder.path(), &[], None).unwrap();
    assert_eq!(shown(settings.credentials.as_ref()), "account i s");
}

#[test]
#[cfg(unix)]
#[cfg(not(target_os = "macos"))]
fn a_file_that_other_users_can_read_causes_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), PROFILES);
    let file = folder.path().join("atlascli/config.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let settings = load(folder.path(), &[], None).unwrap();
    assert!(settings.warnings[0].contains("chmod 600"), "{:?}", settings.warnings);
}

#[test]
fn debug_shows_no_secret() {
    for credentials in [
        Credentials::api_key("public", "hunter2"),
        Credentials::service_account("id", "hunter2"),
        Credentials::bearer_token("hunter2"),
    ] {
        let shown = format!(
            "{credentials:?} {:?}",
            Settings { credentials: Some(credentials.clone()), ..Settings::default() }
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
