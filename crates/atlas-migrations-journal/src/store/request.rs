//! What a caller asks of a store.

use crate::{
    event::{NewEvent, StreamKind},
    ids::{EventId, RunnerId, StreamId},
    name::Name,
};

/// A new stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewStream {
    /// The identifier.
    pub id: StreamId,
    /// What the stream is the log of.
    pub kind: StreamKind,
    /// The scope of the name: the plan's name, or a project.
    pub scope: String,
    /// The name.
    pub name: Name,
    /// The plan that the migration belongs to.
    pub plan: Option<StreamId>,
}

impl NewStream {
    /// Creates the description of a stream with a new identifier.
    pub fn new(kind: StreamKind, scope: impl Into<String>, name: Name) -> Self {
        Self { id: StreamId::new(), kind, scope: scope.into(), name, plan: None }
    }

    /// Sets the plan.
    #[must_use]
    pub fn in_plan(mut self, plan: StreamId) -> Self {
        self.plan = Some(plan);
        self
    }
}

/// The place at which an event is appended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expected {
    /// After this sequence, and nowhere else.
    Head(u64),
    /// At the end, wherever that is. For facts only.
    End,
}

/// The right of a runner to write intents to a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fence {
    /// The runner.
    pub runner: RunnerId,
    /// The fence that the claim returned.
    pub fence: u64,
}

/// An event and the conditions under which it is appended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Append {
    /// The stream.
    pub stream: StreamId,
    /// Where the event is appended.
    pub expected: Expected,
    /// The right to write intents.
    pub fence: Option<Fence>,
    /// The plan's gate that the decision was made at.
    pub gate: Option<u64>,
    /// The event.
    pub event: NewEvent,
}

impl Append {
    /// Appends a fact at the end of a stream.
    pub fn fact(stream: StreamId, event: NewEvent) -> Self {
        Self { stream, expected: Expected::End, fence: None, gate: None, event }
    }

    /// Appends an intent after a sequence.
    pub fn intent(stream: StreamId, head: u64, fence: Fence, event: NewEvent) -> Self {
        Self { stream, expected: Expected::Head(head), fence: Some(fence), gate: None, event }
    }

    /// Requires a head.
    #[must_use]
    pub fn at_head(mut self, head: u64) -> Self {
        self.expected = Expected::Head(head);
        self
    }

    /// Requires the plan's gate.
    #[must_use]
    pub fn at_gate(mut self, gate: u64) -> Self {
        self.gate = Some(gate);
        self
    }
}

/// Which streams are listed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StreamFilter {
    /// Only streams of this kind.
    pub kind: Option<StreamKind>,
    /// Only streams in this scope.
    pub scope: Option<String>,
    /// Only streams with this name.
    pub name: Option<String>,
    /// Only migrations of this plan.
    pub plan: Option<StreamId>,
    /// Archived streams too.
    pub archived: bool,
}

/// A process to register as a runner.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewRunner {
    /// The name of the host.
    pub host: String,
    /// The process id. It is shown to people and proves nothing.
    pub pid: u32,
    /// The user of the operating system.
    pub os_user: String,
    /// The version of the program.
    pub version: String,
}

impl NewRunner {
    /// Describes a process.
    pub fn new(
        host: impl Into<String>,
        pid: u32,
        os_user: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        Self { host: host.into(), pid, os_user: os_user.into(), version: version.into() }
    }
}

/// A wish for streams to work on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Claim {
    /// The runner.
    pub runner: RunnerId,
    /// These streams, or all open ones.
    pub streams: Option<Vec<StreamId>>,
    /// Only migrations of this plan.
    pub plan: Option<StreamId>,
    /// How many streams the runner works on at most, those included that it has.
    pub limit: Option<usize>,
    /// Take streams from a runner that is not known to be gone. A person asks for it.
    pub take_over: bool,
}

impl Claim {
    /// Wishes for all open streams.
    pub fn all(runner: RunnerId) -> Self {
        Self { runner, streams: None, plan: None, limit: None, take_over: false }
    }

    /// Wishes for these streams.
    pub fn these(runner: RunnerId, streams: impl IntoIterator<Item = StreamId>) -> Self {
        Self { streams: Some(streams.into_iter().collect()), ..Self::all(runner) }
    }

    /// Limits the wish to the migrations of a plan.
    #[must_use]
    pub fn of_plan(mut self, plan: StreamId) -> Self {
        self.plan = Some(plan);
        self
    }

    /// Sets how many streams the runner works on at most.
    #[must_use]
    pub fn at_most(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Takes streams from a runner that is not known to be gone.
    #[must_use]
    pub fn taking_over(mut self) -> Self {
        self.take_over = true;
        self
    }
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DeliveryState {
    /// It waits for its next try.
    Pending,
    /// It succeeded.
    Delivered,
    /// It is not tried again.
    GivenUp,
}

impl DeliveryState {
    /// Returns the word that the journal stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

/// The delivery of one event to one hook.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// The hook.
    pub hook: String,
    /// The stream of the event.
    pub stream: StreamId,
    /// The sequence of the event.
    pub seq: u64,
    /// The identifier of the event, once it is read from the journal.
    pub event_id: Option<EventId>,
    /// The state.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next, in milliseconds since 1970.
    pub next_ms: i64,
}

impl Delivery {
    /// Describes a delivery that was not tried yet.
    pub fn new(hook: impl Into<String>, stream: StreamId, seq: u64, next_ms: i64) -> Self {
        Self {
            hook: hook.into(),
            stream,
            seq,
            event_id: None,
            state: DeliveryState::Pending,
            tries: 0,
            next_ms,
        }
    }

    /// Describes the same delivery after one more try.
    #[must_use]
    pub fn tried(mut self, state: DeliveryState, next_ms: i64) -> Self {
        self.tries += 1;
        self.ended(state, next_ms)
    }

    /// Describes the same delivery after the end of its last try.
    #[must_use]
    pub fn ended(mut self, state: DeliveryState, next_ms: i64) -> Self {
        self.state = state;
        self.next_ms = next_ms;
        self
    }
}
