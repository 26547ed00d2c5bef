//! Faults: rules that make requests go wrong.

use std::fmt;
use std::sync::Mutex;

use http::Method;

use crate::locked;

pub(crate) mod effect;
mod fault;
mod rule;

pub use fault::Fault;
pub use rule::{Condition, FaultRule, Times};

/// How many rules other programs and scenarios can have in force: each request is held against them.
pub(crate) const MOST_RULES: usize = 1000;

/// There would be more rules than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there can be no more than {MOST_RULES} fault rules in force")
    }
}

/// The rules in force, the first injected first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<FaultRule>>);

impl Faults {
    pub(crate) fn new(rules: &[FaultRule]) -> Self {
        Self(Mutex::new(rules.to_vec()))
    }

    pub(crate) fn inject(&self, rule: FaultRule) {
        locked(&self.0).push(rule);
    }

    /// Adds all of the rules, or none where there would be more than [`MOST_RULES`].
    pub(crate) fn inject_all(&self, mut more: Vec<FaultRule>) -> Result<(), TooMany> {
        let mut rules = locked(&self.0);
        rules.retain(|rule| rule.times != Times::Next(0));
        if rules.len().saturating_add(more.len()) > MOST_RULES {
            return Err(TooMany);
        }
        rules.append(&mut more);
        Ok(())
    }

    pub(crate) fn clear(&self) {
        locked(&self.0).clear();
    }

    /// The rules that can still apply.
    pub(crate) fn rules(&self) -> Vec<FaultRule> {
        locked(&self.0).iter().filter(|rule| rule.times != Times::Next(0)).cloned().collect()
    }

    /// The fault for a request, counted.
    pub(crate) fn take(
        &self,
        operation_id: Option<&str>,
        method: &Method,
        path: &str,
    ) -> Option<Fault> {
        let mut rules = locked(&self.0);
        rules.retain(|rule| rule.times != Times::Next(0));
        let rule = rules.iter_mut().find(|rule| rule.when.matches(operation_id, method, path))?;
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
        let faults = Faults::new(&[FaultRule::new(Fault::Forbidden).on_path("/orgs/")]);
        faults.inject(FaultRule::new(Fault::Unauthorized).on_operation("a").times(2));
        faults.inject(FaultRule::new(Fault::UnexpectedError).times(0));
        faults.inject(FaultRule::new(Fault::EmptyServerError).times(1));
        assert_eq!(faults.rules().len(), 3);
        let take = |operation, path| faults.take(operation, &Method::GET, path);
        assert_eq!(take(Some("a"), PATH), Some(Fault::Unauthorized));
        assert_eq!(take(None, "/orgs/x"), Some(Fault::Forbidden));
        assert_eq!(take(Some("b"), PATH), Some(Fault::EmptyServerError));
        assert_eq!(take(Some("b"), PATH), None);
        let left: Vec<_> = faults.rules().iter().map(|rule| rule.times).collect();
        assert_eq!(left, [Times::Always, Times::Next(1)]);
        assert_eq!(take(Some("a"), PATH), Some(Fault::Unauthorized));
        assert_eq!(take(Some("a"), PATH), None);
        assert_eq!(take(Some("a"), "/orgs/"), Some(Fault::Forbidden));
        faults.clear();
        assert_eq!(take(Some("a"), "/orgs/"), None);
    }
}
