//! On which requests what goes wrong, and how often.

use http::Method;
use serde::{Deserialize, Serialize};

use super::Fault;
use crate::oauth::Endpoint;
use crate::{operations, unreadable};

/// A rule: on which requests what goes wrong, and how often.
///
/// Faults come before everything else, even before the credentials are looked at. Of the rules that
/// match a request the one that was injected first applies, and only it counts the request.
///
/// ```
/// use atlas_simulator::{Condition, Fault, FaultRule, Times};
///
/// let rule = FaultRule::new(Fault::HtmlBadGateway).times(1);
/// assert_eq!(rule.when, Condition::default());
/// assert_eq!(rule.times, Times::Next(1));
///
/// let rule = FaultRule::new(Fault::ResetConnection).on_operation("getGroupLiveMigration");
/// assert_eq!(rule.times, Times::Always);
/// ```
///
/// In JSON, where all but the fault may be left out:
///
/// ```
/// use atlas_simulator::{Fault, FaultRule};
///
/// let json = r#"{
///     "fault": {"delay": {"milliseconds": 250}},
///     "when": {"operation": "getGroupLiveMigration", "method": "GET", "path_contains": "32b6"},
///     "times": 3
/// }"#;
/// let rule: FaultRule = serde_json::from_str(json)?;
/// assert_eq!(rule.fault, Fault::Delay { milliseconds: 250 });
///
/// let rule: FaultRule = serde_json::from_str(r#"{"fault": "stall_body"}"#)?;
/// assert_eq!(rule, FaultRule::new(Fault::StallBody));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// What goes wrong.
    pub fault: Fault,
    /// Which requests the rule matches.
    #[serde(default)]
    pub when: Condition,
    /// How often the rule applies.
    #[serde(default)]
    pub times: Times,
}

impl FaultRule {
    /// The fault on every request, always.
    #[must_use]
    pub const fn new(fault: Fault) -> Self {
        let when = Condition { operation: None, path_contains: None, method: None };
        Self { fault, when, times: Times::Always }
    }

    /// Only on the next `count` requests that match.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { times: Times::Next(count), ..self }
    }

    /// Only on requests whose path contains the text, besides what else they have to be.
    #[must_use]
    pub fn on_path(mut self, substring: impl Into<String>) -> Self {
        self.when.path_contains = Some(substring.into());
        self
    }

    /// Only on requests that lead to the operation of that id, besides what else they have to be.
    #[must_use]
    pub fn on_operation(mut self, operation_id: impl Into<String>) -> Self {
        self.when.operation = Some(operation_id.into());
        self
    }

    /// Only on requests of that method, besides what else they have to be.
    #[must_use]
    pub fn on_method(mut self, method: impl Into<String>) -> Self {
        self.when.method = Some(method.into());
        self
    }

    /// What is wrong with the rule, in words, where it can never do what it says.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(id) = &self.when.operation
            && operations::handler(id).is_none()
            && Endpoint::of_operation(id).is_none()
        {
            return Err(format!("there is no operation \"{}\"", unreadable::shown(id, 64)));
        }
        self.fault.check()
    }
}

/// Which requests a rule matches: those that are all that is said here. The default is every
/// request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Condition {
    /// Their method and path lead to the operation of this id. The token endpoint is `createToken`,
    /// the one that revokes is `revokeToken`.
    pub operation: Option<String>,
    /// Their path, as it was sent, contains this.
    pub path_contains: Option<String>,
    /// They are of this method, in any case.
    pub method: Option<String>,
}

impl Condition {
    pub(super) fn matches(&self, operation_id: Option<&str>, method: &Method, path: &str) -> bool {
        let Self { operation, path_contains, method: wanted } = self;
        operation.as_deref().is_none_or(|wanted| operation_id == Some(wanted))
            && path_contains.as_deref().is_none_or(|part| path.contains(part))
            && wanted.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
    }
}

/// How often a rule applies. In JSON a number, or `null` for always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<u64>", into = "Option<u64>")]
pub enum Times {
    /// Until the rules are cleared.
    #[default]
    Always,
    /// On the next so many requests that match.
    Next(u64),
}

impl From<Option<u64>> for Times {
    fn from(times: Option<u64>) -> Self {
        times.map_or(Self::Always, Self::Next)
    }
}

impl From<Times> for Option<u64> {
    fn from(times: Times) -> Self {
        match times {
            Times::Always => None,
            Times::Next(count) => Some(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_asks_for_all_that_it_names() {
        let matches = |when: &Condition, operation, method: &str, path| {
            when.matches(operation, &method.parse().unwrap(), path)
        };
        let any = Condition::default();
        assert!(matches(&any, None, "GET", "/"));
        let rule = FaultRule::new(Fault::StallBody).on_operation("a").on_method("get").on_path("x");
        assert!(matches(&rule.when, Some("a"), "GET", "/x"));
        assert!(!matches(&rule.when, Some("b"), "GET", "/x"));
        assert!(!matches(&rule.when, None, "GET", "/x"));
        assert!(!matches(&rule.when, Some("a"), "POST", "/x"));
        assert!(!matches(&rule.when, Some("a"), "GET", "/y"));
    }

    #[test]
    fn a_rule_survives_json() {
        for rule in [
            FaultRule::new(Fault::HtmlServiceUnavailable { retry_after: Some(5) }),
            FaultRule::new(Fault::GzipBomb { bytes: 7 }).on_method("GET").times(0),
            FaultRule::new(Fault::RateLimited { retry_after: None }).on_path("/x").times(2),
        ] {
            let json = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<FaultRule>(&json).unwrap(), rule, "{json}");
        }
    }

    #[test]
    fn what_no_rule_has_is_refused() {
        for json in [
            r#"{"fault": "stall_body", "count": 1}"#,
            r#"{"fault": "stall_body", "when": {"path": "/"}}"#,
            r#"{"fault": {"delay": {"milliseconds": 1, "seconds": 2}}}"#,
            r#"{"fault": {"delay": {}}}"#,
            r#"{"fault": "stall"}"#,
            r#"{"when": {}}"#,
        ] {
            assert!(serde_json::from_str::<FaultRule>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_rule_that_can_never_do_what_it_says_is_told_so() {
        let on = |id| FaultRule::new(Fault::StallBody).on_operation(id).check();
        assert_eq!(on("getGroupLiveMigration"), Ok(()));
        assert_eq!(on("createToken"), Ok(()));
        assert_eq!(on("getNothing"), Err("there is no operation \"getNothing\"".to_owned()));
    }
}
