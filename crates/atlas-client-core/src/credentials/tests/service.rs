//! Where credentials are sent: those of the Government service are sent nowhere else.

use super::*;
use crate::{BuildError, Setting, Transport};

const COMMERCIAL: &str = "https://cloud.mongodb.com";
const GOVERNMENT: &str = "https://cloud.mongodbgov.com";
const TOKEN: (&str, &str) = ("MONGODB_ATLAS_ACCESS_TOKEN", "t");
const GOV: (&str, &str) = ("MONGODB_ATLAS_SERVICE", "cloudgov");
const CLOUD: (&str, &str) = ("MONGODB_ATLAS_SERVICE", "cloud");

/// Returns where requests are sent with these variables and this default profile, or the error.
fn target(variables: &[(&str, &str)], profile: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &format!("[default]\n{profile}"));
    let settings = match load(folder.path(), variables, None) {
        Ok(settings) => settings,
        Err(error) => return error.to_string(),
    };
    match Transport::builder().settings(&settings).build() {
        Ok(transport) => transport.base_url().to_owned(),
        Err(error) => error.to_string(),
    }
}

const KEY: &str = "public_api_key = \"p\"\nprivate_api_key = \"q\"\n";

#[test]
fn each_source_of_the_service_decides_where_requests_are_sent() {
    for (variables, profile, expected) in [
        (&[TOKEN][..], String::new(), COMMERCIAL),
        (&[TOKEN, GOV], String::new(), GOVERNMENT),
        (&[TOKEN, CLOUD], String::new(), COMMERCIAL),
        // The profile's service also applies to the environment's credentials, unless it has its own.
        (&[TOKEN], "service = \"cloudgov\"".into(), GOVERNMENT),
        (&[TOKEN], "SERVICE = \"cloudgov\"".into(), GOVERNMENT),
        (&[TOKEN, CLOUD], "service = \"cloudgov\"".into(), COMMERCIAL),
        (&[TOKEN, GOV], "service = \"cloud\"".into(), GOVERNMENT),
        (&[], KEY.into(), COMMERCIAL),
        (&[GOV], KEY.into(), GOVERNMENT),
        (&[], format!("{KEY}service = \"cloudgov\""), GOVERNMENT),
        (&[GOV], format!("{KEY}service = \"cloudgov\""), GOVERNMENT),
        (&[], format!("{KEY}service = \"\""), COMMERCIAL),
        // A profile with an unsupported login still sets the service.
        (&[TOKEN], "auth_type = \"user_account\"\nservice = \"cloudgov\"".into(), GOVERNMENT),
        (&[TOKEN], "client_id = \"half\"\nservice = \"cloudgov\"".into(), GOVERNMENT),
        // A base URL has precedence, unless it is that of the other service.
        (
            &[TOKEN, GOV, ("MONGODB_ATLAS_BASE_URL", "http://localhost:1")],
            String::new(),
            "http://localhost:1",
        ),
        (&[TOKEN, GOV], "base_url = \"http://localhost:1\"".into(), "http://localhost:1"),
        (
            &[CLOUD, ("MONGODB_ATLAS_BASE_URL", "http://localhost:1")],
            format!("{KEY}service = \"cloudgov\""),
            "http://localhost:1",
        ),
        (&[("MCLI_ACCESS_TOKEN", "t"), ("MCLI_SERVICE", "cloudgov")], String::new(), GOVERNMENT),
    ] {
        assert_eq!(target(variables, &profile), expected, "{variables:?} {profile}");
    }
}

#[test]
fn a_contradiction_is_refused_and_names_both_sides() {
    let gov_key = format!("{KEY}service = \"cloudgov\"");
    for (variables, profile, expected) in [
        (&[CLOUD][..], gov_key.clone(), ["line 4", "MONGODB_ATLAS_SERVICE is `cloud`"]),
        (&[GOV], format!("{KEY}service = \"cloud\""), ["line 4", "is `cloudgov`"]),
        (
            &[TOKEN, GOV, ("MONGODB_ATLAS_BASE_URL", "https://CLOUD.mongodb.com./")],
            String::new(),
            ["MONGODB_ATLAS_SERVICE", "MONGODB_ATLAS_BASE_URL is the address of MongoDB Atlas"],
        ),
        (
            &[CLOUD, ("MONGODB_ATLAS_OPS_MANAGER_URL", COMMERCIAL)],
            gov_key.clone(),
            ["service of the profile `default`", "MONGODB_ATLAS_OPS_MANAGER_URL"],
        ),
        (
            &[TOKEN, GOV],
            "base_url = \"https://cloud-qa.mongodb.com\"".into(),
            ["MONGODB_ATLAS_SERVICE", "line 2"],
        ),
        (
            &[("MCLI_ACCESS_TOKEN", "t"), GOV],
            String::new(),
            ["MONGODB_ATLAS_SERVICE says", "MCLI_ACCESS_TOKEN is set"],
        ),
    ] {
        let message = target(variables, &profile);
        for part in expected {
            assert!(message.contains(part), "{variables:?} {profile}: {message}");
        }
    }
}

#[test]
fn an_unknown_service_is_an_error_with_its_origin() {
    let from_environment = target(&[TOKEN, ("MONGODB_ATLAS_SERVICE", "cloud-gov")], "");
    assert!(from_environment.starts_with("MONGODB_ATLAS_SERVICE is `cloud-gov`"));
    assert!(from_environment.contains("cloud (MongoDB Atlas) or cloudgov"), "{from_environment}");
    let from_profile = target(&[], &format!("{KEY}service = \"CloudGov\""));
    assert!(from_profile.starts_with("service of the profile `default` ("), "{from_profile}");
    assert!(
        from_profile.contains("config.toml, line 4) is a value, which this version does not know")
    );
    let no_text = target(&[TOKEN], "service = [\"cloudgov\"]");
    assert!(no_text.contains("line 2, column 1: service of the profile `default` is not a string"));
    // The profile is not used if the environment sets everything.
    assert_eq!(target(&[TOKEN, CLOUD], "service = \"x\""), COMMERCIAL);
}

#[test]
fn a_malformed_file_does_not_hide_the_government_service() {
    let message = target(&[TOKEN], "service = \"cloudgov\"\nproject_id = x");
    assert!(message.contains("config.toml, line 3, column"), "{message}");
    let cloud = target(&[TOKEN], "project_id = x");
    assert_eq!(cloud, COMMERCIAL);
    for say in [CLOUD, ("MONGODB_ATLAS_BASE_URL", COMMERCIAL)] {
        assert_eq!(target(&[TOKEN, say], "service = \"cloudgov\"\nproject_id = x"), COMMERCIAL);
    }
}

#[test]
fn credentials_remember_their_service() {
    let gov = Settings::from_environment(&environment(&[TOKEN, GOV])).unwrap();
    let builder = || Transport::builder().credentials(gov.credentials.clone().unwrap());
    assert_eq!(builder().build().unwrap().base_url(), GOVERNMENT);
    assert!(matches!(builder().base_url(COMMERCIAL).build(), Err(BuildError::Government)));
    let local = builder().base_url("http://localhost").build().unwrap();
    assert_eq!(local.base_url(), "http://localhost");
    assert_eq!(gov.origin(Setting::BaseUrl), Some("MONGODB_ATLAS_SERVICE"));
    assert_eq!(gov.origin(Setting::Credentials), Some("MONGODB_ATLAS_ACCESS_TOKEN"));
}

#[test]
#[cfg(not(target_os = "macos"))]
fn a_named_profile_uses_only_the_service_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &format!("[a]\n{KEY}[b]\n{KEY}service = \"cloudgov\"\n"));
    let load = |name, variables: &[(&str, &str)]| {
        let home = folder.path().to_str().unwrap();
        let all = [variables, &[("XDG_CONFIG_HOME", home), ("AppData", home)]].concat();
        Settings::from_profile_with(&environment(&all), name, &|_, _| Ok(None))
    };
    // Other variables are not read.
    let others = [("MONGODB_ATLAS_CLIENT_ID", "i"), ("MONGODB_ATLAS_BASE_URL", "http://x")];
    let settings = load("a", &others).unwrap();
    assert_eq!(
        (shown(settings.credentials.as_ref()).as_str(), settings.base_url),
        ("key p q", None)
    );
    for (name, variables) in [("a", &[GOV][..]), ("b", &[GOV]), ("b", &[CLOUD]), ("b", &[])] {
        let settings = load(name, variables).unwrap();
        assert_eq!(settings.base_url.as_deref(), Some(GOVERNMENT), "{name} {variables:?}");
    }
}
