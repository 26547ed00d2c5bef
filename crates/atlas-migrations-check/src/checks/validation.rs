//! Lets Atlas validate each migration. That changes nothing in Atlas.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use atlas_migrations::{Client, Error, RateLimit, Response, Validation, ValidationStatus};
use atlas_migrations_journal::Redactor;
use atlas_migrations_plan::{Plan, PlannedMigration};
use futures_util::{StreamExt as _, stream};

use super::passwords::Passwords;
use crate::report::{CheckResult, Group, Item};

/// The number of validations at once.
const AT_ONCE: usize = 4;
/// The time between two looks at a validation.
const POLL: Duration = Duration::from_secs(5);
/// How long to wait when little is left of the rate limit.
const PAUSE: Duration = Duration::from_secs(10);
/// The share of the rate limit that is left to others, in percent.
const LEFT_PERCENT: u64 = 20;

/// Validates each migration, at most four at once.
pub(crate) async fn validate(
    plan: &Plan,
    client: &Client,
    passwords: &Passwords,
    timeout: Duration,
) -> Vec<Item> {
    let run = Run { client, redactor: passwords.redactor(), limit: Mutex::default(), timeout };
    let items = stream::iter(&plan.migrations)
        .map(|migration| run.item(migration, passwords))
        .buffered(AT_ONCE);
    items.collect().await
}

struct Run<'a> {
    client: &'a Client,
    redactor: Redactor,
    /// The rate limit as of the latest response.
    limit: Mutex<Option<RateLimit>>,
    timeout: Duration,
}

impl Run<'_> {
    async fn item(&self, migration: &PlannedMigration, passwords: &Passwords) -> Item {
        let (result, detail) = self.validate(migration, passwords).await;
        // Atlas could repeat a password in its message.
        let detail = self.redactor.text(&detail);
        Item::new(Group::Validation, "validation", result, detail.as_str()).of(&migration.name)
    }

    async fn validate(
        &self,
        migration: &PlannedMigration,
        passwords: &Passwords,
    ) -> (CheckResult, String) {
        let password = match passwords.get(migration) {
            None => None,
            Some(Ok(password)) => Some(password.clone()),
            Some(Err(error)) => return (CheckResult::CannotTell, error.to_string()),
        };
        let request = match migration.request(password) {
            Ok(request) => request,
            Err(error) => return (CheckResult::Fail, error.to_string()),
        };
        match self.follow(migration, &request).await {
            Ok(validation) => judge(&validation, self.timeout),
            Err(error) if is_refused(&error) => (CheckResult::Fail, error.summary()),
            Err(error) => (CheckResult::CannotTell, error.summary()),
        }
    }

    /// Starts a validation and looks at it until it ends or the time is over.
    async fn follow(
        &self,
        migration: &PlannedMigration,
        request: &atlas_migrations::MigrationRequest,
    ) -> Result<Validation, Error> {
        let (clock, project) = (self.client.transport().clock(), migration.project);
        let end = clock.now().saturating_add(self.timeout);
        self.wait_for_room().await;
        let mut validation = self.seen(self.client.validate(project, request).send().await?);
        let Some(id) = validation.id else { return Ok(validation) };
        while !validation.is_terminal() && clock.now() < end {
            clock.sleep(POLL).await;
            self.wait_for_room().await;
            validation = self.seen(self.client.validation(project, id).send().await?);
        }
        Ok(validation)
    }

    /// Waits if less than a fifth of the rate limit is left. The request after the wait tells how much is left then: at most
    /// four requests in ten seconds, which is less than Atlas adds in that time.
    async fn wait_for_room(&self) {
        let limit = *self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        if limit.is_some_and(|limit| limit.remaining * 100 < limit.limit * LEFT_PERCENT) {
            self.client.transport().clock().sleep(PAUSE).await;
        }
    }

    fn seen<T>(&self, response: Response<T>) -> T {
        let limit = response.metadata().rate_limit();
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = limit;
        response.into_value()
    }
}

fn judge(validation: &Validation, timeout: Duration) -> (CheckResult, String) {
    match &validation.status {
        Some(ValidationStatus::Success) => {
            (CheckResult::Pass, "Atlas accepts the request".to_owned())
        }
        Some(ValidationStatus::Failed) => {
            let message = validation.error_message.as_deref().unwrap_or("Atlas gives no reason");
            (CheckResult::Fail, message.to_owned())
        }
        Some(ValidationStatus::Pending) | None => {
            (CheckResult::CannotTell, format!("no result within {} s", timeout.as_secs()))
        }
        Some(other) => (CheckResult::CannotTell, format!("Atlas says {}", other.as_str())),
    }
}

/// Returns whether the service refused the request itself, so that another try is refused too.
fn is_refused(error: &Error) -> bool {
    let is_client_error = error.status().is_some_and(|status| status.is_client_error());
    error.is_request() || (is_client_error && !error.is_rate_limited())
}
