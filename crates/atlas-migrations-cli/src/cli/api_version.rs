//! [`ApiVersion`]: a version of the Atlas API.

use std::str::FromStr;

use jiff::civil::Date;

/// A version of the Atlas API: the day on which it was published, as `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiVersion(String);

impl ApiVersion {
    /// Returns a media type of another version with this one, such as `application/vnd.atlas.2023-01-01+json`.
    pub fn of_media_type(&self, media_type: &str) -> Option<String> {
        let (head, rest) = media_type.split_once(".atlas.")?;
        let (_, format) = rest.split_once('+')?;
        Some(format!("{head}.atlas.{}+{format}", self.0))
    }
}

impl FromStr for ApiVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        date.map(|_| Self(text.to_owned()))
            .ok_or_else(|| "expected a day as YYYY-MM-DD, such as 2024-05-30".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_replaces_that_of_a_media_type() {
        let version: ApiVersion = "2023-01-01".parse().unwrap();
        assert_eq!(
            version.of_media_type("application/vnd.atlas.2024-05-30+json").as_deref(),
            Some("application/vnd.atlas.2023-01-01+json")
        );
        assert_eq!(version.of_media_type("application/json"), None);
    }

    /// The bug: what is typed becomes a part of a header.
    #[test]
    fn only_a_day_is_a_version() {
        for text in [
            "",
            "2023-13-01",
            "2023-1-1",
            "20230101",
            "2023-01-01\r\nx: y",
            "2023-01-01T00:00",
            "v2",
        ] {
            assert!(text.parse::<ApiVersion>().is_err(), "{text:?}");
        }
    }
}
