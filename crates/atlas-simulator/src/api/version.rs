//! The dated versions of operations, and which of them serves an `Accept` header.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::http::weighted;

/// The date of a version of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(Date);

impl Version {
    /// Parses `application/vnd.atlas.<YYYY-MM-DD>+json` in upper or lower case. Previews, which have
    /// no plain date, are not versions.
    pub(crate) fn from_media_type(media_type: &str) -> Option<Self> {
        let media_type = media_type.to_ascii_lowercase();
        let date = media_type.strip_prefix("application/vnd.atlas.")?.strip_suffix("+json")?;
        Self::from_date(date)
    }

    /// Parses `<YYYY-MM-DD>`.
    pub(crate) fn from_date(date: &str) -> Option<Self> {
        // Other notations of dates are refused.
        let parsed = date.parse::<Date>().ok();
        parsed.filter(|parsed| parsed.to_string() == date).map(Self)
    }

    /// Formats midnight of the day as an HTTP date, in which the service does not pad the day.
    pub(crate) fn http_date(self) -> String {
        self.0.strftime("%a, %-d %b %Y 00:00:00 GMT").to_string()
    }
}

/// Returns the version that serves the values of the `Accept` headers: the entry of highest quality
/// that names a date for which there is a version not later than it. Invented: that there may be
/// several entries, and the role of their qualities.
pub(crate) fn select_version<'a, 'b, T>(
    accept: impl Iterator<Item = &'a str>,
    versions: &'b BTreeMap<Version, T>,
) -> Option<&'b T> {
    let entries = accept.flat_map(|value| value.split(',')).filter_map(weighted);
    let mut accepted: Vec<(Version, u16)> = entries
        .filter(|(_, quality)| *quality > 0)
        .filter_map(|(media_type, quality)| Some((Version::from_media_type(media_type)?, quality)))
        .collect();
    // The sort keeps the header's order among equals.
    accepted.sort_by_key(|(_, quality)| Reverse(*quality));
    accepted.iter().find_map(|(version, _)| not_after(*version, versions))
}

/// Returns the newest version that is not later than a date.
pub(crate) fn not_after<T>(date: Version, versions: &BTreeMap<Version, T>) -> Option<&T> {
    versions.range(..=date).next_back().map(|(_, version)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select_all(accept: &[&str]) -> Option<&'static str> {
        let versions = ["2024-05-30", "2023-01-01"];
        let versions = versions.map(|date| (Version::from_date(date).unwrap(), date)).into();
        select_version(accept.iter().copied(), &versions).copied()
    }

    fn select_one(accept: &str) -> Option<&'static str> {
        select_all(&[accept])
    }

    fn dated(date: &str) -> String {
        format!("application/vnd.atlas.{date}+json")
    }

    #[test]
    fn the_newest_version_not_after_the_requested_date_serves() {
        for (requested, expected) in [
            ("2022-12-31", None),
            ("2023-01-01", Some("2023-01-01")),
            ("2024-05-29", Some("2023-01-01")),
            ("2024-05-30", Some("2024-05-30")),
            ("2025-03-12", Some("2024-05-30")),
        ] {
            assert_eq!(select_one(&dated(requested)), expected, "{requested}");
        }
    }

    #[test]
    fn dates_have_the_format_of_the_service() {
        for (date, expected) in [
            ("2024-05-30", "Thu, 30 May 2024 00:00:00 GMT"),
            ("2027-07-01", "Thu, 1 Jul 2027 00:00:00 GMT"),
            ("2024-08-05", "Mon, 5 Aug 2024 00:00:00 GMT"),
            ("2024-02-29", "Thu, 29 Feb 2024 00:00:00 GMT"),
            ("2023-01-01", "Sun, 1 Jan 2023 00:00:00 GMT"),
            ("1970-01-01", "Thu, 1 Jan 1970 00:00:00 GMT"),
            ("2100-03-01", "Mon, 1 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(Version::from_date(date).unwrap().http_date(), expected);
        }
    }

    #[test]
    fn entries_without_a_date_are_ignored() {
        for accept in [
            "",
            "*/*",
            "application/json",
            "application/vnd.atlas.preview+json",
            "application/vnd.atlas.2025-01-01.upcoming+json",
            "application/vnd.atlas.2025-13-01+json",
            "application/vnd.atlas.2025-02-29+json",
            "application/vnd.atlas.+025-01-01+json",
            "application/vnd.atlas.2025-01-01",
            "application/vnd.atlas.2025-01-01+csv",
        ] {
            assert_eq!(select_one(accept), None, "{accept}");
        }
        assert_eq!(select_one(&dated("2024-02-29")), Some("2023-01-01"));
    }

    #[test]
    fn entries_are_tried_in_order_of_quality() {
        let (old, new) = (dated("2023-01-01"), dated("2024-05-30"));
        for (accept, expected) in [
            (format!("{old}, {new}"), Some("2023-01-01")),
            (format!("{old};q=0.5, {new}"), Some("2024-05-30")),
            (format!("{old};q=0.5,{new};q=0.501"), Some("2024-05-30")),
            (format!("text/html, */*;q=0.1, {old} ; Q=0.2"), Some("2023-01-01")),
            (format!("{}, {old};q=0.1", dated("2020-01-01")), Some("2023-01-01")),
            (format!("{new};q=0, {old};q=0.1"), Some("2023-01-01")),
            (format!("{new};q=0.000"), None),
            (format!("{new};q=2, {old};q=x"), None),
            (format!("{new};charset=utf-8"), Some("2024-05-30")),
            (new.to_ascii_uppercase(), Some("2024-05-30")),
        ] {
            assert_eq!(select_one(&accept), expected, "{accept}");
        }
    }

    #[test]
    fn several_headers_count_as_one_list() {
        let (old, new) = (format!("{};q=0.1", dated("2023-01-01")), dated("2024-05-30"));
        assert_eq!(select_all(&[&old, &new]), Some("2024-05-30"));
    }
}
