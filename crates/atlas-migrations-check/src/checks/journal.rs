//! Checks the journal, and the names and destinations of the plan against it.

use atlas_migrations_journal::{
    Error,
    event::StreamKind,
    store::{JournalInfo, NewRunner, Store, StoreKind, StreamFilter, StreamRow},
};
use atlas_migrations_plan::{Plan, PlannedMigration};

use crate::report::{CheckResult, Group, Item};

/// What the journal says, or why it does not.
#[derive(Debug)]
pub(crate) enum JournalFacts {
    /// No journal is used.
    Off,
    /// The journal cannot be opened, for this reason.
    Unusable(String),
    Open {
        info: Box<JournalInfo>,
        /// Whether it can be written, and what was written read again.
        written: Result<(), Error>,
        /// The migrations, or why they cannot be read.
        rows: Result<Vec<StreamRow>, Error>,
    },
}

impl JournalFacts {
    /// Reads the journal, and tries whether it can be written: the entry of a runner is made and removed.
    pub(crate) async fn read(store: &dyn Store) -> Self {
        let info = match store.info().await {
            Ok(info) => info,
            Err(error) => return Self::Unusable(error.to_string()),
        };
        let mut filter = StreamFilter::default();
        filter.kind = Some(StreamKind::Migration);
        filter.archived = true;
        let rows = store.streams(filter).await;
        let written = if info.read_only.is_none() { write(store).await } else { Ok(()) };
        Self::Open { info: Box::new(info), written, rows }
    }

    /// Returns where the journal is stored.
    pub(crate) fn kind(&self) -> Option<StoreKind> {
        match self {
            Self::Open { info, .. } => Some(info.kind),
            Self::Off | Self::Unusable(_) => None,
        }
    }

    fn rows(&self) -> Option<&[StreamRow]> {
        match self {
            Self::Open { rows: Ok(rows), .. } => Some(rows),
            _ => None,
        }
    }

    /// Returns whether another migration in the journal completed into the destination.
    pub(crate) fn is_completed(&self, plan: &Plan, migration: &PlannedMigration) -> bool {
        let destination = destination(migration);
        let rows = self.rows().unwrap_or_default();
        rows.iter()
            .filter(|row| !is_own(plan, migration, row))
            .any(|row| row.completed.as_ref() == Some(&destination))
    }
}

/// Registers this process and gives the registration back.
async fn write(store: &dyn Store) -> Result<(), Error> {
    let runner = NewRunner::new("plan-check", std::process::id(), "", env!("CARGO_PKG_VERSION"));
    let runner = store.register(runner).await?;
    let renewed = store.renew(runner).await;
    store.release(runner, None).await?;
    renewed.map(|_| ())
}

/// Checks the journal, and each migration against it.
pub(crate) fn journal(facts: &JournalFacts, plan: &Plan) -> Vec<Item> {
    let mut items = vec![place(facts)];
    let Some(rows) = facts.rows() else {
        let item = Item::new(
            Group::Journal,
            "names and destinations",
            CheckResult::CannotTell,
            "there is no journal to compare them with",
        );
        items.push(item);
        return items;
    };
    let clashes: Vec<_> =
        plan.migrations.iter().flat_map(|migration| clash(plan, migration, rows)).collect();
    if clashes.is_empty() {
        let detail = "no other migration of the journal has one of them";
        items.push(Item::new(Group::Journal, "names and destinations", CheckResult::Pass, detail));
    }
    items.extend(clashes);
    items
}

fn place(facts: &JournalFacts) -> Item {
    let item = |result, detail: &str| Item::new(Group::Journal, "journal", result, detail);
    match facts {
        JournalFacts::Off => item(CheckResult::CannotTell, "no journal is used")
            .hint("a run needs one: leave --no-journal out"),
        JournalFacts::Unusable(reason) => item(CheckResult::Fail, reason)
            .hint("a run sends nothing without a journal that it can write"),
        JournalFacts::Open { info, written, rows } => {
            if let Some(reason) = &info.read_only {
                return item(
                    CheckResult::Fail,
                    &format!("{} cannot be written: {reason}", info.location),
                );
            }
            if let Some(error) = written.as_ref().err().or(rows.as_ref().err()) {
                return item(CheckResult::Fail, &error.to_string());
            }
            match &info.warnings[..] {
                [] => item(CheckResult::Pass, &format!("{} writes and reads back", info.location)),
                warnings => {
                    item(CheckResult::Warn, &format!("{}: {}", info.location, warnings.join("; ")))
                }
            }
        }
    }
}

/// Returns what clashes with other migrations of the journal.
fn clash(plan: &Plan, migration: &PlannedMigration, rows: &[StreamRow]) -> Vec<Item> {
    let item = |what, detail: &str| {
        Item::new(Group::Journal, what, CheckResult::Fail, detail).of(&migration.name)
    };
    let others = || rows.iter().filter(|row| !row.archived && !is_own(plan, migration, row));
    let same_name =
        others().find(|row| row.scope == plan.name.as_str() && row.name == migration.name.as_str());
    let destination = destination(migration);
    let same_destination = others().find(|row| row.destination.as_ref() == Some(&destination));
    let mut items = Vec::new();
    if let Some(row) = same_name {
        let detail = format!("{} is another migration of the journal", place_of(row));
        items.push(item("name", &detail).hint("choose another name"));
    }
    if let Some(row) = same_destination {
        let detail = format!(
            "`{}` is the destination of {}, which has not ended",
            migration.destination.cluster,
            place_of(row)
        );
        items.push(
            item("destination in use", &detail)
                .hint("wait for its end, or choose another destination"),
        );
    }
    items
}

/// Returns whether the row is this migration of this plan, from an earlier start.
fn is_own(plan: &Plan, migration: &PlannedMigration, row: &StreamRow) -> bool {
    row.plan.is_some() && row.scope == plan.name.as_str() && row.name == migration.name.as_str()
}

fn destination(migration: &PlannedMigration) -> String {
    format!("{}/{}", migration.project, migration.destination.cluster)
}

fn place_of(row: &StreamRow) -> String {
    format!("`{}/{}` ({})", row.scope, row.name, row.phase.replace('_', " "))
}
