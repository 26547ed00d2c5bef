//! The fault rules that are active.

use std::sync::Mutex;

use super::lock::lock;
use crate::scenario::{Fault, FaultRule, MAX_FAULT_RULES, OperationId, Times, TooManyFaultRules};

/// The active rules, in the order of injection.
#[derive(Debug, Default)]
pub(crate) struct ActiveFaults(Mutex<Vec<FaultRule>>);

impl ActiveFaults {
    pub(super) fn new(rules: &[FaultRule]) -> Self {
        Self(Mutex::new(rules.to_vec()))
    }

    pub(crate) fn inject(&self, rule: FaultRule) {
        lock(&self.0).push(rule);
    }

    /// Adds all of the rules, or none if there would be more than [`MAX_FAULT_RULES`].
    pub(crate) fn inject_all(&self, mut more: Vec<FaultRule>) -> Result<(), TooManyFaultRules> {
        let mut rules = lock(&self.0);
        rules.retain(|rule| rule.times != Times::Next(0));
        if rules.len().saturating_add(more.len()) > MAX_FAULT_RULES {
            return Err(TooManyFaultRules);
        }
        rules.append(&mut more);
        Ok(())
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// Returns the rules that can still apply.
    pub(crate) fn rules(&self) -> Vec<FaultRule> {
        lock(&self.0).iter().filter(|rule| rule.times != Times::Next(0)).cloned().collect()
    }

    /// Returns the fault for a request, and counts the request.
    pub(crate) fn take(
        &self,
        operation: Option<OperationId>,
        method: &str,
        path: &str,
    ) -> Option<Fault> {
        let mut rules = lock(&self.0);
        rules.retain(|rule| rule.times != Times::Next(0));
        let rule = rules.iter_mut().find(|rule| rule.when.matches(operation, method, path))?;
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
        let faults = ActiveFaults::new(&[FaultRule::new(Fault::Forbidden).on_path("/orgs/")]);
        faults.inject(
            FaultRule::new(Fault::Unauthorized).on_operation("getGroupLiveMigration").times(2),
        );
        faults.inject(FaultRule::new(Fault::UnexpectedError).times(0));
        faults.inject(FaultRule::new(Fault::EmptyServerError).times(1));
        assert_eq!(faults.rules().len(), 3);
        let get = Some(OperationId::GetGroupLiveMigration);
        let create = Some(OperationId::CreateGroupLiveMigration);
        let take = |operation, path| faults.take(operation, "GET", path);
        assert_eq!(take(get, PATH), Some(Fault::Unauthorized));
        assert_eq!(take(None, "/orgs/x"), Some(Fault::Forbidden));
        assert_eq!(take(create, PATH), Some(Fault::EmptyServerError));
        assert_eq!(take(create, PATH), None);
        let left: Vec<_> = faults.rules().iter().map(|rule| rule.times).collect();
        assert_eq!(left, [Times::Always, Times::Next(1)]);
        assert_eq!(take(get, PATH), Some(Fault::Unauthorized));
        assert_eq!(take(get, PATH), None);
        assert_eq!(take(get, "/orgs/"), Some(Fault::Forbidden));
        faults.clear();
        assert_eq!(take(get, "/orgs/"), None);
    }
}
