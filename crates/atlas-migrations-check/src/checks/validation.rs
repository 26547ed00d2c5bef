//! Lets Atlas validate each migration. That changes nothing in Atlas.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
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
const LEFT_PERCENT: u32 = 20;

/// Validates each migration, at most four at once.
pub(crate) async fn validate(
    plan: &Plan,
    client: &Client,
    passwords: &Passwords,
    timeout: Duration,
) -> Vec<Item> {
    let run = Run { client, redactor: passwords.redactor(), budget: Mutex::default(), timeout };
    let items = stream::iter(&plan.migrations)
        .map(|migration| run.item(migration, passwords))
        .buffered(AT_ONCE);
    items.collect().await
}

struct Run<'a> {
    client: &'a Client,
    redactor: Redactor,
    budget: Mutex<Budget>,
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
        let mut validation = self.send(self.client.validate(project, request).send()).await?;
        let Some(id) = validation.id else { return Ok(validation) };
        while !validation.is_terminal() && clock.now() < end {
            clock.sleep(POLL).await;
            validation = self.send(self.client.validation(project, id).send()).await?;
        }
        Ok(validation)
    }

    /// Sends a request when more than a fifth of the rate limit is left, those on their way included.
    ///
    /// Otherwise it waits once: then at most four requests go out in ten seconds, which is less than Atlas adds in that time,
    /// and their responses tell how much is left.
    async fn send<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Error>>,
    ) -> Result<T, Error> {
        if !self.budget().has_room() {
            self.client.transport().clock().sleep(PAUSE).await;
        }
        self.budget().on_their_way += 1;
        let result = call.await;
        let mut budget = self.budget();
        budget.on_their_way -= 1;
        let response = result?;
        budget.limit = response.metadata().rate_limit();
        Ok(response.into_value())
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left of the rate limit.
#[derive(Default)]
struct Budget {
    /// As of the latest response.
    limit: Option<RateLimit>,
    /// The number of requests without a response.
    on_their_way: u64,
}

impl Budget {
    fn has_room(&self) -> bool {
        self.limit.is_none_or(|limit| {
            let left = limit.remaining.saturating_sub(self.on_their_way);
            u128::from(left) * 100 > u128::from(limit.limit) * u128::from(LEFT_PERCENT)
        })
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
