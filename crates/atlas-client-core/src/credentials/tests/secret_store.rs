//! Profiles whose secrets the official CLI has put into the operating system's secret store.

use std::cell::RefCell;

use super::*;
use crate::Transport;

const ACCOUNT: &str = "[mine]\nauth_type = \"service_account\"\n";

/// The entries of a store, and which of them were asked for.
struct Entries {
    known: &'static [(&'static str, &'static str, &'static str)],
    asked: RefCell<Vec<String>>,
}

impl Entries {
    fn new(known: &'static [(&str, &str, &str)]) -> Self {
        Self { known, asked: RefCell::default() }
    }

    fn read(&self, service: &str, user: &str) -> Option<String> {
        self.asked.borrow_mut().push(format!("{service} {user}"));
        let found = self.known.iter().find(|(s, u, _)| (*s, *u) == (service, user));
        found.map(|(.., secret)| (*secret).to_owned())
    }
}

fn load_profile(
    profile: &str,
    variables: &[(&str, &str)],
    store: Store<'_>,
) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), profile);
    load_from(folder.path(), variables, None, store)
}

#[test]
fn secrets_are_read_from_the_store_as_the_official_cli_names_them() {
    let store = Entries::new(&[
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
fn the_store_is_asked_only_where_its_answer_is_needed() {
    let store = Entries::new(&[]);
    let read = |service: &str, user: &str| Ok(store.read(service, user));
    let key = "[mine]\npublic_api_key = \"p\"\nprivate_api_key = \"q\"\n";
    for (profile, variables) in [
        (key, &[][..]),
        ("[mine]\nauth_type = \"no_auth\"", &[]),
        (ACCOUNT, &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")]),
    ] {
        load_profile(profile, variables, &read).unwrap();
        assert_eq!(*store.asked.borrow(), [""; 0], "{profile}");
    }
    // A store that is not there is not waited for again.
    let asked = RefCell::new(0);
    let broken = |_: &str, _: &str| {
        *asked.borrow_mut() += 1;
        Err(SecretStoreProblem::NotAvailable("no D-Bus".into()))
    };
    load_profile("[mine]\nproject_id = \"p\"", &[], &broken).unwrap();
    assert_eq!(*asked.borrow(), 1);
}

#[test]
fn what_the_store_does_not_give_is_told_where_it_is_needed() {
    use SecretStoreProblem::{NotAvailable, NotCompiled, Unusable};
    let problems: [(Option<SecretStoreProblem>, &str); 4] = [
        (
            Some(NotAvailable("no D-Bus\nerror: x".into())),
            "which is not available because no D-Bus error: x",
        ),
        (Some(NotCompiled), "built without the feature `keyring`"),
        (Some(Unusable("several".into())), "cannot be used: several"),
        (None, "which has no entry `client_id` of `atlascli_mine`"),
    ];
    for (problem, said) in problems {
        let store = |_: &str, _: &str| problem.clone().map_or(Ok(None), Err);
        // Not before: a dry run needs no credentials.
        let settings = load_profile(&format!("{ACCOUNT}project_id = \"p\""), &[], &store).unwrap();
        assert_eq!(settings.project_id.as_deref(), Some("p"));
        let message = settings.no_credentials().to_string();
        assert!(message.starts_with("the profile `mine` of "), "{message}");
        assert!(message.contains("config.toml keeps its secrets in the operating system's secret"));
        assert!(message.contains(said), "{message}");
        assert!(
            message.contains("set MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET"),
            "{message}"
        );
        let built = Transport::builder().settings(&settings).build().unwrap_err();
        assert_eq!(built.to_string(), message);
    }
    // Where nothing says that the profile has credentials, the store may be the reason.
    let store = |_: &str, _: &str| Err(NotAvailable("no D-Bus".into()));
    let settings = load_profile("[mine]\nproject_id = \"p\"", &[], &store).unwrap();
    let message = settings.no_credentials().to_string();
    assert!(message.starts_with("no credentials are set"), "{message}");
    assert!(message.contains("profile `mine`") && message.contains("no D-Bus"), "{message}");
}

#[test]
fn half_a_pair_in_the_store_is_half_a_pair() {
    let store = |_: &str, user: &str| Ok((user == "client_id").then(|| "i".to_owned()));
    let message = load_profile(ACCOUNT, &[], &store).unwrap_err().to_string();
    assert!(message.starts_with("client_id of the profile `mine` is set, but client_secret"));
}
