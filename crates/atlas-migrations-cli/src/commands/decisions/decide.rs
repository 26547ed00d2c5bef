//! Appends what a person decides, so that the response says definitely what came first.

use atlas_migrations_journal::event::{Actor, Event, NewEvent, Operation, StreamKind};
use atlas_migrations_journal::state::{Phase, Rejection, StreamState};
use atlas_migrations_journal::store::{Append, Appended, Store, StreamRow};
use atlas_migrations_journal::{Error, StreamId};

use crate::error::{CliError, Exit};
use crate::instant::utc;
use crate::journal::actor;

/// How often another process may come first. Each time one of them made progress.
const MAX_RACES: u32 = 100;

/// What a decision is made on.
pub struct Situation {
    pub row: StreamRow,
    pub state: StreamState,
    /// The time of the journal, in milliseconds since 1970.
    pub now_ms: i64,
}

/// What to do in a situation.
pub enum Decision {
    /// Append this event, if nothing happens before it.
    Append(Box<Event>),
    /// The wish is fulfilled already: the result in one word, and a sentence for people.
    Nothing(&'static str, String),
    /// The wish cannot be fulfilled.
    Refuse(String),
}

/// What was done.
pub enum Done {
    Appended(Appended, Box<Situation>),
    Nothing(&'static str, String),
}

impl Situation {
    pub async fn of(store: &dyn Store, stream: StreamId) -> Result<Self, Error> {
        let (row, state) = store.state(stream).await?;
        let now_ms = store.info().await?.now_ms;
        Ok(Self { row, state, now_ms })
    }

    /// Returns why nothing can be decided any more before the cutover, if that is so.
    pub fn why_too_late(&self) -> Option<String> {
        if let Some(slot) = self.state.slot(&Operation::Cutover) {
            let (intent_seq, at_ms) = (slot.intent_seq, slot.intent_ms);
            let actor = slot.actor.clone();
            return Some(Rejection::TooLate { intent_seq, actor, at_ms }.to_string());
        }
        match self.state.phase() {
            phase @ (Phase::Complete | Phase::Failed | Phase::Expired) => {
                Some(format!("too late: the migration is {phase}"))
            }
            Phase::Forgone if self.state.ended.is_some() => {
                Some("too late: the migration ended without a cutover".to_owned())
            }
            _ => None,
        }
    }

    /// Returns what may still be on its way to Atlas, or happens there, although the stream is held.
    pub fn what_goes_on(&self) -> String {
        match self.state.undecided() {
            Some((key, slot)) => {
                let (op, seq, at) = (&key.op, slot.intent_seq, utc(slot.intent_ms));
                format!("; the {op} request of event {seq} ({at}) may have been sent before")
            }
            None if self.state.migration_id.is_some() => "; Atlas goes on replicating".to_owned(),
            None => String::new(),
        }
    }

    pub fn is_plan(&self) -> bool {
        self.row.kind == StreamKind::Plan
    }
}

impl Decision {
    pub fn append(event: impl Into<Event>) -> Self {
        Self::Append(Box::new(event.into()))
    }
}

/// Decides about a stream until nothing comes in between, and appends the decision.
///
/// # Errors
///
/// The decision is to refuse, the state does not allow the event, or the journal cannot be used.
pub async fn decide(
    store: &dyn Store,
    stream: StreamId,
    actor: &Actor,
    decide: impl Fn(&Situation) -> Decision,
) -> Result<Done, CliError> {
    let mut last = None;
    for _ in 0..MAX_RACES {
        let situation = Situation::of(store, stream).await?;
        let event = match decide(&situation) {
            Decision::Append(event) => event,
            Decision::Nothing(result, text) => return Ok(Done::Nothing(result, text)),
            Decision::Refuse(why) => return Err(refused(why)),
        };
        let event = NewEvent::new(actor.clone(), *event).with_attempt(situation.state.attempt);
        let append = Append::fact(stream, event).at_head(situation.row.head);
        match store.append(append).await {
            Ok(appended) => return Ok(Done::Appended(appended, Box::new(situation))),
            Err(error) if error.is_conflict() => last = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(last.map_or_else(|| refused("nothing was decided"), CliError::from))
}

/// Returns the user of this process, with the name that a person claims as a note.
pub fn decider(by: Option<&str>) -> Actor {
    by.map_or_else(actor, |by| actor().claiming(by))
}

/// Returns the error for a wish that the state of the stream does not allow.
pub fn refused(why: impl Into<String>) -> CliError {
    CliError::new(why).exit(Exit::Rejected).may_have_taken_effect(false, None)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use atlas_migrations_journal::event::{Adopted, ApprovalWithdrawn, Observed};
    use atlas_migrations_journal::store::NewStream;
    use atlas_migrations_journal::{Options, SqliteStore};

    use super::*;

    /// Without the comparison, "no cutover was sent" could be said although one came in between.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_decision_is_made_anew_if_something_comes_in_between() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/journal.db");
        let store = SqliteStore::open(&path, Options::default()).await.unwrap();
        let id = "6296fb4c7c7aa997cf94e9a8";
        let adopted = Adopted::new(id.parse().unwrap(), id.parse().unwrap(), "WORKING".into());
        let stream = NewStream::new(StreamKind::Migration, "weekend", "orders".parse().unwrap());
        let stream_id = stream.id;
        store.create(stream, NewEvent::new(actor(), adopted)).await.unwrap();
        let heads = Cell::new(Vec::new());
        let decider = actor();
        let done = decide(&store, stream_id, &decider, |situation| {
            let mut seen = heads.take();
            seen.push(situation.row.head);
            if seen.len() < 3 {
                // Another process appends after the state was read.
                let event = NewEvent::new(actor(), Observed::new("WORKING".into(), 0));
                let append = store.append(Append::fact(stream_id, event));
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(append))
                    .unwrap();
            }
            heads.set(seen);
            Decision::append(ApprovalWithdrawn::new(
                atlas_migrations_journal::event::Action::Cutover,
            ))
        });
        let Done::Appended(appended, situation) = done.await.unwrap() else { panic!("nothing") };
        assert_eq!(heads.take(), [1, 2, 3]);
        assert_eq!((appended.seq, situation.row.head), (4, 3));
    }
}
