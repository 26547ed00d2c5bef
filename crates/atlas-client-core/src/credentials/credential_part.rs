//! [`CredentialPart`]: detects a value that was set in place of another.

use super::error::SettingsError;

/// Half of a credential, or a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CredentialPart {
    ClientId,
    ClientSecret,
    PublicKey,
    PrivateKey,
    Token,
}

impl CredentialPart {
    /// Detects the part from the form of a value: client IDs and secrets have a prefix, and the private half
    /// of an API key is a UUID.
    fn detect(value: &str) -> Option<Self> {
        if value.starts_with("mdb_sa_id_") {
            Some(Self::ClientId)
        } else if value.starts_with("mdb_sa_sk_") {
            Some(Self::ClientSecret)
        } else {
            is_uuid(value).then_some(Self::PrivateKey)
        }
    }

    const fn describe(self) -> &'static str {
        match self {
            Self::ClientId => "the client ID of a service account",
            Self::ClientSecret => "the client secret of a service account",
            Self::PublicKey => "the public key of an API key",
            Self::PrivateKey => "the private key of an API key",
            Self::Token => "a bearer token",
        }
    }

    /// Returns both halves of the credential.
    pub(super) const fn pair(self) -> [Self; 2] {
        match self {
            Self::ClientId | Self::ClientSecret => [Self::ClientId, Self::ClientSecret],
            Self::PublicKey | Self::PrivateKey => [Self::PublicKey, Self::PrivateKey],
            Self::Token => [Self::Token, Self::Token],
        }
    }

    /// Returns the name of the variable without its prefix.
    pub(super) const fn variable(self) -> &'static str {
        match self {
            Self::ClientId => "CLIENT_ID",
            Self::ClientSecret => "CLIENT_SECRET",
            Self::PublicKey => "PUBLIC_API_KEY",
            Self::PrivateKey => "PRIVATE_API_KEY",
            Self::Token => "ACCESS_TOKEN",
        }
    }

    /// Returns the name of the property in a profile.
    #[cfg(feature = "profile")]
    pub(super) const fn property(self) -> &'static str {
        match self {
            Self::ClientId => "client_id",
            Self::ClientSecret => "client_secret",
            Self::PublicKey => "public_api_key",
            Self::PrivateKey => "private_api_key",
            Self::Token => "access_token",
        }
    }

    /// Refuses a value that has the form of another part. `origin` says where it was found, and `name`
    /// returns the name of a part there.
    pub(super) fn check(
        self,
        value: &str,
        origin: impl FnOnce() -> String,
        name: impl Fn(Self) -> String,
    ) -> Result<(), SettingsError> {
        match Self::detect(value) {
            // A token may look like a UUID.
            Some(Self::PrivateKey) if self == Self::Token => Ok(()),
            Some(right) if right != self => Err(SettingsError::WrongCredential {
                origin: origin(),
                found: right.describe(),
                instead: right.pair().map(name).join(" and "),
            }),
            _ => Ok(()),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
