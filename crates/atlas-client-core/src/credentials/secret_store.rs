//! The operating system's secret store, where the official Atlas CLI keeps the secrets of a profile:
//! service `atlascli_` and the profile's name, user the property's name.

use super::error::SecretStoreProblem;

/// Reads an entry by its service and user. None where the store has no such entry.
pub(super) type Store<'a> = &'a dyn Fn(&str, &str) -> Result<Option<String>, SecretStoreProblem>;

/// The service under which the Atlas CLI keeps the secrets of a profile.
pub(super) fn service(profile: &str) -> String {
    format!("atlascli_{profile}")
}

/// Without the feature `keyring` no store can be read.
#[cfg(not(feature = "keyring"))]
pub(super) fn read(_: &str, _: &str) -> Result<Option<String>, SecretStoreProblem> {
    Err(SecretStoreProblem::NotCompiled)
}

#[cfg(feature = "keyring")]
pub(super) use self::keyring_store::read;

#[cfg(feature = "keyring")]
mod keyring_store {
    use std::collections::HashMap;
    use std::sync::mpsc;
    use std::time::Duration;

    use keyring::Entry as Store;
    use keyring_core::{Entry, Error};

    use super::SecretStoreProblem;

    /// How long the store may take: long enough for a person to unlock it.
    const LIMIT: Duration = Duration::from_secs(30);

    /// An entry of the operating system's store.
    pub(in crate::credentials) fn read(
        service: &str,
        user: &str,
    ) -> Result<Option<String>, SecretStoreProblem> {
        let (service, user) = (service.to_owned(), user.to_owned());
        let found = within(LIMIT, move || entry(&service, &user).map(Some).or_else(problem))?;
        found.map(plain).transpose()
    }

    fn entry(service: &str, user: &str) -> Result<Vec<u8>, Error> {
        if Store::store_status().is_err() {
            return Err(Error::NoDefaultStore);
        }
        // The name that the Atlas CLI's library gives it in the Windows Credential Manager.
        let target = format!("{service}:{user}");
        let modifiers = if cfg!(windows) {
            HashMap::from([("target", target.as_str())])
        } else {
            HashMap::new()
        };
        Entry::new_with_modifiers(service, user, &modifiers)?.get_secret()
    }

    /// What a function that may hang returns. It runs on a thread of its own, which is left behind where it
    /// does hang.
    fn within<T: Send + 'static>(
        limit: Duration,
        read: impl FnOnce() -> Result<T, SecretStoreProblem> + Send + 'static,
    ) -> Result<T, SecretStoreProblem> {
        let (sender, receiver) = mpsc::channel();
        let reader = std::thread::Builder::new().name("secret-store".to_owned()).spawn(move || {
            // Where nobody waits any more, nobody wants the secret.
            let _ = sender.send(read());
        });
        let not_available = |reason: String| SecretStoreProblem::NotAvailable(reason.into());
        reader.map_err(|error| not_available(error.to_string()))?;
        receiver.recv_timeout(limit).unwrap_or_else(|error| match error {
            mpsc::RecvTimeoutError::Timeout => {
                Err(not_available(format!("it did not answer within {} s", limit.as_secs())))
            }
            mpsc::RecvTimeoutError::Disconnected => {
                Err(not_available("reading it failed".to_owned()))
            }
        })
    }

    /// Not the error's `Debug`, and not the `Display` of what holds data: both can show what was read.
    fn problem<T>(error: Error) -> Result<Option<T>, SecretStoreProblem> {
        use SecretStoreProblem::{NotAvailable, Unusable};
        Err(match error {
            Error::NoEntry => return Ok(None),
            Error::NoDefaultStore => {
                let reason = match Store::store_status() {
                    Err(Error::PlatformFailure(reason) | Error::NoStorageAccess(reason)) => {
                        reason.to_string()
                    }
                    _ => "this machine has none".to_owned(),
                };
                NotAvailable(reason.into())
            }
            Error::PlatformFailure(reason) | Error::NoStorageAccess(reason) => {
                NotAvailable(reason.to_string().into())
            }
            Error::NotSupportedByStore(_) => NotAvailable("it does not support this".into()),
            Error::Ambiguous(_) => Unusable("there are several by the same name".into()),
            _ => Unusable("it is not text".into()),
        })
    }

    /// The Atlas CLI's library wraps secrets so on macOS.
    fn plain(secret: Vec<u8>) -> Result<String, SecretStoreProblem> {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;

        let bytes = match secret.strip_prefix(b"go-keyring-base64:") {
            None => Some(secret),
            Some(coded) => STANDARD.decode(coded).ok(),
        };
        let problem = "it is not written as the Atlas CLI writes it";
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| SecretStoreProblem::Unusable(problem.into()))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_store_that_hangs_is_not_waited_for() {
            let (_held, never) = mpsc::channel::<()>();
            let hangs = within(Duration::from_millis(1), move || {
                let _ = never.recv();
                Ok(())
            });
            let Err(SecretStoreProblem::NotAvailable(reason)) = hangs else { panic!("{hangs:?}") };
            assert!(reason.to_string().contains("did not answer"), "{reason}");
        }

        #[test]
        fn what_is_wrong_with_an_entry_is_told_apart_and_without_the_secret() {
            use SecretStoreProblem::{NotAvailable, Unusable};
            assert!(matches!(problem::<()>(Error::NoEntry), Ok(None)));
            let refused = Error::NoStorageAccess("locked".into());
            assert_eq!(problem::<()>(refused), Err(NotAvailable("locked".into())));
            let encoding = problem::<()>(Error::BadEncoding(b"hunter2".to_vec()));
            assert!(
                matches!(&encoding, Err(Unusable(why)) if !why.to_string().contains("hunter2"))
            );
            for (stored, secret) in
                [("hunter2", "hunter2"), ("go-keyring-base64:aHVudGVyMg==", "hunter2")]
            {
                assert_eq!(plain(stored.into()).unwrap(), secret);
            }
            for wrong in [&b"go-keyring-base64:!"[..], b"\xff"] {
                assert!(matches!(plain(wrong.to_vec()), Err(Unusable(_))));
            }
        }
    }
}
