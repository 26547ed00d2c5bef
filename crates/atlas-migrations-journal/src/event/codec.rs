//! The type of an event and its form in the journal.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{body, words::Operation};

/// The version of the bodies that this crate writes.
const VERSION: u32 = 1;

/// An event that this version does not know. It is kept as it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UnknownEvent {
    /// The type.
    pub event_type: String,
    /// The version of the body.
    pub version: u32,
    /// The fields.
    pub fields: Map<String, Value>,
}

impl UnknownEvent {
    /// Returns whether the event may allow a request. Nothing is sent for a stream that has such an event.
    pub fn may_be_intent(&self) -> bool {
        self.event_type.starts_with("intent")
    }
}

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($body:ident) = $name:literal,)*) => {
        /// What happened.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event {
            $($(#[$doc])* $variant(body::$body),)*
            /// An event that this version does not know.
            Unknown(UnknownEvent),
        }

        $(impl From<body::$body> for Event {
            fn from(body: body::$body) -> Self {
                Self::$variant(body)
            }
        })*

        impl Event {
            /// The types that this version knows.
            pub const TYPES: &'static [&'static str] = &[$($name),*];

            /// Returns the type that the journal stores.
            pub fn event_type(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $name,)*
                    Self::Unknown(unknown) => &unknown.event_type,
                }
            }

            /// Returns the version of the body.
            pub fn version(&self) -> u32 {
                match self {
                    Self::Unknown(unknown) => unknown.version,
                    _ => VERSION,
                }
            }

            /// Returns the fields of the event.
            pub fn to_fields(&self) -> Map<String, Value> {
                match self {
                    $(Self::$variant(body) => fields_of(body),)*
                    Self::Unknown(unknown) => unknown.fields.clone(),
                }
            }

            /// Reads an event. What this version does not know becomes [`Event::Unknown`].
            pub fn from_fields(event_type: &str, version: u32, fields: &Map<String, Value>) -> Self {
                let known = (version <= VERSION).then(|| match event_type {
                    $($name => read(fields).map(Self::$variant),)*
                    _ => None,
                });
                known.flatten().unwrap_or_else(|| {
                    Self::Unknown(UnknownEvent {
                        event_type: event_type.to_owned(),
                        version,
                        fields: fields.clone(),
                    })
                })
            }
        }
    };
}

events! {
    /// A plan was started for the first time.
    PlanStarted(PlanStarted) = "plan_started",
    /// A plan is not what it was.
    PlanChanged(PlanChanged) = "plan_changed",
    /// A migration was planned, or its request or policy changed.
    Planned(Planned) = "planned",
    /// A migration that was started elsewhere is followed from now on.
    Adopted(Adopted) = "adopted",
    /// One request may be sent now.
    Intent(Intent) = "intent",
    /// The fate of a request is known.
    Outcome(Outcome) = "outcome",
    /// The fate of a request is not known.
    Unclear(Unclear) = "unclear",
    /// Evidence or a person decided the fate of an unclear request.
    Resolved(Resolved) = "resolved",
    /// A validation ended.
    Validated(Validated) = "validated",
    /// Atlas shows something new.
    Observed(Observed) = "observed",
    /// Polls fail.
    PollsFailing(PollsFailing) = "polls_failing",
    /// Polls succeed again.
    PollsBack(PollsBack) = "polls_back",
    /// The migration expires soon.
    DeadlineNear(DeadlineNear) = "deadline_near",
    /// A person approves an action.
    Approved(Approved) = "approved",
    /// A person withdraws approvals.
    ApprovalWithdrawn(ApprovalWithdrawn) = "approval_withdrawn",
    /// A person holds a migration or a plan.
    Held(Held) = "held",
    /// A person releases a migration or a plan.
    Released(Released) = "released",
    /// A person postpones the cutover.
    Postponed(Postponed) = "postponed",
    /// A person gives the cutover up.
    CutoverForgone(CutoverForgone) = "cutover_forgone",
    /// A person starts the next attempt.
    Retry(Retry) = "retry",
    /// A hook starts.
    HookStarted(HookStarted) = "hook_started",
    /// A hook ended.
    HookEnded(HookEnded) = "hook_ended",
    /// A hook forbids the cutover.
    Vetoed(Vetoed) = "vetoed",
    /// An attempt ended.
    Ended(Ended) = "ended",
}

impl Event {
    /// Returns whether the event allows a request. Intents are fenced; all other events are facts.
    pub fn is_intent(&self) -> bool {
        match self {
            Self::Intent(_) => true,
            Self::Unknown(unknown) => unknown.may_be_intent(),
            _ => false,
        }
    }

    /// Returns whether the event can change what another migration of the same plan may do.
    ///
    /// Such an event moves the plan's gate, so that a cutover that was decided before it is decided again.
    pub fn moves_gate(&self) -> bool {
        match self {
            Self::Intent(intent) => intent.op == Operation::Cutover,
            Self::Observed(_)
            | Self::PollsFailing(_)
            | Self::PollsBack(_)
            | Self::DeadlineNear(_)
            | Self::HookStarted(_)
            | Self::HookEnded(_)
            | Self::Approved(_) => false,
            _ => true,
        }
    }
}

fn fields_of<T: Serialize>(body: &T) -> Map<String, Value> {
    match serde_json::to_value(body) {
        Ok(Value::Object(fields)) => fields,
        // A body is a struct with string keys.
        _ => Map::new(),
    }
}

fn read<T: DeserializeOwned>(fields: &Map<String, Value>) -> Option<T> {
    T::deserialize(Value::Object(fields.clone())).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            _ => panic!("not an object"),
        }
    }

    #[test]
    fn a_known_type_reads_its_fields_and_ignores_new_ones() {
        let event = Event::from_fields("held", 1, &fields(json!({"reason": "wait", "new": 1})));
        let Event::Held(held) = event else { panic!("{event:?}") };
        assert_eq!(held.reason.unwrap().as_str(), "wait");
    }

    #[test]
    fn an_unknown_type_a_newer_version_and_a_body_of_another_form_are_kept() {
        let cases = [
            ("rested", 1, json!({"a": [1]})),
            ("held", 2, json!({"b": {}})),
            ("outcome", 1, json!({"intent_seq": "x"})),
        ];
        for (event_type, version, body) in cases {
            let body = fields(body);
            let event = Event::from_fields(event_type, version, &body);
            assert!(matches!(event, Event::Unknown(_)), "{event_type}");
            assert_eq!(
                (event.event_type(), event.version(), event.to_fields()),
                (event_type, version, body)
            );
            assert!(!event.is_intent());
        }
    }

    #[test]
    fn an_intent_that_cannot_be_understood_is_an_intent_still() {
        assert!(Event::from_fields("intent", 9, &Map::new()).is_intent());
        assert!(Event::from_fields("intent_group", 1, &Map::new()).is_intent());
    }

    #[test]
    fn a_word_of_a_later_version_is_kept() {
        let body = json!({"intent_seq": 3, "result": "partly"});
        let event = Event::from_fields("outcome", 1, &fields(body.clone()));
        let Event::Outcome(outcome) = &event else { panic!("{event:?}") };
        assert_eq!(outcome.result, super::super::words::OutcomeResult::Other("partly".to_owned()));
        assert_eq!(Value::Object(event.to_fields()), body);
    }
}
