//! Which half of which credential a value is, where its form says so.

use super::SettingsError;

/// A place for a half of a credential, or for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    ClientId,
    ClientSecret,
    PublicKey,
    PrivateKey,
    Token,
}

impl Slot {
    /// What belongs into it, where its form is known: client IDs and secrets begin with a prefix of their own,
    /// and the private half of an API key is a UUID.
    fn of_value(value: &str) -> Option<Self> {
        if value.starts_with("mdb_sa_id_") {
            Some(Self::ClientId)
        } else if value.starts_with("mdb_sa_sk_") {
            Some(Self::ClientSecret)
        } else {
            is_uuid(value).then_some(Self::PrivateKey)
        }
    }

    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::ClientId => "the client ID of a service account",
            Self::ClientSecret => "the client secret of a service account",
            Self::PublicKey => "the public key of an API key",
            Self::PrivateKey => "the private key of an API key",
            Self::Token => "a bearer token",
        }
    }

    /// The slots of the credential that it is a half of.
    pub(super) const fn pair(self) -> [Self; 2] {
        match self {
            Self::ClientId | Self::ClientSecret => [Self::ClientId, Self::ClientSecret],
            Self::PublicKey | Self::PrivateKey => [Self::PublicKey, Self::PrivateKey],
            Self::Token => [Self::Token, Self::Token],
        }
    }

    /// The variable's name without its prefix.
    pub(super) const fn variable(self) -> &'static str {
        match self {
            Self::ClientId => "CLIENT_ID",
            Self::ClientSecret => "CLIENT_SECRET",
            Self::PublicKey => "PUBLIC_API_KEY",
            Self::PrivateKey => "PRIVATE_API_KEY",
            Self::Token => "ACCESS_TOKEN",
        }
    }

    /// The property's name in a profile.
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

    /// Refuses a value that belongs into another slot. `origin` is where it was found, and `name` names the
    /// slots there.
    pub(super) fn check(
        self,
        value: &str,
        origin: impl FnOnce() -> String,
        name: impl Fn(Self) -> String,
    ) -> Result<(), SettingsError> {
        match Self::of_value(value) {
            // A token that looks like a UUID may be one.
            Some(Self::PrivateKey) if self == Self::Token => Ok(()),
            Some(right) if right != self => Err(SettingsError::MixedUp {
                origin: origin(),
                holds: right.describe(),
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
