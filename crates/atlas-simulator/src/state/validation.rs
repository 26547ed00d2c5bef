//! A validation: a pure function of the request, the rules, and the time.

use std::time::Duration;

use crate::scenario::{self, ValidationRules};

/// A validation.
pub(crate) struct Validation {
    source_group_id: String,
    /// When it is no longer pending.
    finished_at: Duration,
    error_message: Option<String>,
}

/// The result of a validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'a> {
    Pending,
    Success,
    Failed(&'a str),
}

impl Outcome<'_> {
    /// Returns the status as in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Failed(_) => "FAILED",
        }
    }
}

impl Validation {
    /// Returns a validation that has finished before the start.
    pub(super) fn from_scenario(scenario: &scenario::Validation) -> Self {
        Self {
            source_group_id: scenario.source_group_id.clone(),
            finished_at: Duration::ZERO,
            error_message: scenario.error_message.clone(),
        }
    }

    /// Returns a validation that starts now, of a migration over `host` from the cluster `source` to
    /// the cluster `destination`.
    pub(crate) fn new(
        rules: &ValidationRules,
        source_group_id: &str,
        [host, source, destination]: [&str; 3],
        now: Duration,
    ) -> Self {
        // Invented: the words.
        let reasons = [
            (&rules.unreachable_hosts, host, "The migration host"),
            (&rules.unreachable_source_clusters, source, "The source cluster"),
            (&rules.unreachable_destination_clusters, destination, "The destination cluster"),
        ];
        let reason = reasons.into_iter().find(|(list, name, _)| list.iter().any(|on| on == name));
        Self {
            source_group_id: source_group_id.to_owned(),
            finished_at: now.saturating_add(Duration::from_secs(rules.pending_seconds)),
            error_message: reason
                .map(|(_, name, what)| format!("{what} {name} cannot be reached.")),
        }
    }

    pub(crate) fn source_group_id(&self) -> &str {
        &self.source_group_id
    }

    pub(crate) fn outcome(&self, now: Duration) -> Outcome<'_> {
        match &self.error_message {
            _ if now < self.finished_at => Outcome::Pending,
            Some(message) => Outcome::Failed(message),
            None => Outcome::Success,
        }
    }
}
