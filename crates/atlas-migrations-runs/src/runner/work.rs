//! One action for one migration: what a task does while the engine goes on.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use atlas_migrations::{
    Client, Clock, Error, GroupId, LiveMigration, LiveMigrationId, Secret, ValidationId,
    ValidationStatus,
};
use atlas_migrations_journal::{
    AtlasId, Error as JournalError, Redactor, StreamId,
    event::{Event, NewEvent, Validated},
    store::Append,
};
use atlas_migrations_plan::PlannedMigration;

use super::settings::RunSettings;
use crate::{
    changes::{Accepted, Basis, Change, ChangeError, Changes, Target},
    hooks::{CutoverDecision, Hooks},
};

/// What a task does.
pub(super) enum Job {
    Record(Event),
    Validate(Target, Box<PlannedMigration>, Basis),
    Create(Target, Box<PlannedMigration>, Basis),
    PollValidation(GroupId, AtlasId),
    Look(GroupId, LiveMigrationId),
    AskHooks,
    CutOver(Target, GroupId, LiveMigrationId, Basis),
}

/// What a task did.
pub(super) enum Done {
    Recorded(Result<(), JournalError>),
    /// The request was sent, or not.
    Changed(Result<Accepted, ChangeError>),
    /// The validation is pending, ended, or cannot be read.
    Validation(Result<bool, Error>),
    Look(Result<Box<Looked>, Error>),
    Hooks(Result<CutoverDecision, JournalError>),
    /// Nothing was sent because there is no password.
    NoPassword(String),
}

/// The state of a migration, and when it was seen.
pub(super) struct Looked {
    pub(super) migration: LiveMigration,
    pub(super) at_ms: i64,
    /// How far this machine's clock is ahead, in milliseconds, if the response says the time.
    pub(super) skew_ms: Option<i64>,
}

/// What all tasks of a run share.
#[derive(Clone)]
pub(super) struct Worker {
    pub(super) changes: Changes,
    pub(super) hooks: Hooks,
    pub(super) settings: Arc<RunSettings>,
    pub(super) folder: Arc<std::path::Path>,
    pub(super) clock: Arc<dyn Clock>,
    /// The passwords that were read: a text from Atlas could repeat one.
    pub(super) passwords: Arc<Mutex<Vec<Secret>>>,
}

impl Worker {
    pub(super) async fn work(&self, stream: StreamId, attempt: u32, job: Job) -> Done {
        match job {
            Job::Record(event) => Done::Recorded(self.record(stream, attempt, event).await),
            Job::Validate(target, planned, basis) => {
                let change = |group, request| Change::Validate { group, request };
                self.send_request(target, &planned, basis, change).await
            }
            Job::Create(target, planned, basis) => {
                let change = |group, request| Change::Create { group, request };
                self.send_request(target, &planned, basis, change).await
            }
            Job::PollValidation(group, id) => {
                self.poll_validation(stream, attempt, group, id).await
            }
            Job::Look(group, id) => {
                Done::Look(look(self.changes.client(), &*self.clock, group, id).await)
            }
            Job::AskHooks => {
                self.changes.probe("runner.hook_asked");
                let decision = self.hooks.before_cutover(stream).await;
                self.changes.probe("runner.hook_answered");
                Done::Hooks(decision)
            }
            Job::CutOver(target, group, id, basis) => {
                Done::Changed(self.changes.send(target, Change::Cutover { group, id }, basis).await)
            }
        }
    }

    async fn record(
        &self,
        stream: StreamId,
        attempt: u32,
        event: Event,
    ) -> Result<(), JournalError> {
        let event = NewEvent::new(self.changes.actor().clone(), event).with_attempt(attempt);
        let event = event.with_runner(self.changes.runner());
        self.changes.store().append(Append::fact(stream, event)).await.map(|_| ())
    }

    async fn send_request(
        &self,
        target: Target,
        planned: &PlannedMigration,
        basis: Basis,
        change: impl FnOnce(GroupId, Box<atlas_migrations::MigrationRequest>) -> Change,
    ) -> Done {
        let password = match self.password(planned).await {
            Ok(password) => password,
            Err(why) => return Done::NoPassword(why),
        };
        match planned.request(password) {
            Ok(request) => {
                let change = change(planned.project, Box::new(request));
                Done::Changed(self.changes.send(target, change, basis).await)
            }
            Err(error) => Done::NoPassword(error.to_string()),
        }
    }

    /// Reads the password when it is used, so that a new one is taken without a restart.
    pub(super) async fn password(
        &self,
        planned: &PlannedMigration,
    ) -> Result<Option<Secret>, String> {
        let Some(source) = planned.password() else { return Ok(None) };
        let typed = self.settings.prompted.as_ref().and_then(|typed| typed(planned));
        let password = match typed {
            Some(password) => password,
            None => source.read(&self.folder).await.map_err(|error| error.to_string())?,
        };
        let mut known = self.passwords.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|one| one.expose() == password.expose()) {
            known.push(password.clone());
        }
        Ok(Some(password))
    }

    /// Returns what replaces the secrets that this process knows.
    pub(super) fn redactor(&self) -> Redactor {
        let known = self.passwords.lock().unwrap_or_else(PoisonError::into_inner);
        Redactor::new(self.changes.secrets().iter().chain(known.iter()).map(Secret::expose))
    }

    async fn poll_validation(
        &self,
        stream: StreamId,
        attempt: u32,
        group: GroupId,
        id: AtlasId,
    ) -> Done {
        let Ok(validation) = id.as_str().parse::<ValidationId>() else {
            return Done::Validation(Err(Error::request("the validation has no ID")));
        };
        let found = match self.changes.client().validation(group, validation).await {
            Ok(found) => found,
            Err(error) => return Done::Validation(Err(error)),
        };
        let status = match found.status {
            Some(ValidationStatus::Success) => "SUCCESS",
            Some(ValidationStatus::Failed) => "FAILED",
            _ => return Done::Validation(Ok(false)),
        };
        let mut validated = Validated::new(id, status.into());
        validated.message = found.error_message.map(|message| self.redactor().text(&message));
        Done::Recorded(self.record(stream, attempt, validated.into()).await)
    }
}

async fn look(
    client: &Client,
    clock: &dyn Clock,
    group: GroupId,
    id: LiveMigrationId,
) -> Result<Box<Looked>, Error> {
    let response = client.live_migration(group, id).send().await?;
    let now = clock.wall();
    let date = response.metadata().headers().get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
    let skew_ms = date.map(|date| milliseconds(now) - milliseconds(date));
    Ok(Box::new(Looked { migration: response.into_value(), at_ms: milliseconds(now), skew_ms }))
}

/// Returns a time in milliseconds since 1970.
pub(super) fn milliseconds(time: std::time::SystemTime) -> i64 {
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
