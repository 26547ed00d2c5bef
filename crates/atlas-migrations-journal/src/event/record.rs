//! An event before and after it is stored.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::codec::Event;
use crate::{
    ids::{EventId, RunnerId, StreamId},
    text::Redactor,
};

/// What a stream is the log of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StreamKind {
    /// One migration, with all its attempts.
    Migration,
    /// One plan.
    Plan,
    /// The link of one organization.
    Link,
}

impl StreamKind {
    /// Returns the word that the journal stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::Plan => "plan",
            Self::Link => "link",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Migration, Self::Plan, Self::Link].into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for StreamKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Who wrote an event: `user@host`. A name that a person only claims ends with ` (claimed)`. What a person decides on a page
/// names the person first: `mira (named by the proxy) at the page of user@host`.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Actor(String);

impl Actor {
    /// Creates an actor from the user and the host that the operating system names.
    pub fn new(user: &str, host: &str) -> Self {
        let redactor = Redactor::default();
        Self(format!("{}@{}", redactor.text(user), redactor.text(host)))
    }

    /// Adds a name that a person claims. It is a note, not proof.
    #[must_use]
    pub fn claiming(&self, name: &str) -> Self {
        Self(format!("{} as {} (claimed)", self.0, Redactor::default().text(name)))
    }

    /// Adds the person for whom this process writes, as a server of a page does, and what vouches for the name, such as
    /// `the proxy`.
    #[must_use]
    pub fn for_person(&self, name: &str, vouched_by: &str) -> Self {
        let redactor = Redactor::default();
        let (name, vouched_by) = (redactor.text(name), redactor.text(vouched_by));
        Self(format!("{name} (named by {vouched_by}) at the page of {}", self.0))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A new event, before it is stored.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NewEvent {
    /// The identifier. Storing the same event twice has no effect.
    pub event_id: EventId,
    /// The attempt that the event belongs to.
    pub attempt: u32,
    /// Who writes it.
    pub actor: Actor,
    /// The process that writes it, if it works on the stream.
    pub runner: Option<RunnerId>,
    /// What happened.
    #[serde(flatten, with = "flat")]
    pub event: Event,
}

impl NewEvent {
    /// Creates an event of the first attempt with a new identifier.
    pub fn new(actor: Actor, event: impl Into<Event>) -> Self {
        Self { event_id: EventId::new(), attempt: 1, actor, runner: None, event: event.into() }
    }

    /// Sets the attempt.
    #[must_use]
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// Sets the runner.
    #[must_use]
    pub fn with_runner(mut self, runner: RunnerId) -> Self {
        self.runner = Some(runner);
        self
    }
}

/// A stored event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EventRecord {
    /// The stream.
    pub stream: StreamId,
    /// The sequence in the stream: 1, 2, 3, …
    pub seq: u64,
    /// The position in the journal: 1, 2, 3, … over all streams.
    pub position: u64,
    /// The identifier.
    pub event_id: EventId,
    /// The attempt that the event belongs to.
    pub attempt: u32,
    /// When it was stored, in milliseconds since 1970; the server's time on PostgreSQL.
    pub at_ms: i64,
    /// Who wrote it.
    pub actor: Actor,
    /// The database user that wrote it, on PostgreSQL.
    pub db_user: Option<String>,
    /// The process that wrote it.
    pub runner: Option<RunnerId>,
    /// What happened.
    pub event: Event,
    /// All fields as they are stored, those included that this version does not know.
    pub fields: Map<String, Value>,
}

impl EventRecord {
    /// Creates the record of an event that is in no journal, for a view over what a process saw itself.
    pub fn in_memory(stream: StreamId, seq: u64, at_ms: i64, event: NewEvent) -> Self {
        let NewEvent { event_id, attempt, actor, runner, event } = event;
        let fields = event.to_fields();
        let (position, db_user) = (seq, None);
        Self {
            stream,
            seq,
            position,
            event_id,
            attempt,
            at_ms,
            actor,
            db_user,
            runner,
            event,
            fields,
        }
    }
}

/// The form of an event in a JSON object: `type`, `v` and `body`.
mod flat {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::{Map, Value};

    use super::Event;

    #[derive(Deserialize, Serialize)]
    struct Flat {
        #[serde(rename = "type")]
        event_type: String,
        v: u32,
        body: Map<String, Value>,
    }

    pub(super) fn serialize<S: Serializer>(
        event: &Event,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Flat {
            event_type: event.event_type().to_owned(),
            v: event.version(),
            body: event.to_fields(),
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Event, D::Error> {
        let flat = Flat::deserialize(deserializer)?;
        Ok(Event::from_fields(&flat.event_type, flat.v, &flat.body))
    }
}
