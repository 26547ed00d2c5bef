//! [`Service`]: which Atlas a credential belongs to.

use super::error::{SettingsError, name_only};

/// The properties and variables that say so are named `service`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// MongoDB Atlas.
    Commercial,
    /// MongoDB Atlas for Government, which has accounts of its own.
    Government,
}

impl Service {
    /// The names that the official Atlas CLI has for them.
    const NAMES: [(&str, Self); 2] = [("cloud", Self::Commercial), ("cloudgov", Self::Government)];

    /// A service by its name, and where that stands.
    pub(super) fn placed(origin: String, name: &str) -> Result<(String, Self), SettingsError> {
        match Self::NAMES.iter().find(|(known, _)| *known == name) {
            Some((_, service)) => Ok((origin, *service)),
            None => Err(SettingsError::UnknownService { service: name_only(name), origin }),
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Commercial => "cloud",
            Self::Government => "cloudgov",
        }
    }

    /// Its address.
    pub(crate) const fn base_url(self) -> &'static str {
        match self {
            Self::Commercial => "https://cloud.mongodb.com",
            Self::Government => "https://cloud.mongodbgov.com",
        }
    }

    /// Whether a credential of this service may be sent to a host. Any host that is not MongoDB's own, such
    /// as a proxy or a simulator, may get one.
    pub(crate) fn may_send_to(self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_commercial = host == "mongodb.com" || host.ends_with(".mongodb.com");
        self != Self::Government || !is_commercial
    }
}
