//! What the headers of a response say: rate limits, waits and dates.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};

/// The service's rate limit, from `RateLimit-Limit` and `RateLimit-Remaining`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// The number of requests that the service allows.
    pub limit: u64,
    /// The number of requests that are left.
    pub remaining: u64,
}

impl RateLimit {
    /// Makes a rate limit, for tests.
    pub const fn new(limit: u64, remaining: u64) -> Self {
        Self { limit, remaining }
    }

    /// Reads both headers. Returns `None` if either is missing or not a number.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Some(Self::new(number("ratelimit-limit")?, number("ratelimit-remaining")?))
    }
}

/// Returns the wait that `Retry-After` asks for, in seconds or as a date.
///
/// A date is relative to the response's own `Date`, so that this machine's clock may be wrong.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let wait = text(header::RETRY_AFTER)?;
    if let Ok(seconds) = wait.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(wait).ok()?;
    let now = text(header::DATE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

/// Returns the date in a header. Accepts the unpadded day of the month that the service sends.
pub(crate) fn date(headers: &HeaderMap, name: &str) -> Option<SystemTime> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    httpdate::parse_http_date(text).ok().or_else(|| {
        let (weekday, rest) = text.split_once(", ")?;
        httpdate::parse_http_date(&format!("{weekday}, 0{rest}")).ok()
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
            })
            .collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let wait = |pairs: &[_]| retry_after(&headers(pairs)).map(|wait| wait.as_secs());
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[("retry-after", "0")]), Some(0));
        assert_eq!(wait(&[("retry-after", " 17 ")]), Some(17));
        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        let date = ("date", "Mon, 10 Aug 2026 03:03:05 GMT");
        assert_eq!(wait(&[date, ("retry-after", "Mon, 10 Aug 2026 03:04:05 GMT")]), Some(60));
        assert_eq!(wait(&[date, ("retry-after", "Mon, 10 Aug 2026 03:00:00 GMT")]), Some(0));
    }

    proptest! {
        #[test]
        fn no_header_value_causes_a_panic(text in "[^\\p{C}]*", seconds: u64, day in 0..4_000_000_000_u64) {
            let both = headers(&[("retry-after", &text), ("sunset", &text)]);
            date(&both, "sunset");
            retry_after(&both);
            let wait = retry_after(&headers(&[("retry-after", &seconds.to_string())]));
            prop_assert_eq!(wait, Some(Duration::from_secs(seconds)));
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(day);
            let headers = headers(&[("sunset", &httpdate::fmt_http_date(time))]);
            prop_assert_eq!(date(&headers, "sunset"), Some(time));
        }
    }

    #[test]
    fn dates_may_have_an_unpadded_day() {
        let read = |text| date(&headers(&[("sunset", text)]), "sunset");
        let padded = read("Thu, 01 Jul 2027 00:00:00 GMT");
        assert!(padded.is_some());
        assert_eq!(read("Thu, 1 Jul 2027 00:00:00 GMT"), padded);
        for text in ["", "soon", "Thu, ", ", 1 Jul 2027 00:00:00 GMT", "2027-07-01"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_rate_limit_needs_both_headers() {
        let (limit, remaining) = (("ratelimit-limit", "1200"), ("ratelimit-remaining", "1199"));
        let both = RateLimit::read(&headers(&[limit, remaining]));
        assert_eq!(both, Some(RateLimit::new(1200, 1199)));
        assert_eq!(RateLimit::read(&headers(&[limit])), None);
    }
}
