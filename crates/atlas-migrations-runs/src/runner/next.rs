//! What a runner does next with a migration.

use atlas_migrations_journal::{
    AtlasId,
    event::{Event, Why},
    state::WaitsFor,
};

/// What a runner does next with one migration.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// Records what was seen.
    Record(Event),
    /// Sends a validation.
    Validate,
    /// Reads the result of a validation.
    PollValidation(AtlasId),
    /// Sends the create request.
    Create,
    /// Looks at the migration now.
    Look,
    /// Asks the hooks before the cutover.
    AskHooks,
    /// Sends the cutover.
    CutOver(Why),
    /// Nothing, until what it waits for comes.
    Wait(WaitsFor),
}

impl Next {
    /// Waits for a person, who must do what the text says.
    pub(super) fn person(what: String) -> Self {
        Self::Wait(WaitsFor::Person(what))
    }

    /// Says in one line what happens next.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Record(event) => format!("record `{}` in the journal", event.event_type()),
            Self::Validate => "ask Atlas to validate the request".to_owned(),
            Self::PollValidation(_) => "read the result of the validation".to_owned(),
            Self::Create => "start the live migration".to_owned(),
            Self::Look => "look at the state of the migration".to_owned(),
            Self::AskHooks => "ask the hooks before the cutover".to_owned(),
            Self::CutOver(_) => "cut over".to_owned(),
            Self::Wait(WaitsFor::Nothing) => "nothing: it ended".to_owned(),
            Self::Wait(waits) => format!("wait for {waits}"),
        }
    }
}
