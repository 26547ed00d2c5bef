//! [`MigrationStream`]: the stream of a migration that a request file or options describe.

use atlas_migrations::{GroupId, MigrationRequest};
use atlas_migrations_journal::event::{
    Action, Approved, Event, NewEvent, Operation, Planned, Retry, StreamKind,
};
use atlas_migrations_journal::store::{Append, NewStream, StreamFilter, StreamRow};
use atlas_migrations_journal::{Error, Hash, Name, StreamId};
use atlas_migrations_runs::changes::{Basis, Change, Reply, RequestForm, Target};
use serde_json::json;

use super::explain::{explain, rejected, unclear_create};
use super::recorder::Recorder;
use crate::change;
use crate::error::{CliError, Exit};

/// How often another process may take a name at the same moment.
const RACES: u32 = 16;

/// What a stream is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Validate,
    /// A person confirmed it, and that data of the destination is dropped if the request says so.
    Create,
}

/// The stream of one migration, which this process works on.
pub struct MigrationStream<'a> {
    pub recorder: &'a Recorder<'a>,
    pub name: Name,
    pub target: Target,
}

impl<'a> MigrationStream<'a> {
    /// If changes are recorded, creates the stream of a request, or takes the one with its name if nothing was started there. Without a given name,
    /// the migration has that of the destination cluster, with a number if it is taken.
    pub async fn open(
        recorder: Option<&'a Recorder<'a>>,
        group: GroupId,
        request: &MigrationRequest,
        given: Option<&Name>,
        purpose: Purpose,
    ) -> Result<Option<Self>, CliError> {
        let Some(recorder) = recorder else {
            return match given {
                Some(_) => {
                    Err(CliError::usage("--name needs a journal, and --no-journal was given"))
                }
                None => Ok(None),
            };
        };
        for _ in 0..RACES {
            let opened = Self::try_open(recorder, group, request, given, purpose).await?;
            if opened.is_some() {
                return Ok(opened);
            }
        }
        Err(CliError::nothing_sent(CliError::new("other processes keep taking the name"))
            .exit(Exit::Rejected))
    }

    /// Sends a change of the migration.
    pub async fn send(&self, text: &change::Change, what: Change) -> Result<Reply, CliError> {
        let (name, target) = (self.name.as_str(), self.target.clone());
        Ok(self.recorder.send(text, name, target, what, Basis::new()).await?.reply)
    }

    /// Returns `None` if another process took the name meanwhile.
    async fn try_open(
        recorder: &'a Recorder<'a>,
        group: GroupId,
        request: &MigrationRequest,
        given: Option<&Name>,
        purpose: Purpose,
    ) -> Result<Option<Self>, CliError> {
        let scope = group.to_string();
        let store = &recorder.journal().store;
        let mut filter = StreamFilter::default();
        filter.kind = Some(StreamKind::Migration);
        filter.scope = Some(scope.clone());
        let rows = store.streams(filter).await.map_err(CliError::from)?;
        let named = |name: &str| rows.iter().find(|row| row.name == name);
        let name = match given {
            Some(name) => name.clone(),
            None => default_name(request)?
                .first_free(|name| named(name).is_some_and(|row| !is_unused(row))),
        };
        let planned = planned(group, request, &name);
        let stream = match named(name.as_str()) {
            Some(row) if is_unused(row) => {
                plan_again(recorder, row, planned).await?;
                row.id
            }
            Some(row) => return Err(taken(recorder, row).await),
            None => {
                let new = NewStream::new(StreamKind::Migration, scope, name.clone());
                let id = new.id;
                let first = NewEvent::new(recorder.changes().actor().clone(), planned);
                match store.create(new, first).await {
                    Ok(_) => id,
                    Err(Error::NameTaken { .. }) => return Ok(None),
                    Err(error) => return Err(CliError::nothing_sent(error.into())),
                }
            }
        };
        if purpose == Purpose::Create && request.drops_destination_data() {
            approve_drop(recorder, stream).await?;
        }
        match recorder.changes().claim(stream).await {
            Ok(target) => Ok(Some(Self { recorder, name, target })),
            Err(error) => Err(explain(&**store, stream, name.as_str(), error).await),
        }
    }
}

/// Returns the error for a name that cannot be used: where its migration stands, and what to do.
async fn taken(recorder: &Recorder<'_>, row: &StreamRow) -> CliError {
    let name = &row.name;
    let phase = row.phase.replace('_', " ");
    let message =
        format!("nothing was sent: there is a migration named `{name}` already: it is {phase}");
    let unclear = unclear_create(&*recorder.journal().store, name).await;
    let hint = unclear.unwrap_or_else(|| {
        format!("choose another name with --name, or see `atlas-migrations status {name}`")
    });
    CliError::new(message).exit(Exit::Rejected).hint(hint).may_have_taken_effect(false, None)
}

/// Returns the name of the destination cluster as the journal takes it.
fn default_name(request: &MigrationRequest) -> Result<Name, CliError> {
    let cluster = request.destination().cluster_name();
    Name::from_cluster(cluster).map_err(|error| {
        CliError::usage("the name of the destination cluster gives no name for the journal")
            .caused_by(&error)
            .hint("choose one with --name")
    })
}

/// Returns whether nothing was started for the stream, so that another request may take its place.
fn is_unused(row: &StreamRow) -> bool {
    row.plan.is_none()
        && row.migration_id.is_none()
        && !row.ended
        && ["planned", "validating", "validated"].contains(&row.phase.as_str())
}

/// Returns the event that a request is planned. Its policy has no conditions: a person sends the requests.
fn planned(group: GroupId, request: &MigrationRequest, name: &Name) -> Planned {
    let form = RequestForm::create(group, request);
    let policy = Hash::of(&json!({ "approvers": 0 }));
    let mut planned = Planned::new(name.clone(), form.hash, policy, form.body);
    let group = group.to_string();
    planned.destination = Some(format!("{group}/{}", request.destination().cluster_name()));
    planned.group_id = group.parse().ok();
    planned.drops_destination = request.drops_destination_data();
    planned
}

/// Plans another request in a stream in which nothing was started. After a refusal it is the next attempt.
async fn plan_again(
    recorder: &Recorder<'_>,
    row: &StreamRow,
    planned: Planned,
) -> Result<(), CliError> {
    let store = &recorder.journal().store;
    let (_, state) = store.state(row.id).await?;
    let mut attempt = state.attempt;
    let is_refused = state
        .refusal
        .as_ref()
        .is_some_and(|refusal| refusal.op == Operation::Create && !refusal.is_temporary());
    let mut events: Vec<Event> = Vec::new();
    if is_refused {
        attempt = attempt.saturating_add(1);
        events.push(Retry::new(attempt).into());
    }
    if state.request_hash.as_ref() != Some(&planned.request_hash) {
        events.push(planned.into());
    }
    for event in events {
        let is_retry = matches!(event, Event::Retry(_));
        let attempt = if is_retry { state.attempt } else { attempt };
        append(recorder, row.id, &row.name, attempt, event).await?;
    }
    Ok(())
}

/// Records that the person who runs the command confirmed that data is dropped.
async fn approve_drop(recorder: &Recorder<'_>, stream: StreamId) -> Result<(), CliError> {
    let (row, state) = recorder.journal().store.state(stream).await?;
    let (Some(policy), Some(request)) = (state.policy_hash, state.request_hash) else {
        return Ok(());
    };
    let approved = Approved::new(Action::CreateWithDrop, policy, request);
    append(recorder, stream, &row.name, state.attempt, approved.into()).await
}

async fn append(
    recorder: &Recorder<'_>,
    stream: StreamId,
    name: &str,
    attempt: u32,
    event: Event,
) -> Result<(), CliError> {
    let store = &recorder.journal().store;
    let event = NewEvent::new(recorder.changes().actor().clone(), event).with_attempt(attempt);
    match store.append(Append::fact(stream, event)).await {
        Ok(_) => Ok(()),
        Err(error) => Err(rejected(&**store, stream, name, error).await),
    }
}
