//! Fault rules: which requests go wrong, how, and how often.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::json_error::shortened;
use super::operation_id::OperationId;

/// The number of rules that can be active, as each request is matched against all of them.
pub(crate) const MAX_FAULT_RULES: usize = 1000;

/// There would be more than [`MAX_FAULT_RULES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no more than {MAX_FAULT_RULES} fault rules can be active")]
pub(crate) struct TooManyFaultRules;

/// A rule: which requests go wrong, how, and how often.
///
/// Faults are applied before anything else, even before authentication. If several rules match a
/// request, only the one that was injected first applies and counts the request.
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
/// In JSON only the fault is required:
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
#[non_exhaustive]
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
    /// Returns a rule that applies the fault to every request.
    #[must_use]
    pub const fn new(fault: Fault) -> Self {
        let when = Condition { operation: None, path_contains: None, method: None };
        Self { fault, when, times: Times::Always }
    }

    /// Limits the rule to the next `count` matching requests.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { times: Times::Next(count), ..self }
    }

    /// Limits the rule to requests whose path contains the text.
    #[must_use]
    pub fn on_path(mut self, substring: impl Into<String>) -> Self {
        self.when.path_contains = Some(substring.into());
        self
    }

    /// Limits the rule to requests of the operation with that id.
    #[must_use]
    pub fn on_operation(mut self, operation_id: impl Into<String>) -> Self {
        self.when.operation = Some(operation_id.into());
        self
    }

    /// Limits the rule to requests with that method.
    #[must_use]
    pub fn on_method(mut self, method: impl Into<String>) -> Self {
        self.when.method = Some(method.into());
        self
    }

    /// Checks that the operation exists and that the fault's response is valid HTTP.
    pub(crate) fn validate(&self) -> Result<(), String> {
        if let Some(id) = &self.when.operation
            && OperationId::parse(id).is_none()
        {
            return Err(format!("unknown operation \"{}\"", shortened(id, 64)));
        }
        self.fault.validate()
    }
}

/// Which requests a rule matches: those that meet all conditions. The default is every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Condition {
    /// The id of the request's operation. The OAuth endpoints are `createToken` and `revokeToken`.
    pub operation: Option<String>,
    /// A part of the request's path, as sent.
    pub path_contains: Option<String>,
    /// The request's method, in upper or lower case.
    pub method: Option<String>,
}

impl Condition {
    /// Returns whether a request meets all conditions.
    pub(crate) fn matches(&self, operation: Option<OperationId>, method: &str, path: &str) -> bool {
        let id = operation.map(OperationId::as_str);
        self.operation.as_deref().is_none_or(|expected| id == Some(expected))
            && self.path_contains.as_deref().is_none_or(|part| path.contains(part))
            && self.method.as_deref().is_none_or(|expected| expected.eq_ignore_ascii_case(method))
    }
}

/// How often a rule applies. In JSON a number, or `null` for always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<u64>", into = "Option<u64>")]
#[non_exhaustive]
pub enum Times {
    /// Until the rules are cleared.
    #[default]
    Always,
    /// On this many further matching requests.
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
    fn a_condition_matches_requests_that_meet_all_of_it() {
        let get = Some(OperationId::GetGroupLiveMigration);
        let create = Some(OperationId::CreateToken);
        assert!(Condition::default().matches(None, "GET", "/"));
        let rule = FaultRule::new(Fault::StallBody);
        let rule = rule.on_operation("getGroupLiveMigration").on_method("get").on_path("x");
        assert!(rule.when.matches(get, "GET", "/x"));
        assert!(!rule.when.matches(create, "GET", "/x"));
        assert!(!rule.when.matches(None, "GET", "/x"));
        assert!(!rule.when.matches(get, "POST", "/x"));
        assert!(!rule.when.matches(get, "GET", "/y"));
    }

    #[test]
    fn a_rule_round_trips_through_json() {
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
    fn unknown_and_missing_fields_are_refused() {
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
    fn an_unknown_operation_is_refused() {
        let on = |id| FaultRule::new(Fault::StallBody).on_operation(id).validate();
        assert_eq!(on("getGroupLiveMigration"), Ok(()));
        assert_eq!(on("createToken"), Ok(()));
        assert_eq!(on("getNothing"), Err("unknown operation \"getNothing\"".to_owned()));
    }
}
