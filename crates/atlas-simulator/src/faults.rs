//! Faults: rules that make requests go wrong.

use std::sync::Mutex;

use crate::locked;

pub(crate) mod effect;

/// A rule: on which requests what goes wrong, and how often.
///
/// Faults come before everything else, even before the credentials are looked at. Of the rules that
/// match a request the one that was injected first applies, and only it counts the request.
///
/// ```
/// use atlas_simulator::{Condition, Fault, FaultRule, Times};
///
/// let rule = FaultRule::new(Fault::HtmlBadGateway).times(1);
/// assert_eq!(rule.when, Condition::Any);
/// assert_eq!(rule.times, Times::Next(1));
///
/// let rule = FaultRule::new(Fault::ResetConnection).on_operation("getGroupLiveMigration");
/// assert_eq!(rule.times, Times::Always);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// Which requests the rule matches.
    pub when: Condition,
    /// What goes wrong.
    pub fault: Fault,
    /// How often the rule applies.
    pub times: Times,
}

impl FaultRule {
    /// The fault on every request, always.
    #[must_use]
    pub const fn new(fault: Fault) -> Self {
        Self { when: Condition::Any, fault, times: Times::Always }
    }

    /// Only on the next `count` requests that match.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { times: Times::Next(count), ..self }
    }

    /// Only on requests whose path contains the text.
    #[must_use]
    pub fn on_path(self, substring: impl Into<String>) -> Self {
        Self { when: Condition::PathContains(substring.into()), ..self }
    }

    /// Only on requests that lead to the operation of that id.
    #[must_use]
    pub fn on_operation(self, operation_id: impl Into<String>) -> Self {
        Self { when: Condition::Operation(operation_id.into()), ..self }
    }

    fn matches(&self, operation_id: Option<&str>, path: &str) -> bool {
        match &self.when {
            Condition::Any => true,
            Condition::Operation(wanted) => operation_id == Some(wanted.as_str()),
            Condition::PathContains(substring) => path.contains(substring.as_str()),
        }
    }
}

/// Which requests a rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// Every request.
    Any,
    /// Requests whose method and path lead to the operation of that id.
    Operation(String),
    /// Requests whose path, as it was sent, contains the text.
    PathContains(String),
}

/// How often a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Until the rules are cleared.
    Always,
    /// On the next so many requests that match.
    Next(u64),
}

/// What goes wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The service's own 500, `UNEXPECTED_ERROR`.
    UnexpectedError,
    /// 500 without a body and without a content type.
    EmptyServerError,
    /// 502 with an HTML page, as a gateway gives it. The page is invented.
    HtmlBadGateway,
    /// The 401 challenge, although the credential may be good.
    Unauthorized,
    /// 403: the caller's address is not on the access list.
    Forbidden,
    /// 429, although the limit may not be reached. The numbers in it are those of the scenario.
    RateLimited {
        /// The `Retry-After` header's seconds. Without them the header is missing, and the text
        /// says 0.
        retry_after: Option<u64>,
    },
    /// The ordinary answer, of whose body only the first half is sent before the connection is
    /// closed. What the answer does, it does: the request is counted against the rate limit.
    TruncateBody,
    /// 200 with the right content type and a JSON body of spaces that ends in `{}`. It comes in
    /// chunks without an announced length, so that only a limit of the reader stops it.
    HugeBody {
        /// The body's size. It is at least 2.
        bytes: u64,
    },
    /// The connection is reset before anything is answered.
    ResetConnection,
    /// Any other answer, without headers of the service.
    ///
    /// Where the status is not from 200 to 599 or the content type is no header value, the answer
    /// is a 500 whose text says so.
    Respond {
        /// The status.
        status: u16,
        /// The content type, where there is to be one.
        content_type: Option<String>,
        /// The body.
        body: String,
    },
}

/// The rules in force, the first injected first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<FaultRule>>);

impl Faults {
    pub(crate) fn inject(&self, rule: FaultRule) {
        locked(&self.0).push(rule);
    }

    pub(crate) fn clear(&self) {
        locked(&self.0).clear();
    }

    /// The fault for a request, counted.
    pub(crate) fn take(&self, operation_id: Option<&str>, path: &str) -> Option<Fault> {
        let mut rules = locked(&self.0);
        rules.retain(|rule| rule.times != Times::Next(0));
        let rule = rules.iter_mut().find(|rule| rule.matches(operation_id, path))?;
        if let Times::Next(left) = &mut rule.times {
            *left -= 1;
        }
        Some(rule.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/api/atlas/v2/groups/g";

    #[test]
    fn the_first_rule_that_matches_applies_until_it_is_used_up() {
        let faults = Faults::default();
        faults.inject(FaultRule::new(Fault::Forbidden).on_path("/orgs/"));
        faults.inject(FaultRule::new(Fault::Unauthorized).on_operation("a").times(2));
        faults.inject(FaultRule::new(Fault::UnexpectedError).times(0));
        faults.inject(FaultRule::new(Fault::EmptyServerError).times(1));
        assert_eq!(faults.take(Some("a"), PATH), Some(Fault::Unauthorized));
        assert_eq!(faults.take(None, "/orgs/x"), Some(Fault::Forbidden));
        assert_eq!(faults.take(Some("b"), PATH), Some(Fault::EmptyServerError));
        assert_eq!(faults.take(Some("b"), PATH), None);
        assert_eq!(faults.take(Some("a"), PATH), Some(Fault::Unauthorized));
        assert_eq!(faults.take(Some("a"), PATH), None);
        assert_eq!(faults.take(Some("a"), "/orgs/"), Some(Fault::Forbidden));
        faults.clear();
        assert_eq!(faults.take(Some("a"), "/orgs/"), None);
    }
}
