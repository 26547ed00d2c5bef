//! [`CutoverRecorder`]: the cutover of one migration through the journal.

use std::sync::Arc;

use atlas_migrations::{LiveMigration, LiveMigrationId};
use atlas_migrations_journal::event::{Adopted, NewEvent, StreamKind};
use atlas_migrations_journal::store::{NewStream, Store, StreamFilter, StreamRow};
use atlas_migrations_journal::{Error, InvalidId, InvalidName, Name, Redactor, StreamId};
use atlas_migrations_runs::changes::{Accepted, Basis, Change, ChangeError, Changes, Target};
use serde_json::Value;

use super::explain::explain;
use super::plan_check::{PlanVerdict, check_plan};
use super::recorder::Recorder;
use crate::error::{CliError, Exit};
use crate::journal::record_look;
use crate::migration_target::MigrationTarget;

/// How often another process may take a name at the same moment.
const RACES: u32 = 16;

/// Records the cutover of one migration. A migration that the journal does not know is adopted under a new name.
#[derive(Clone, Debug)]
pub struct CutoverRecorder {
    store: Arc<dyn Store>,
    redactor: Redactor,
    changes: Changes,
    migration: MigrationTarget,
    override_policy: Option<String>,
}

/// The stream of a migration that is to be cut over, which this process works on.
pub struct CutoverStream {
    pub name: String,
    pub target: Target,
    /// What the decision to send is based on.
    pub basis: Basis,
}

/// Why a cutover was not accepted.
pub enum CutoverError {
    /// The plan of the migration does not allow it now. Nothing was sent.
    Plan(String),
    Change(ChangeError),
}

impl From<ChangeError> for CutoverError {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}

impl From<Error> for CutoverError {
    fn from(error: Error) -> Self {
        Self::Change(error.into())
    }
}

impl CutoverRecorder {
    pub fn new(
        recorder: &Recorder<'_>,
        migration: &MigrationTarget,
        override_policy: Option<String>,
    ) -> Self {
        Self {
            store: Arc::clone(&recorder.journal().store),
            redactor: recorder.journal().redactor.clone(),
            changes: recorder.changes().clone(),
            migration: migration.clone(),
            override_policy,
        }
    }

    /// Returns what is sent.
    pub fn change(&self) -> Change {
        Change::Cutover { group: self.migration.group, id: self.migration.id }
    }

    /// Finds or creates the stream, records what Atlas shows, checks the plan, and takes the stream.
    pub async fn open(&self, job: &LiveMigration) -> Result<CutoverStream, CutoverError> {
        let (stream, name) = self.stream(job).await?;
        let actor = self.changes.actor();
        record_look(&*self.store, &self.redactor, actor, stream, job).await?;
        let basis = match &self.override_policy {
            Some(reason) => Basis::new().overriding(reason),
            None => self.basis(stream, job).await?,
        };
        let target = self.changes.claim(stream).await?;
        Ok(CutoverStream { name, target, basis })
    }

    /// Sends the cutover once, for a migration that was just looked at.
    pub async fn send(&self, job: &LiveMigration) -> Result<Accepted, CutoverError> {
        let CutoverStream { target, basis, .. } = self.open(job).await?;
        Ok(self.changes.send(target, self.change(), basis).await?)
    }

    /// Explains an error to the user.
    pub async fn explain(&self, error: CutoverError) -> CliError {
        let name = self.migration.name.clone().unwrap_or_else(|| self.migration.id.to_string());
        match error {
            CutoverError::Change(error) => {
                explain(&*self.store, self.migration.stream, &name, error).await
            }
            CutoverError::Plan(reason) => CliError::new(format!("nothing was sent: {reason}"))
                .exit(Exit::Rejected)
                .hint("`run` cuts it over when the plan allows that; --override-policy REASON does it now")
                .may_have_taken_effect(false, None),
        }
    }

    async fn basis(&self, stream: StreamId, job: &LiveMigration) -> Result<Basis, CutoverError> {
        let (row, _) = self.store.state(stream).await?;
        let Some(plan) = row.plan else { return Ok(Basis::new()) };
        match check_plan(&*self.store, plan, &row, job).await? {
            PlanVerdict::Allowed { gate } => Ok(Basis::new().at_gate(gate)),
            PlanVerdict::Obstacle(reason) => Err(CutoverError::Plan(reason)),
        }
    }

    async fn stream(&self, job: &LiveMigration) -> Result<(StreamId, String), Error> {
        if let Some(stream) = self.migration.stream {
            let name = self.migration.name.clone();
            return Ok((stream, name.unwrap_or_else(|| self.migration.id.to_string())));
        }
        self.adopt(job).await
    }

    async fn adopt(&self, job: &LiveMigration) -> Result<(StreamId, String), Error> {
        let id = self.migration.id;
        let mut result = Err(Error::NoSuchStream(StreamId::new()));
        for _ in 0..RACES {
            let mut filter = StreamFilter::default();
            filter.kind = Some(StreamKind::Migration);
            filter.archived = true;
            let rows = self.store.streams(filter).await?;
            let text = id.to_string();
            if let Some(row) = rows.iter().find(|row| row.migration_id.as_ref() == Some(&text)) {
                return Ok((row.id, row.name.clone()));
            }
            result = self.adopt_as(&name_for(job, id, &rows, &self.scope())?, job).await;
            if !matches!(result, Err(Error::NameTaken { .. } | Error::MigrationTaken { .. })) {
                break;
            }
        }
        result
    }

    async fn adopt_as(
        &self,
        name: &Name,
        job: &LiveMigration,
    ) -> Result<(StreamId, String), Error> {
        let new = NewStream::new(StreamKind::Migration, self.scope(), name.clone());
        let stream = new.id;
        let invalid = |error: InvalidId| Error::Location(error.to_string());
        let group = self.scope().parse().map_err(invalid)?;
        let id = self.migration.id.to_string().parse().map_err(invalid)?;
        let status = job.status.as_ref().map_or("", |status| status.as_str());
        let status = self.redactor.text(status).as_str().to_owned();
        let first = NewEvent::new(self.changes.actor().clone(), Adopted::new(group, id, status));
        self.store.create(new, first).await?;
        Ok((stream, name.to_string()))
    }

    fn scope(&self) -> String {
        self.migration.group.to_string()
    }
}

/// Returns a free name: that of the destination cluster if Atlas says it, else one made of the ID.
fn name_for(
    job: &LiveMigration,
    id: LiveMigrationId,
    rows: &[StreamRow],
    scope: &str,
) -> Result<Name, Error> {
    let destination = job.unknown_fields.get("destination");
    let cluster = destination.and_then(|destination| destination.get("clusterName"));
    let name = match cluster.and_then(Value::as_str).map(Name::from_cluster) {
        Some(Ok(name)) => name,
        _ => format!("migration-{}", id.to_string().get(..8).unwrap_or_default())
            .parse()
            .map_err(|error: InvalidName| Error::Location(error.to_string()))?,
    };
    let is_taken =
        |name: &str| rows.iter().any(|row| !row.archived && row.scope == scope && row.name == name);
    Ok(name.first_free(is_taken))
}
