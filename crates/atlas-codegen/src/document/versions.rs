//! Versions of operations, and media types.
//!
//! Atlas keeps the versions of an operation side by side as media types with a date, such as
//! `application/vnd.atlas.2023-01-01+json`. One version of each operation is generated: the newest, or the newest
//! until a requested date. progenitor reads `application/json` and takes any other media type for bytes, so
//! normalizing renames the chosen one; its real name is in the operation table, and the transport sends that.

/// Which version of an operation a media type belongs to. Ordered by preference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Announced for a date, or for review only.
    Unstable(String),
    /// A media type without a version, such as `application/json`.
    Unversioned,
    /// In force since a date, as `YYYY-MM-DD`.
    Dated(String),
}

/// Returns the version that a media type names.
pub fn version_of(media_type: &str) -> Version {
    let Some(vendor) = media_type.strip_prefix("application/vnd.atlas.") else {
        return Version::Unversioned;
    };
    let version = vendor.split(['+', ';']).next().unwrap_or_default();
    if is_date(version) {
        Version::Dated(version.to_owned())
    } else {
        Version::Unstable(version.to_owned())
    }
}

/// Returns whether a text is a date, as `YYYY-MM-DD`.
pub fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Returns the media type without its parameters, in lower case.
pub fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Returns whether a media type is JSON.
pub fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    matches!(essence.as_str(), "application/json" | "text/json")
        || (essence.ends_with("+json") && !is_range(&essence))
}

/// Returns whether a media type is text other than JSON.
pub fn is_text(media_type: &str) -> bool {
    essence(media_type).starts_with("text/") && !is_json(media_type)
}

/// Returns whether a media type is a range, such as `image/*`.
pub fn is_range(media_type: &str) -> bool {
    media_type.contains('*')
}

/// Returns whether a status is a success, among all statuses of an operation. `default` is one only if no other status
/// is: otherwise it means the errors.
pub fn is_success<'n>(name: &str, mut responses: impl Iterator<Item = &'n str>) -> bool {
    let is_2xx = |name: &str| name.starts_with('2');
    is_2xx(name) || (name == "default" && !responses.any(is_2xx))
}

/// Chooses a version among those of an operation's successes: the newest until the requested date, otherwise the
/// unversioned one, otherwise an unstable one. Returns `None` if all are later.
pub fn choose(
    available: impl IntoIterator<Item = Version>,
    wanted: Option<&str>,
) -> Option<Version> {
    let mut available: Vec<Version> = available.into_iter().collect();
    if available.is_empty() {
        // No success has content.
        return Some(Version::Unversioned);
    }
    let in_force = |version: &Version| match (version, wanted) {
        (Version::Dated(date), Some(wanted)) => date.as_str() <= wanted,
        _ => true,
    };
    let has_dates = available.iter().any(|version| matches!(version, Version::Dated(_)));
    available.retain(in_force);
    let best = available.into_iter().max();
    // An operation that has dates does not exist before the first of them.
    best.filter(|best| !has_dates || matches!(best, Version::Dated(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(media_types: &[&str], wanted: Option<&str>) -> Option<Version> {
        choose(media_types.iter().map(|name| version_of(name)), wanted)
    }

    #[test]
    fn the_newest_version_until_the_requested_date_is_chosen() {
        let both = [
            "application/vnd.atlas.2024-05-30+json",
            "application/vnd.atlas.2023-01-01+json",
            "application/vnd.atlas.2026-01-01.upcoming+json",
            "application/vnd.atlas.preview+json",
        ];
        let dated = |date: &str| Some(Version::Dated(date.to_owned()));
        assert_eq!(choice(&both, None), dated("2024-05-30"));
        assert_eq!(choice(&both, Some("2024-05-30")), dated("2024-05-30"));
        assert_eq!(choice(&both, Some("2024-05-29")), dated("2023-01-01"));
        assert_eq!(choice(&both, Some("2022-12-31")), None);
        assert_eq!(choice(&["application/json"], Some("2022-12-31")), Some(Version::Unversioned));
        assert_eq!(
            choice(&["application/vnd.atlas.preview+json"], None),
            Some(Version::Unstable("preview".to_owned())),
        );
        assert_eq!(choice(&[], Some("2022-12-31")), Some(Version::Unversioned));
    }

    #[test]
    fn media_types_are_distinguished() {
        assert!(is_json("application/json; charset=utf-8"));
        assert!(is_json("application/vnd.atlas.2023-01-01+json"));
        assert!(!is_json("application/vnd.atlas.2023-01-01+gzip"));
        assert!(!is_json("text/csv"));
        assert_eq!(
            version_of("application/vnd.atlas.2023-01-01+gzip"),
            Version::Dated("2023-01-01".to_owned()),
        );
        assert_eq!(version_of("text/csv"), Version::Unversioned);
    }
}
