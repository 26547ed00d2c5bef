//! [`LinkStream`]: the stream of the link of an organization.

use atlas_migrations::OrgId;
use atlas_migrations_journal::event::{
    Event, NewEvent, Operation, Outcome, OutcomeResult, Sent, StreamKind, Unclear, UnclearReason,
};
use atlas_migrations_journal::state::SlotState;
use atlas_migrations_journal::store::{Append, NewStream, StreamFilter};
use atlas_migrations_journal::{InvalidName, StreamId};
use atlas_migrations_runs::changes::Target;

use super::explain::{explain, rejected};
use super::recorder::Recorder;
use crate::error::CliError;

/// The name of the stream in the scope of its organization.
const NAME: &str = "link";

/// The stream of the link of an organization, which this process works on.
pub struct LinkStream {
    pub target: Target,
}

impl LinkStream {
    /// The name in messages.
    pub const NAME: &'static str = NAME;

    /// Takes the stream of the link. If there is none, the first intent creates it.
    pub async fn open(recorder: &Recorder<'_>, org: OrgId) -> Result<Self, CliError> {
        let store = &recorder.journal().store;
        let mut filter = StreamFilter::default();
        filter.kind = Some(StreamKind::Link);
        filter.scope = Some(org.to_string());
        let rows = store.streams(filter).await.map_err(CliError::from)?;
        let Some(row) = rows.first() else {
            let name = NAME.parse().map_err(|error: InvalidName| {
                CliError::new("the journal has no name for a link").caused_by(&error)
            })?;
            let new = NewStream::new(StreamKind::Link, org.to_string(), name);
            return Ok(Self { target: Target::New(new) });
        };
        match recorder.changes().claim(row.id).await {
            Ok(target) => {
                call_unclear(recorder, row.id).await?;
                Ok(Self { target })
            }
            Err(error) => Err(explain(&**store, row.id, NAME, error).await),
        }
    }
}

/// Records that the fate of a request is not known whose process is gone: no run does that for a link. The journal refuses
/// it while that process may still send the request.
async fn call_unclear(recorder: &Recorder<'_>, stream: StreamId) -> Result<(), CliError> {
    let store = &recorder.journal().store;
    let (_, state) = store.state(stream).await?;
    let Some((_, slot)) = state.undecided().filter(|(_, slot)| slot.state == SlotState::Open)
    else {
        return Ok(());
    };
    let gone = Unclear::new(slot.intent_seq, UnclearReason::RunnerGone, Sent::Unknown);
    let event = NewEvent::new(recorder.changes().actor().clone(), gone).with_attempt(state.attempt);
    match store.append(Append::fact(stream, event)).await {
        Ok(_) => Ok(()),
        Err(error) => Err(rejected(&**store, stream, NAME, error).await),
    }
}

/// Records that there is no link: Atlas refused to remove one because there is none.
pub async fn record_gone(recorder: &Recorder<'_>, stream: StreamId) -> Result<(), CliError> {
    let store = &recorder.journal().store;
    let records = store.read(stream, 0).await?;
    let last = records.iter().rev().find(|record| {
        matches!(&record.event, Event::Intent(intent) if intent.op == Operation::LinkDelete)
    });
    let Some(intent) = last else { return Ok(()) };
    let mut gone = Outcome::new(intent.seq, OutcomeResult::Accepted);
    gone.status = Some(404);
    let event = NewEvent::new(recorder.changes().actor().clone(), gone);
    store.append(Append::fact(stream, event.with_attempt(intent.attempt))).await?;
    Ok(())
}
