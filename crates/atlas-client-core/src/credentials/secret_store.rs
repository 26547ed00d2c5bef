//! The operating system's secret store, where the official Atlas CLI keeps the secrets of a profile:
//! service `atlascli_` and the profile's name, user the property's name.
//!
//! On Windows the CLI names them otherwise than this can ask for; there the environment serves.

use super::SettingsError;

/// A property of a profile, where the store has it.
#[cfg(feature = "keyring")]
pub(super) fn read(profile: &str, property: &str) -> Result<Option<String>, SettingsError> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let (service, property) = (format!("atlascli_{profile}"), property.to_owned());
    // On a thread of its own: the store may wait for an answer, which a caller's runtime must not.
    let reader = std::thread::spawn(move || {
        keyring::Entry::new(&service, &property).and_then(|entry| entry.get_password())
    });
    let secret = match reader.join() {
        Ok(Ok(secret)) => secret,
        // Without a store the CLI keeps its secrets in the file.
        Ok(Err(
            keyring::Error::NoEntry
            | keyring::Error::NoDefaultStore
            | keyring::Error::NoStorageAccess(_)
            | keyring::Error::PlatformFailure(_),
        )) => return Ok(None),
        // Not the error's `Debug`, which can hold what was read.
        Ok(Err(error)) => return Err(SettingsError::SecretStore { reason: error.to_string() }),
        Err(_) => return Err(SettingsError::SecretStore { reason: "it failed".to_owned() }),
    };
    // The CLI's library wraps secrets so on macOS.
    let plain = match secret.strip_prefix("go-keyring-base64:") {
        None => Some(secret),
        Some(coded) => STANDARD.decode(coded).ok().and_then(|bytes| String::from_utf8(bytes).ok()),
    };
    let plain = plain.ok_or_else(|| SettingsError::SecretStore {
        reason: "the secret is not written as the Atlas CLI writes it".to_owned(),
    })?;
    Ok(Some(plain).filter(|secret| !secret.is_empty()))
}

/// Without the feature `keyring` there is none.
#[cfg(not(feature = "keyring"))]
#[allow(clippy::unnecessary_wraps, reason = "the same signature as with the feature")]
pub(super) fn read(_: &str, _: &str) -> Result<Option<String>, SettingsError> {
    Ok(None)
}
