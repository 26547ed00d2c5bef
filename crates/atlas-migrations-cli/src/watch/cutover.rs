//! Cuts migrations over when they are ready.

use std::time::Duration;

use atlas_client_core::sanitize;
use atlas_migrations::{Client, Error, LiveMigration, LiveMigrationRef};

use atlas_migrations_journal::{self as journal, state::Rejection};
use atlas_migrations_runs::changes::ChangeError;

use super::cutover_condition::CutoverCondition;
use crate::error::CliError;
use crate::recorded::{CutoverError, CutoverRecorder};

/// Which migrations to cut over, and when.
#[derive(Clone, Debug, Default)]
pub struct AutoCutover {
    /// The largest lag at which a migration is cut over.
    pub max_lag: Option<Duration>,
    /// Migrations that are not cut over.
    pub except: Vec<LiveMigrationRef>,
    /// Records the cutover of the only migration in the journal.
    pub recorder: Option<CutoverRecorder>,
}

/// The outcome of an attempt to cut over.
pub enum CutoverOutcome {
    Accepted,
    /// The last check found the migration not ready or failed, or the service did not take the request for now.
    Postponed(Option<Error>),
    /// The request may have taken effect, or somebody else sent one first.
    Unclear(Error),
    Refused(Error),
    /// The journal does not allow the cutover, or cannot record it: nothing was sent.
    NotAllowed(CliError),
    /// The journal does not allow the cutover for now: nothing was sent.
    NotAllowedYet(String),
}

impl CutoverOutcome {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Postponed(_) | Self::NotAllowedYet(_) => "postponed",
            Self::Unclear(_) => "unclear",
            Self::Refused(_) | Self::NotAllowed(_) => "refused",
        }
    }

    /// Returns the error that led to the outcome, in one line.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Accepted | Self::Postponed(None) => None,
            Self::Postponed(Some(error)) | Self::Unclear(error) | Self::Refused(error) => {
                Some(sanitize(&error.summary()))
            }
            Self::NotAllowed(error) => Some(sanitize(&error.message())),
            Self::NotAllowedYet(reason) => Some(sanitize(reason)),
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

    /// Checks the migration once more and sends the cutover once, through the journal if there is one.
    ///
    /// The client does not retry it, because the migration has to be checked again before each attempt.
    pub async fn attempt(&self, client: &Client, key: LiveMigrationRef) -> CutoverOutcome {
        let client = client.without_retries();
        let job = match client.live_migration(key.group, key.id).await {
            Ok(job) if self.is_due(key, &job) => job,
            Ok(_) => return CutoverOutcome::Postponed(None),
            Err(error) => return CutoverOutcome::Postponed(Some(error)),
        };
        if let Some(recorder) = &self.recorder {
            return match recorder.send(&job).await {
                Ok(_) => CutoverOutcome::Accepted,
                Err(error) => outcome_of(recorder, error).await,
            };
        }
        match client.cut_over(key.group, key.id).await {
            Ok(()) => CutoverOutcome::Accepted,
            Err(error) if error.may_have_taken_effect() || error.is_conflict() => {
                CutoverOutcome::Unclear(error)
            }
            Err(error) => refused_or_postponed(error),
        }
    }
}

/// Returns the outcome of a recorded cutover that was not accepted.
async fn outcome_of(recorder: &CutoverRecorder, error: CutoverError) -> CutoverOutcome {
    let error = match error {
        CutoverError::Plan(reason) => return CutoverOutcome::NotAllowedYet(reason),
        CutoverError::Change(error) => error,
    };
    match error {
        ChangeError::Unclear { error, .. } => CutoverOutcome::Unclear(error),
        ChangeError::Refused { error, .. }
        | ChangeError::NotSent { error, .. }
        | ChangeError::Unready(error) => refused_or_postponed(error),
        error if is_temporary(&error) => CutoverOutcome::NotAllowedYet(error.to_string()),
        error => CutoverOutcome::NotAllowed(recorder.explain(error.into()).await),
    }
}

/// Returns whether the journal may allow the cutover later: a person or another process can change its mind.
fn is_temporary(error: &ChangeError) -> bool {
    error.is_temporary()
        || matches!(
            error,
            ChangeError::Rejected(journal::Error::Rejected(
                Rejection::Held
                    | Rejection::Postponed { .. }
                    | Rejection::NotApproved { .. }
                    | Rejection::NotReady
            ))
        )
}

fn refused_or_postponed(error: Error) -> CutoverOutcome {
    if is_transient(&error) {
        CutoverOutcome::Postponed(Some(error))
    } else {
        CutoverOutcome::Refused(error)
    }
}

fn is_transient(error: &Error) -> bool {
    error.is_rate_limited() || error.is_transport() || error.is_server()
}
