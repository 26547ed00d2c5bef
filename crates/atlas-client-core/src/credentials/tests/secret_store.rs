//! Profiles whose secrets are in the operating system's secret store.

use std::cell::RefCell;

use super::*;
use crate::Transport;

const ACCOUNT: &str = "[mine]\nauth_type = \"service_account\"\n";

/// A secret store that records which entries were read.
struct FakeStore {
    known: &'static [(&'static str, &'static str, &'static str)],
    reads: RefCell<Vec<String>>,
}

impl FakeStore {
    fn new(known: &'static [(&str, &str, &str)]) -> Self {
        Self { known, reads: RefCell::default() }
    }

    fn read(&self, service: &str, user: &str) -> Option<String> {
        self.reads.borrow_mut().push(format!("{service} {user}"));
        let found = self.known.iter().find(|(s, u, _)| (*s, *u) == (service, user));
        found.map(|(.., secret)| (*secret).to_owned())
    }
}

fn load_profile(
    profile: &str,
    variables: &[(&str, &str)],
    store: SecretStore<'_>,
) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), profile);
    load_from(folder.path(), variables, None, store)
}

#[test]
fn secrets_are_read_under_the_names_of_the_official_cli() {
    let store = FakeStore::new(&[
        ("atlascli_mine", "client_id", "i"),
        ("atlascli_mine", "client_secret", "s"),
    ]);
    let store = |service: &str, user: &str| Ok(store.read(service, user));
    for profile in [ACCOUNT, "[Mine]\nproject_id = \"p\"\n", "[mine]\nclient_id = \"i\""] {
        let settings = load_profile(profile, &[], &store).unwrap();
        assert_eq!(shown(settings.credentials.as_ref()), "account i s", "{profile}");
    }
}

#[test]
fn the_store_is_read_only_if_needed() {
    let store = FakeStore::new(&[]);
    let read = |service: &str, user: &str| Ok(store.read(service, user));
    let key = "[mine]\npublic_api_key = \"p\"\nprivate_api_key = \"q\"\n";
    for (profile, variables) in [
        (key, &[][..]),
        ("[mine]\nauth_type = \"no_auth\"", &[]),
        (ACCOUNT, &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")]),
    ] {
        load_profile(profile, variables, &read).unwrap();
        assert_eq!(*store.reads.borrow(), [""; 0], "{profile}");
    }
    // A store that fails is not read again.
    let reads = RefCell::new(0);
    let broken = |_: &str, _: &str| {
        *reads.borrow_mut() += 1;
        Err(SecretStoreProblem::NotAvailable("no D-Bus".into()))
    };
    load_profile("[mine]\nproject_id = \"p\"", &[], &broken).unwrap();
    assert_eq!(*reads.borrow(), 1);
}

#[test]
fn a_problem_of_the_store_is_reported_when_credentials_are_needed() {
    use SecretStoreProblem::{NotAvailable, NotCompiled, Unusable};
    let problems: [(Option<SecretStoreProblem>, &str, &str); 4] = [
        (
            Some(NotAvailable("no D-Bus\nerror: x".into())),
            "which is not available: no D-Bus error: x",
            "; start or unlock it, or set ",
        ),
        (
            Some(NotCompiled),
            "built without the feature `keyring`",
            "another login with the Atlas CLI stores them there again",
        ),
        (
            Some(Unusable("several".into())),
            "cannot be used: several",
            "log in with the Atlas CLI again",
        ),
        (
            None,
            "which has no entry `client_id` of `atlascli_mine`",
            "log in with the Atlas CLI again",
        ),
    ];
    for (problem, expected, way_out) in problems {
        let store = |_: &str, _: &str| problem.clone().map_or(Ok(None), Err);
        // Not earlier: a dry run needs no credentials.
        let settings = load_profile(&format!("{ACCOUNT}project_id = \"p\""), &[], &store).unwrap();
        assert_eq!(settings.project_id.as_deref(), Some("p"));
        let message = settings.no_credentials().to_string();
        assert!(message.starts_with("the secrets of the profile `mine` of "), "{message}");
        assert!(message.contains("config.toml are in the operating system's secret store"));
        assert!(message.contains(expected) && message.contains(way_out), "{message}");
        assert!(
            message.contains("set MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET"),
            "{message}"
        );
        let built = Transport::builder().settings(&settings).build().unwrap_err();
        assert_eq!(built.to_string(), message);
    }
    // The store may be the reason even if nothing says that the profile has credentials.
    let store = |_: &str, _: &str| Err(NotAvailable("no D-Bus".into()));
    let settings = load_profile("[mine]\nproject_id = \"p\"", &[], &store).unwrap();
    let message = settings.no_credentials().to_string();
    assert!(message.starts_with("no credentials are set"), "{message}");
    assert!(message.contains("profile `mine`") && message.contains("no D-Bus"), "{message}");
}

#[test]
fn an_incomplete_pair_in_the_store_is_an_error() {
    let store = |_: &str, user: &str| Ok((user == "client_id").then(|| "i".to_owned()));
    let message = load_profile(ACCOUNT, &[], &store).unwrap_err().to_string();
    assert!(message.starts_with("client_id of the profile `mine` is set, but client_secret"));
}
