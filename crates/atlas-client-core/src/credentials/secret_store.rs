//! Reads the operating system's secret store. The official Atlas CLI stores the secrets of a profile there:
//! the service is `atlascli_` and the name of the profile, the user is the name of the property.

use super::error::SecretStoreProblem;

/// Reads an entry by its service and user. Returns `None` if the store has no such entry.
pub(super) type SecretStore<'a> =
    &'a dyn Fn(&str, &str) -> Result<Option<String>, SecretStoreProblem>;

/// Returns the service of the secrets of a profile.
pub(super) fn service(profile: &str) -> String {
    format!("atlascli_{profile}")
}

/// Fails: the feature `keyring` is disabled.
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

    /// How long the store may take. Long enough for a person to unlock it.
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// Reads an entry of the operating system's secret store.
    pub(in crate::credentials) fn read(
        service: &str,
        user: &str,
    ) -> Result<Option<String>, SecretStoreProblem> {
        let (service, user) = (service.to_owned(), user.to_owned());
        let found =
            with_timeout(TIMEOUT, move || entry(&service, &user).map(Some).or_else(problem))?;
        found.map(decode).transpose()
    }

    fn entry(service: &str, user: &str) -> Result<Vec<u8>, Error> {
        if Store::store_status().is_err() {
            return Err(Error::NoDefaultStore);
        }
        // The name that the library of the Atlas CLI uses in the Windows Credential Manager.
        let target = format!("{service}:{user}");
        let modifiers = if cfg!(windows) {
            HashMap::from([("target", target.as_str())])
        } else {
            HashMap::new()
        };
        Entry::new_with_modifiers(service, user, &modifiers)?.get_secret()
    }

    /// Calls a function that may hang, on its own thread. If it hangs, the thread keeps running.
    fn with_timeout<T: Send + 'static>(
        limit: Duration,
        read: impl FnOnce() -> Result<T, SecretStoreProblem> + Send + 'static,
    ) -> Result<T, SecretStoreProblem> {
        let (sender, receiver) = mpsc::channel();
        let reader = std::thread::Builder::new().name("secret-store".to_owned()).spawn(move || {
            // Fails if the caller no longer waits.
            let _ = sender.send(read());
        });
        let not_available = |reason: String| SecretStoreProblem::NotAvailable(reason.into());
        reader.map_err(|error| not_available(error.to_string()))?;
        receiver.recv_timeout(limit).unwrap_or_else(|error| match error {
            mpsc::RecvTimeoutError::Timeout => {
                Err(not_available(format!("it did not respond within {} s", limit.as_secs())))
            }
            mpsc::RecvTimeoutError::Disconnected => {
                Err(not_available("reading it failed".to_owned()))
            }
        })
    }

    /// Converts an error. `Debug`, and `Display` of errors with data, could show the secret.
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
            Error::Ambiguous(_) => Unusable("several entries have the same name".into()),
            _ => Unusable("it is not text".into()),
        })
    }

    /// Decodes a secret. The library of the Atlas CLI encodes secrets on macOS.
    fn decode(secret: Vec<u8>) -> Result<String, SecretStoreProblem> {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;

        let bytes = match secret.strip_prefix(b"go-keyring-base64:") {
            None => Some(secret),
            Some(coded) => STANDARD.decode(coded).ok(),
        };
        let problem = "it does not have the format of the Atlas CLI";
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| SecretStoreProblem::Unusable(problem.into()))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_store_that_hangs_causes_a_timeout() {
            let (_held, never) = mpsc::channel::<()>();
            let hangs = with_timeout(Duration::from_millis(1), move || {
                let _ = never.recv();
                Ok(())
            });
            let Err(SecretStoreProblem::NotAvailable(reason)) = hangs else { panic!("{hangs:?}") };
            assert!(reason.to_string().contains("did not respond"), "{reason}");
        }

        #[test]
        fn problems_with_an_entry_are_distinct_and_do_not_show_the_secret() {
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
                assert_eq!(decode(stored.into()).unwrap(), secret);
            }
            for wrong in [&b"go-keyring-base64:!"[..], b"\xff"] {
                assert!(matches!(decode(wrong.to_vec()), Err(Unusable(_))));
            }
        }
    }
}
