//! Where an intent is appended, and what the decision to send is based on.

use atlas_migrations_journal::{
    Hash, StreamId,
    event::Why,
    store::{Fence, NewStream},
};

/// The stream that records a change.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Target {
    /// A stream that the runner claimed.
    Claimed {
        /// The stream.
        stream: StreamId,
        /// The right to write intents to it.
        fence: Fence,
    },
    /// A stream that does not exist: the intent is its first event. For links, which nothing precedes.
    New(NewStream),
}

impl Target {
    /// Returns the stream.
    pub fn stream(&self) -> StreamId {
        match self {
            Self::Claimed { stream, .. } => *stream,
            Self::New(stream) => stream.id,
        }
    }
}

/// What a decision to send is based on. The journal refuses the intent if that is no longer so.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Basis {
    /// The last event of the stream that the decision knows. Without it, the current one: the rules of the journal alone
    /// decide.
    pub head: Option<u64>,
    /// The gate of the plan that the decision knows. Without it, the current one.
    pub gate: Option<u64>,
    /// The hash of the policy that the decision follows.
    pub policy_hash: Option<Hash>,
    /// What allows a cutover.
    pub why: Option<Why>,
    /// Why a person overrides holds, approvals and readiness.
    pub override_policy: Option<String>,
}

impl Basis {
    /// Creates a basis on which the rules of the journal alone decide.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the last event of the stream that the decision knows.
    #[must_use]
    pub fn at_head(mut self, head: u64) -> Self {
        self.head = Some(head);
        self
    }

    /// Sets the gate of the plan that the decision knows.
    #[must_use]
    pub fn at_gate(mut self, gate: u64) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Sets what allows a cutover.
    #[must_use]
    pub fn because(mut self, why: Why) -> Self {
        self.why = Some(why);
        self
    }

    /// Sets why a person overrides holds, approvals and readiness.
    #[must_use]
    pub fn overriding(mut self, reason: impl Into<String>) -> Self {
        self.override_policy = Some(reason.into());
        self
    }
}
