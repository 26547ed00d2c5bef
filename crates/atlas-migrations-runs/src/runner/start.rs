//! Finds a plan in the journal, or starts it there, and writes down what changed in its file.

use std::sync::Arc;

use atlas_migrations_journal::{
    Error as JournalError,
    event::{Actor, Event, NewEvent, Operation, PlanChanged, PlanStarted, Planned, StreamKind},
    store::{Append, NewStream, Store, StoreKind, StreamFilter, StreamRow},
};
use atlas_migrations_plan::{Plan, PlannedMigration};
use serde_json::{Map, Value, json};

use super::{error::RunError, model::Model};

/// How often the plan is read again because another process wrote to it at the same time.
const CONFLICTS: u32 = 8;

/// A plan and its migrations as the journal has them, and the last position that was read.
pub(super) struct Opened {
    pub(super) model: Model,
    pub(super) position: u64,
}

/// Reads a plan from the journal. Returns `None` if the journal has never seen it.
pub(super) async fn read(store: &dyn Store, plan: &Plan) -> Result<Option<Opened>, JournalError> {
    // Before the streams: what is written in between is read again, which has no effect.
    let position = store.info().await?.events;
    let Some(row) = find_plan(store, plan).await? else { return Ok(None) };
    let mut model = Model::new(plan.clone(), row.id);
    for record in store.read(row.id, 0).await? {
        model.apply(&record);
    }
    add_members(store, &mut model).await?;
    Ok(Some(Opened { model, position }))
}

/// Adds the migrations of the plan that the model does not have yet.
pub(super) async fn add_members(
    store: &dyn Store,
    model: &mut Model,
) -> Result<Vec<usize>, JournalError> {
    let mut filter = StreamFilter::default();
    filter.kind = Some(StreamKind::Migration);
    filter.plan = Some(model.plan_stream);
    filter.archived = true;
    let mut added = Vec::new();
    for row in store.streams(filter).await? {
        if model.place(row.id).is_none()
            && let Some(place) = model.add(&row)
        {
            for record in store.read(row.id, 0).await? {
                model.apply(&record);
            }
            added.push(place);
        }
    }
    Ok(added)
}

async fn find_plan(store: &dyn Store, plan: &Plan) -> Result<Option<StreamRow>, JournalError> {
    let mut filter = StreamFilter::default();
    filter.kind = Some(StreamKind::Plan);
    filter.name = Some(plan.name.to_string());
    Ok(store.streams(filter).await?.into_iter().next())
}

/// Writes the start and the changes of plans.
pub(super) struct Starter {
    pub(super) store: Arc<dyn Store>,
    pub(super) actor: Actor,
}

impl Starter {
    /// Reads a plan from the journal and writes down what its file says now. With `start` it is started if need be.
    pub(super) async fn open(&self, plan: &Plan, start: bool) -> Result<Opened, RunError> {
        let info = self.store.info().await?;
        if let Some(why) = info.read_only {
            return Err(JournalError::ReadOnly(why).into());
        }
        let many = plan.migrations.iter().find(|one| one.policy.approvers > 1);
        if let (StoreKind::Sqlite, Some(one)) = (info.kind, many) {
            let (name, approvers) = (one.name.clone(), one.policy.approvers);
            return Err(RunError::NeedsPostgres { name, approvers });
        }
        self.store.quick_check().await?;
        let mut conflicts = 0;
        loop {
            match self.try_open(plan, start).await {
                Err(RunError::Journal(error))
                    if conflicts < CONFLICTS
                        && (error.is_conflict()
                            || matches!(error, JournalError::NameTaken { .. })) =>
                {
                    conflicts += 1;
                }
                other => return other,
            }
        }
    }

    async fn try_open(&self, plan: &Plan, start: bool) -> Result<Opened, RunError> {
        let opened = match read(&*self.store, plan).await? {
            Some(opened) => opened,
            None if !start => return Err(RunError::NeverStarted { plan: plan.name.clone() }),
            None => {
                let mut started =
                    PlanStarted::new(plan.file.clone(), plan.hash(), plan.canonical());
                started.tool_version = Some(env!("CARGO_PKG_VERSION").to_owned());
                // The name of a plan is unique in a journal: it is the scope of its migrations.
                let stream = NewStream::new(StreamKind::Plan, "", plan.name.clone());
                self.store.create(stream, self.event(1, started)).await?;
                read(&*self.store, plan)
                    .await?
                    .ok_or_else(|| RunError::NeverStarted { plan: plan.name.clone() })?
            }
        };
        let changes = changes(&opened.model)?;
        let model = &opened.model;
        if model.plan_history.state.policy_hash.as_ref() != Some(&plan.hash()) {
            let mut event = PlanChanged::new(plan.file.clone(), plan.hash(), plan.canonical());
            event.changes.clone_from(&changes.said);
            event.tool_version = Some(env!("CARGO_PKG_VERSION").to_owned());
            let append = Append::fact(model.plan_stream, self.event(1, event));
            self.store.append(append.at_head(model.plan_history.state.head)).await?;
        }
        if changes.written.is_empty() {
            return Ok(opened);
        }
        // Runs that start a large plan at the same time each write a part of it: a name that is taken is one conflict for
        // all of them, not one for each migration.
        let mut taken = None;
        for (place, planned) in changes.written {
            let event = planned_event(planned);
            match place {
                None => {
                    let scope = plan.name.to_string();
                    let stream = NewStream::new(StreamKind::Migration, scope, planned.name.clone());
                    let stream = stream.in_plan(model.plan_stream);
                    match self.store.create(stream, self.event(1, event)).await {
                        Err(error @ JournalError::NameTaken { .. }) => taken = Some(error),
                        created => drop(created?),
                    }
                }
                Some(place) => {
                    let member = &model.members[place];
                    let (stream, state) = (member.stream, &member.history.state);
                    let append = Append::fact(stream, self.event(state.attempt, event));
                    self.store.append(append.at_head(state.head)).await?;
                }
            }
        }
        if let Some(error) = taken {
            return Err(error.into());
        }
        let again = read(&*self.store, plan).await?;
        again.ok_or_else(|| RunError::NeverStarted { plan: plan.name.clone() })
    }

    fn event(&self, attempt: u32, event: impl Into<Event>) -> NewEvent {
        NewEvent::new(self.actor.clone(), event).with_attempt(attempt)
    }
}

/// The differences between the journal and the plan file.
struct Changes<'a> {
    /// What people are told, per migration.
    said: Map<String, Value>,
    /// The migrations whose request or policy is written anew, with their places; none for a new one.
    written: Vec<(Option<usize>, &'a PlannedMigration)>,
}

/// Compares the journal with the file.
///
/// Fails, before anything is written, if a request changed that was allowed to be sent.
fn changes(model: &Model) -> Result<Changes<'_>, RunError> {
    let mut changes = Changes { said: Map::new(), written: Vec::new() };
    for (index, planned) in model.plan.migrations.iter().enumerate() {
        let place = model.members.iter().position(|member| member.index == Some(index));
        let name = planned.name.to_string();
        let Some(place) = place else {
            changes.said.insert(name, json!("added"));
            changes.written.push((None, planned));
            continue;
        };
        let state = &model.members[place].history.state;
        let (request, policy) = (planned.request_hash(), planned.policy_hash());
        let is_new_request = state.request_hash.as_ref() != Some(&request);
        let is_new_policy = state.policy_hash.as_ref() != Some(&policy);
        let is_sent = state.migration_id.is_some() || state.slot(&Operation::Create).is_some();
        if is_new_request && is_sent {
            return Err(RunError::Frozen {
                name: planned.name.clone(),
                allowed: state.request_hash.clone(),
                planned: request,
            });
        }
        if is_new_request || is_new_policy {
            let what = match (is_new_request, is_new_policy) {
                (true, true) => "request and policy",
                (true, false) => "request",
                _ => "policy",
            };
            changes.said.insert(name, json!(what));
            changes.written.push((Some(place), planned));
        }
    }
    for member in model.members.iter().filter(|member| member.index.is_none()) {
        changes.said.insert(member.name.to_string(), json!("removed"));
    }
    Ok(changes)
}

/// Returns the event that says what is planned. The name is the one in the file.
fn planned_event(planned: &PlannedMigration) -> Planned {
    let create = planned.create_request();
    let mut event = Planned::new(
        planned.name.clone(),
        create.hash().clone(),
        planned.policy_hash(),
        create.body().clone(),
    );
    event.group_id = planned.project.to_string().parse().ok();
    event.destination = Some(planned.destination_key());
    event.drops_destination = planned.drop_destination_data;
    event.approvers = planned.policy.approvers;
    event.approval_expires_after_ms =
        u64::try_from(planned.policy.approval_expires.as_millis()).ok();
    event
}
