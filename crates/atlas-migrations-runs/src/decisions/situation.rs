//! [`Situation`]: what a decision is made on.

use atlas_migrations_journal::{
    Error, StreamId,
    event::{Operation, StreamKind},
    state::{Phase, Rejection, StreamState},
    store::{Store, StreamRow},
};

/// What a decision is made on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Situation {
    /// The stream.
    pub row: StreamRow,
    /// What its events say.
    pub state: StreamState,
    /// The time of the journal, in milliseconds since 1970.
    pub now_ms: i64,
}

impl Situation {
    /// Reads the situation of a stream.
    ///
    /// # Errors
    /// The journal has no such stream, or cannot be read.
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

    /// Returns whether the stream is a plan.
    pub fn is_plan(&self) -> bool {
        self.row.kind == StreamKind::Plan
    }
}
