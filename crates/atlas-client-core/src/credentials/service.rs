//! [`Service`]: the Atlas service that a credential belongs to.

use super::error::{SettingsError, name_only};

/// The Atlas service that a credential belongs to, from a variable or property named `service`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// MongoDB Atlas.
    Commercial,
    /// MongoDB Atlas for Government, which has separate accounts.
    Government,
}

impl Service {
    /// The names that the official Atlas CLI uses.
    const NAMES: [(&str, Self); 2] = [("cloud", Self::Commercial), ("cloudgov", Self::Government)];

    /// Parses the name of a service, and keeps its origin.
    pub(super) fn parse(origin: String, name: &str) -> Result<(String, Self), SettingsError> {
        match Self::NAMES.iter().find(|(known, _)| *known == name) {
            Some((_, service)) => Ok((origin, *service)),
            None => Err(SettingsError::UnknownService { service: name_only(name), origin }),
        }
    }

    /// Returns the name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Commercial => "cloud",
            Self::Government => "cloudgov",
        }
    }

    /// Returns the base URL.
    pub(crate) const fn base_url(self) -> &'static str {
        match self {
            Self::Commercial => "https://cloud.mongodb.com",
            Self::Government => "https://cloud.mongodbgov.com",
        }
    }

    /// Returns whether a credential of this service may be sent to a host. Hosts that do not belong to
    /// MongoDB, such as a proxy or a simulator, are allowed.
    pub(crate) fn may_send_to(self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_commercial = host == "mongodb.com" || host.ends_with(".mongodb.com");
        self != Self::Government || !is_commercial
    }
}
