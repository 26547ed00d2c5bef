//! Appends what a person decides, so that the result says definitely what came first.

use atlas_migrations_journal::{
    StreamId,
    event::{Actor, Event, NewEvent},
    store::{Append, Appended, Store},
};

use super::{error::DecisionError, situation::Situation};

/// How often another process may come first. Each time one of them made progress.
const MAX_RACES: u32 = 100;

/// What to do in a situation.
#[derive(Debug)]
pub enum Decision {
    /// Append this event, if nothing happens before it.
    Append(Box<Event>),
    /// The wish is fulfilled already: the result in one word, and a sentence for people.
    Nothing(&'static str, String),
    /// The wish cannot be fulfilled.
    Refuse(String),
}

/// What was done.
#[derive(Debug)]
pub enum Done {
    /// The event was appended, in this situation.
    Appended(Appended, Box<Situation>),
    /// The wish was fulfilled already: the result in one word, and a sentence for people.
    Nothing(&'static str, String),
}

impl Decision {
    /// Returns the decision to append an event.
    pub fn append(event: impl Into<Event>) -> Self {
        Self::Append(Box::new(event.into()))
    }
}

/// Decides about a stream until nothing comes in between, and appends the decision.
///
/// # Errors
/// The decision is to refuse, the state does not allow the event, or the journal cannot be used.
pub async fn decide(
    store: &dyn Store,
    stream: StreamId,
    actor: &Actor,
    decide: impl Fn(&Situation) -> Decision + Send + Sync,
) -> Result<Done, DecisionError> {
    let mut last = None;
    for _ in 0..MAX_RACES {
        let situation = Situation::of(store, stream).await?;
        let event = match decide(&situation) {
            Decision::Append(event) => event,
            Decision::Nothing(result, text) => return Ok(Done::Nothing(result, text)),
            Decision::Refuse(why) => return Err(DecisionError::Refused(why)),
        };
        let event = NewEvent::new(actor.clone(), *event).with_attempt(situation.state.attempt);
        let append = Append::fact(stream, event).at_head(situation.row.head);
        match store.append(append).await {
            Ok(appended) => return Ok(Done::Appended(appended, Box::new(situation))),
            Err(error) if error.is_conflict() => last = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    let nothing = || DecisionError::Refused("nothing was decided".to_owned());
    Err(last.map_or_else(nothing, DecisionError::Journal))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use atlas_migrations_journal::{
        Options, SqliteStore,
        event::{Action, Adopted, ApprovalWithdrawn, Observed, StreamKind},
        store::NewStream,
    };

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
        let ana = Actor::new("ana", "ops1");
        store.create(stream, NewEvent::new(ana.clone(), adopted)).await.unwrap();
        let heads = Mutex::new(Vec::new());
        let done = decide(&store, stream_id, &ana, |situation| {
            let mut seen = heads.lock().unwrap();
            seen.push(situation.row.head);
            if seen.len() < 3 {
                // Another process appends after the state was read.
                let event = NewEvent::new(ana.clone(), Observed::new("WORKING".into(), 0));
                let append = store.append(Append::fact(stream_id, event));
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(append))
                    .unwrap();
            }
            Decision::append(ApprovalWithdrawn::new(Action::Cutover))
        });
        let Done::Appended(appended, situation) = done.await.unwrap() else { panic!("nothing") };
        assert_eq!(*heads.lock().unwrap(), [1, 2, 3]);
        assert_eq!((appended.seq, situation.row.head), (4, 3));
    }
}
