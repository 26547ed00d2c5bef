//! One validation: a pure function of what was asked, by which rules, and of the time.

use std::time::Duration;

use crate::scenario::{self, ValidationRules};

/// A validation.
pub(crate) struct Validation {
    source_group_id: String,
    /// When it is no longer pending.
    finished_at: Duration,
    error_message: Option<String>,
}

/// What becomes of a validation, as the wire names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'a> {
    Pending,
    Success,
    Failed(&'a str),
}

impl Outcome<'_> {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Failed(_) => "FAILED",
        }
    }
}

impl Validation {
    /// One that there is from the start.
    pub(super) fn described(described: &scenario::Validation) -> Self {
        Self {
            source_group_id: described.source_group_id.clone(),
            finished_at: Duration::ZERO,
            error_message: described.error_message.clone(),
        }
    }

    /// One that begins now, of a migration over that host from that source to that destination.
    pub(crate) fn submitted(
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
        let listed = reasons.into_iter().find(|(list, name, _)| list.iter().any(|on| on == name));
        Self {
            source_group_id: source_group_id.to_owned(),
            finished_at: now.saturating_add(Duration::from_secs(rules.pending_seconds)),
            error_message: listed
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
