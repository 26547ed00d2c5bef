//! Rule: of each operation one version is generated, the newest that is not later than wanted.
//!
//! Atlas keeps the versions of an operation side by side as media types with a date, such as
//! `application/vnd.atlas.2023-01-01+json`. progenitor reads `application/json` and takes anything
//! else for bytes, so the chosen version is renamed for it, and its real name stands in the
//! operation table. Nothing is lost on the wire: the transport puts the real name back.

/// Which version of an operation a media type belongs to. Ordered by preference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Announced for a date, or for review only.
    Unstable(String),
    /// `application/json` and the like, for answers that have no versions.
    Unversioned,
    /// In force from a day on, as `YYYY-MM-DD`.
    Dated(String),
}

/// The version that a media type names.
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

/// Whether a text is a day, as `YYYY-MM-DD`.
pub fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// The media type without its parameters, in lower case.
pub fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON.
pub fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    matches!(essence.as_str(), "application/json" | "text/json")
        || (essence.ends_with("+json") && !is_range(&essence))
}

/// Whether a media type is text other than JSON.
pub fn is_text(media_type: &str) -> bool {
    essence(media_type).starts_with("text/") && !is_json(media_type)
}

/// Whether a media type is a range of them, such as `image/*`.
pub fn is_range(media_type: &str) -> bool {
    media_type.contains('*')
}

/// Whether an answer is a success, among all that an operation has. `default` is one only where no
/// other is: beside others it stands for the errors.
pub fn is_success<'n>(name: &str, mut answers: impl Iterator<Item = &'n str>) -> bool {
    let is_2xx = |name: &str| name.starts_with('2');
    is_2xx(name) || (name == "default" && !answers.any(is_2xx))
}

/// The version to take of those that an operation's successes have: the newest one dated not later than
/// wanted (any, where nothing is wanted), else the unversioned one, else an unstable one. None where
/// there are only later ones.
pub fn choose(
    available: impl IntoIterator<Item = Version>,
    wanted: Option<&str>,
) -> Option<Version> {
    let mut available: Vec<Version> = available.into_iter().collect();
    if available.is_empty() {
        // None has content.
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
    fn the_newest_version_not_later_than_wanted_is_chosen() {
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
    fn media_types_are_told_apart() {
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
