//! Which dated version of an operation serves an `Accept` header.

use std::collections::BTreeMap;

/// The date of an operation's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    year: u16,
    month: u8,
    day: u8,
}

impl Version {
    /// Reads `application/vnd.atlas.<YYYY-MM-DD>+json` in any case. The previews, which have no
    /// plain date, are not versions.
    pub(crate) fn of_media_type(media_type: &str) -> Option<Self> {
        let media_type = media_type.to_ascii_lowercase();
        let date = media_type.strip_prefix("application/vnd.atlas.")?.strip_suffix("+json")?;
        Self::of_date(date)
    }

    /// Reads `<YYYY-MM-DD>`.
    pub(crate) fn of_date(date: &str) -> Option<Self> {
        let bytes = date.as_bytes();
        let digits = |range: std::ops::Range<usize>| {
            let part = date.get(range)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then_some(part)
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let version = Self {
            year: digits(0..4)?.parse().ok()?,
            month: digits(5..7)?.parse().ok()?,
            day: digits(8..10)?.parse().ok()?,
        };
        (1..=version.days_in_month()).contains(&version.day).then_some(version)
    }

    /// The first moment of the day as HTTP writes it, save that the service does not pad the day.
    pub(crate) fn http_date(self) -> String {
        const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let Self { year, month, day } = self;
        let before = i64::from(year) - 1;
        let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
        let months = (1..month).map(|month| i64::from(Self { month, ..self }.days_in_month()));
        let days = before * 365 + leaps + months.sum::<i64>() + i64::from(day) - 1;
        // 1970 began on a Thursday, 719,162 days after the year 1.
        let weekday = usize::try_from((days - 719_162).rem_euclid(7)).unwrap_or_default();
        let month = MONTHS[usize::from(month) - 1];
        format!("{}, {day} {month} {year:04} 00:00:00 GMT", WEEKDAYS[weekday])
    }

    const fn days_in_month(self) -> u8 {
        let leap = self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 0,
        }
    }
}

/// What the `Accept` headers' values are served with: of their entries in order of preference the
/// first that names a date for which there is a version not later than it. Invented: that there may
/// be several entries, and how they are weighed.
pub(crate) fn served<'a, 'b, T>(
    accept: impl Iterator<Item = &'a str>,
    versions: &'b BTreeMap<Version, T>,
) -> Option<&'b T> {
    let entries = accept.flat_map(|value| value.split(','));
    let mut wanted: Vec<(Version, u16)> = entries.filter_map(entry).collect();
    // The sort keeps the header's order among equals.
    wanted.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
    wanted.iter().find_map(|(wanted, _)| not_after(*wanted, versions))
}

/// The newest version that is not later than a date.
pub(crate) fn not_after<T>(date: Version, versions: &BTreeMap<Version, T>) -> Option<&T> {
    versions.range(..=date).next_back().map(|(_, version)| version)
}

/// A version and its quality in thousandths, where the entry names one that is wanted at all.
fn entry(entry: &str) -> Option<(Version, u16)> {
    let (media_type, quality) = weighed(entry)?;
    let version = Version::of_media_type(media_type)?;
    (quality > 0).then_some((version, quality))
}

/// What an entry of a weighed list names, and its quality in thousandths, where that is one.
pub(crate) fn weighed(entry: &str) -> Option<(&str, u16)> {
    let mut parts = entry.split(';').map(str::trim);
    let name = parts.next()?;
    let quality = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(Some(1000), |(_, value)| quality(value.trim()))?;
    Some((name, quality))
}

/// A quality in thousandths: `0`, `1`, or either with up to three decimals, at most 1.
fn quality(value: &str) -> Option<u16> {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve_all(accept: &[&str]) -> Option<&'static str> {
        let versions = ["2024-05-30", "2023-01-01"];
        let versions = versions.map(|date| (Version::of_date(date).unwrap(), date)).into();
        served(accept.iter().copied(), &versions).copied()
    }

    fn serve(accept: &str) -> Option<&'static str> {
        serve_all(&[accept])
    }

    fn dated(date: &str) -> String {
        format!("application/vnd.atlas.{date}+json")
    }

    #[test]
    fn the_newest_version_not_after_the_wanted_date_serves() {
        for (wanted, expected) in [
            ("2022-12-31", None),
            ("2023-01-01", Some("2023-01-01")),
            ("2024-05-29", Some("2023-01-01")),
            ("2024-05-30", Some("2024-05-30")),
            ("2025-03-12", Some("2024-05-30")),
        ] {
            assert_eq!(serve(&dated(wanted)), expected, "{wanted}");
        }
    }

    #[test]
    fn a_date_is_written_as_the_service_does() {
        for (date, expected) in [
            ("2024-05-30", "Thu, 30 May 2024 00:00:00 GMT"),
            ("2027-07-01", "Thu, 1 Jul 2027 00:00:00 GMT"),
            ("2024-08-05", "Mon, 5 Aug 2024 00:00:00 GMT"),
            ("2024-02-29", "Thu, 29 Feb 2024 00:00:00 GMT"),
            ("2023-01-01", "Sun, 1 Jan 2023 00:00:00 GMT"),
            ("1970-01-01", "Thu, 1 Jan 1970 00:00:00 GMT"),
            ("2100-03-01", "Mon, 1 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(Version::of_date(date).unwrap().http_date(), expected);
        }
    }

    #[test]
    fn what_names_no_date_is_not_served() {
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
            assert_eq!(serve(accept), None, "{accept}");
        }
        assert_eq!(serve(&dated("2024-02-29")), Some("2023-01-01"));
    }

    #[test]
    fn entries_are_tried_in_order_of_preference() {
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
            assert_eq!(serve(&accept), expected, "{accept}");
        }
    }

    #[test]
    fn several_headers_count_as_one_list() {
        let (old, new) = (format!("{};q=0.1", dated("2023-01-01")), dated("2024-05-30"));
        assert_eq!(serve_all(&[&old, &new]), Some("2024-05-30"));
    }
}
