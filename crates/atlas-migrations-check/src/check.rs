//! [`check`]: reads the facts and runs all checks.

use std::{collections::BTreeSet, time::Duration};

use atlas_migrations::{Client, OrgId};
use atlas_migrations_journal::store::Store;
use atlas_migrations_plan::{Plan, Timestamp};

use crate::{
    atlas::AtlasFacts,
    checks::{self, JournalFacts, Passwords},
    report::{CheckResult, Group, Item, Report},
};

/// What a check does besides looking.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckOptions {
    /// The organization of a plan that names none.
    pub organization: Option<OrgId>,
    /// Whether Atlas validates each migration. That changes nothing in Atlas.
    pub validate: bool,
    /// How long to wait for the result of a validation.
    pub validation_timeout: Duration,
    /// Why the journal that should be used cannot be opened.
    pub journal_problem: Option<String>,
}

impl Default for CheckOptions {
    /// No validation; if there is one, 10 minutes for each.
    fn default() -> Self {
        Self {
            organization: None,
            validate: false,
            validation_timeout: Duration::from_mins(10),
            journal_problem: None,
        }
    }
}

/// Checks whether a plan can run. Changes nothing in Atlas.
///
/// Atlas is asked once for the projects that can be migrated and once for the clusters of each project. Passwords are read;
/// hooks are neither run nor called. In the journal the entry of a runner is made and removed, which shows whether it can
/// be written. The time is that of the client's clock.
pub async fn check(
    plan: &Plan,
    client: &Client,
    journal: Option<&dyn Store>,
    options: &CheckOptions,
) -> Report {
    let organization = plan.organization.or(options.organization);
    let projects: BTreeSet<_> = plan.migrations.iter().map(|migration| migration.project).collect();
    let (facts, journal, passwords) = futures_util::future::join3(
        AtlasFacts::read(client, organization, projects),
        read_journal(journal, options),
        Passwords::read(plan),
    )
    .await;
    // A clock beyond the range of times is caught by the comparison with that of Atlas.
    let now = Timestamp::try_from(client.transport().clock().wall()).unwrap_or_default();

    let mut items = checks::access(&facts);
    items.push(checks::link(&facts));
    for migration in &plan.migrations {
        let source = checks::deployment(&facts, migration);
        items.extend(checks::source(&facts, migration));
        let is_completed = journal.is_completed(plan, migration);
        items.extend(checks::destination(&facts, migration, source, is_completed));
        items.extend(checks::versions(migration, source, checks::cluster(&facts, migration)));
    }
    let warnings = plan.warnings(now);
    items.extend(warnings.iter().map(|warning| {
        Item::new(Group::Plan, "plan file", CheckResult::Warn, warning.in_file(&plan.file))
    }));
    items.extend(checks::windows(plan, now, journal.kind()));
    items.extend(checks::hooks(plan));
    items.extend(checks::passwords(plan, &passwords));
    items.extend(checks::journal(&journal, plan));
    if options.validate {
        items.extend(checks::validate(plan, client, &passwords, options.validation_timeout).await);
    }
    Report::new(plan.name.clone(), items)
}

async fn read_journal(journal: Option<&dyn Store>, options: &CheckOptions) -> JournalFacts {
    match (journal, &options.journal_problem) {
        (Some(store), _) => JournalFacts::read(store).await,
        (None, Some(problem)) => JournalFacts::Unusable(problem.clone()),
        (None, None) => JournalFacts::Off,
    }
}
