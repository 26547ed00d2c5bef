//! Cuts migrations over when they are ready.

use std::time::Duration;

use atlas_client_core::sanitize;
use atlas_migrations::{Client, Error, LiveMigration, LiveMigrationRef};

use super::cutover_condition::CutoverCondition;

/// Which migrations to cut over, and when.
#[derive(Clone, Debug, Default)]
pub struct AutoCutover {
    /// The largest lag at which a migration is cut over.
    pub max_lag: Option<Duration>,
    /// Migrations that are not cut over.
    pub except: Vec<LiveMigrationRef>,
}

/// The outcome of an attempt to cut over.
pub enum CutoverOutcome {
    Accepted,
    /// The last check found the migration not ready or failed, or the service did not take the request for now.
    Postponed(Option<Error>),
    /// The request may have taken effect, or somebody else sent one first.
    Unclear(Error),
    Refused(Error),
}

impl CutoverOutcome {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Postponed(_) => "postponed",
            Self::Unclear(_) => "unclear",
            Self::Refused(_) => "refused",
        }
    }

    /// Returns the error that led to the outcome, in one line.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Accepted | Self::Postponed(None) => None,
            Self::Postponed(Some(error)) | Self::Unclear(error) | Self::Refused(error) => {
                Some(sanitize(&error.summary()))
            }
        }
    }
}

impl AutoCutover {
    pub fn condition(&self) -> CutoverCondition {
        CutoverCondition { max_lag: self.max_lag }
    }

    /// Returns whether to cut the migration over now.
    pub fn is_due(&self, key: LiveMigrationRef, job: &LiveMigration) -> bool {
        // A response about another migration does not count.
        job.id.is_none_or(|id| id == key.id)
            && job.can_be_cut_over()
            && self.condition().allows(job.lag)
            && !self.except.contains(&key)
    }

    /// Checks the migration once more and sends the cutover once.
    ///
    /// The client does not retry it, because the migration has to be checked again before each attempt.
    pub async fn attempt(&self, client: &Client, key: LiveMigrationRef) -> CutoverOutcome {
        let client = client.without_retries();
        match client.live_migration(key.group, key.id).await {
            Ok(job) if self.is_due(key, &job) => {}
            Ok(_) => return CutoverOutcome::Postponed(None),
            Err(error) => return CutoverOutcome::Postponed(Some(error)),
        }
        match client.cut_over(key.group, key.id).await {
            Ok(()) => CutoverOutcome::Accepted,
            Err(error) if error.may_have_taken_effect() || error.is_conflict() => {
                CutoverOutcome::Unclear(error)
            }
            Err(error) if is_transient(&error) => CutoverOutcome::Postponed(Some(error)),
            Err(error) => CutoverOutcome::Refused(error),
        }
    }
}

fn is_transient(error: &Error) -> bool {
    error.is_rate_limited() || error.is_transport() || error.is_server()
}
