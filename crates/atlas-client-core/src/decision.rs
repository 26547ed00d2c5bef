//! The one table that decides what follows from a failed call: whether it is retried, whether it may
//! have taken effect, and which advice the hint gives.
//!
//! Each row has two facts. The [`Decision`] is derived from them, so that its parts cannot contradict
//! each other.

use http::StatusCode;

use crate::operation::Operation;

/// What is known about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The client refused the request.
    Invalid,
    /// There was no connection, or no token to send the request with.
    NotConnected,
    /// The service refused the request: a 4xx, but neither 408 nor 429.
    Refused,
    /// The service refused the request because of its rate limit: 429.
    RateLimited,
    /// The service, or a gateway in front of it, is unavailable: 502, 503, 504.
    Unavailable,
    /// The service failed: any other 5xx.
    ServerError,
    /// The status does not say what happened: 1xx, 3xx, 408, 600 and above.
    Undefined,
    /// The connection broke, or the time ran out, after the client began to send.
    NoResponse,
    /// A success with a body that cannot be used.
    Unusable,
    /// The sender of the response does not know the key that signed the request.
    Untrusted,
}

/// What sending an operation twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// Nothing: the operation only reads.
    ReadOnly,
    /// The same as sending it once.
    Idempotent,
    /// It may change something twice.
    Other,
}

/// Whether the request can have reached the part of the service that acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    None,
    Possible,
}

/// When the same request may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recovery {
    /// Within the deadline of the call.
    Soon,
    /// Perhaps when a person tries again.
    Later,
    Never,
}

const TABLE: [(Evidence, Effect, Recovery); 10] = [
    (Evidence::Invalid, Effect::None, Recovery::Never),
    (Evidence::NotConnected, Effect::None, Recovery::Soon),
    (Evidence::Refused, Effect::None, Recovery::Never),
    (Evidence::RateLimited, Effect::None, Recovery::Soon),
    (Evidence::Unavailable, Effect::Possible, Recovery::Soon),
    (Evidence::ServerError, Effect::Possible, Recovery::Later),
    (Evidence::Undefined, Effect::Possible, Recovery::Never),
    (Evidence::NoResponse, Effect::Possible, Recovery::Soon),
    (Evidence::Unusable, Effect::Possible, Recovery::Never),
    (Evidence::Untrusted, Effect::Possible, Recovery::Never),
];

/// What follows from a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Whether the retry policy sends the request again, within its limits.
    pub(crate) is_retried: bool,
    pub(crate) may_have_taken_effect: bool,
    pub(crate) advice: Advice,
}

/// What the caller should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    /// First find out whether the call took effect.
    FindOut,
    /// Send the same request again.
    Retry,
    /// Correct what the error names.
    Correct,
}

impl Evidence {
    /// Returns what a status says. A success means that something else about the response is wrong.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            200..=299 => Self::Unusable,
            408 => Self::Undefined,
            429 => Self::RateLimited,
            400..=499 => Self::Refused,
            502..=504 => Self::Unavailable,
            500..=599 => Self::ServerError,
            _ => Self::Undefined,
        }
    }

    /// Returns what follows for an operation.
    pub(crate) fn decide(self, repetition: Repetition) -> Decision {
        // A test shows that every evidence has a row. The default is the careful one.
        let row = TABLE.iter().find(|(evidence, ..)| *evidence == self);
        let (effect, recovery) =
            row.map_or((Effect::Possible, Recovery::Never), |row| (row.1, row.2));
        let may_have_taken_effect =
            effect == Effect::Possible && repetition != Repetition::ReadOnly;
        let is_retried = recovery == Recovery::Soon
            && (effect == Effect::None || repetition != Repetition::Other);
        let advice = match (may_have_taken_effect, recovery) {
            (true, _) => Advice::FindOut,
            (false, Recovery::Soon | Recovery::Later) => Advice::Retry,
            (false, Recovery::Never) => Advice::Correct,
        };
        Decision { is_retried, may_have_taken_effect, advice }
    }
}

impl Repetition {
    pub(crate) fn of(operation: &Operation) -> Self {
        match (operation.is_safe(), operation.idempotent) {
            (true, _) => Self::ReadOnly,
            (false, true) => Self::Idempotent,
            (false, false) => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPETITIONS: [Repetition; 3] =
        [Repetition::ReadOnly, Repetition::Idempotent, Repetition::Other];

    #[test]
    fn every_evidence_has_one_row() {
        for (index, (evidence, ..)) in TABLE.iter().enumerate() {
            let others = &TABLE[index + 1..];
            assert!(others.iter().all(|(other, ..)| other != evidence), "{evidence:?}");
        }
        for status in 100..1000 {
            let status = StatusCode::from_u16(status).unwrap();
            let evidence = Evidence::of_status(status);
            assert!(TABLE.iter().any(|(known, ..)| *known == evidence), "{status}");
        }
    }

    #[test]
    fn each_status_is_the_evidence_of_its_row() {
        for (statuses, evidence) in [
            (&[200, 204, 299][..], Evidence::Unusable),
            (&[100, 199, 300, 399, 408, 600, 999], Evidence::Undefined),
            (&[400, 407, 409, 428, 430, 499], Evidence::Refused),
            (&[429], Evidence::RateLimited),
            (&[502, 503, 504], Evidence::Unavailable),
            (&[500, 501, 505, 599], Evidence::ServerError),
        ] {
            for status in statuses {
                let found = Evidence::of_status(StatusCode::from_u16(*status).unwrap());
                assert_eq!(found, evidence, "{status}");
            }
        }
    }

    #[test]
    fn decisions_are_consistent() {
        for (evidence, ..) in TABLE {
            for repetition in REPETITIONS {
                let decision = evidence.decide(repetition);
                let name = format!("{evidence:?}, {repetition:?}: {decision:?}");
                // A call that may have taken effect is retried only if it is idempotent.
                let is_harmless =
                    !decision.may_have_taken_effect || repetition != Repetition::Other;
                assert!(!decision.is_retried || is_harmless, "{name}");
                let finds_out = decision.advice == Advice::FindOut;
                assert_eq!(finds_out, decision.may_have_taken_effect, "{name}");
                assert!(
                    repetition != Repetition::ReadOnly || !decision.may_have_taken_effect,
                    "{name}"
                );
            }
        }
    }

    /// The bug: a deletion that can be repeated is given up, or a request that cannot is sent twice.
    #[test]
    fn an_operation_says_what_sending_it_twice_does() {
        for (method, idempotent, expected) in [
            ("GET", true, Repetition::ReadOnly),
            ("GET", false, Repetition::ReadOnly),
            ("DELETE", true, Repetition::Idempotent),
            ("DELETE", false, Repetition::Other),
        ] {
            let mut operation = Operation::new("id", method, "/path");
            operation.idempotent = idempotent;
            assert_eq!(Repetition::of(&operation), expected, "{method} {idempotent}");
        }
    }

    #[test]
    fn each_status_decides_for_an_operation_that_is_not_idempotent() {
        let decision = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            let decision = Evidence::of_status(status).decide(Repetition::Other);
            (decision.is_retried, decision.may_have_taken_effect)
        };
        for status in [400, 401, 403, 404, 405, 406, 409, 410, 415, 422, 451] {
            assert_eq!(decision(status), (false, false), "{status}");
        }
        assert_eq!(decision(429), (true, false));
        for status in [
            100, 101, 200, 201, 204, 300, 301, 302, 303, 307, 308, 408, 500, 501, 502, 503, 504,
            520, 599, 600, 999,
        ] {
            assert_eq!(decision(status), (false, true), "{status}");
        }
    }

    /// The bug: a person is told to correct a request because the service failed, or to repeat one that is wrong.
    #[test]
    fn a_request_that_only_reads_is_repeated_unless_the_same_would_come_back() {
        for (evidence, ..) in TABLE {
            let expected = match evidence {
                Evidence::NotConnected
                | Evidence::RateLimited
                | Evidence::Unavailable
                | Evidence::ServerError
                | Evidence::NoResponse => Advice::Retry,
                _ => Advice::Correct,
            };
            assert_eq!(evidence.decide(Repetition::ReadOnly).advice, expected, "{evidence:?}");
        }
    }

    /// Renders the table as Markdown.
    fn rendered() -> String {
        let what = |evidence| match evidence {
            Evidence::Invalid => "the client refused the request",
            Evidence::NotConnected => "no connection, or no token",
            Evidence::Refused => "4xx, except 408 and 429",
            Evidence::RateLimited => "429",
            Evidence::Unavailable => "502, 503, 504",
            Evidence::ServerError => "any other 5xx",
            Evidence::Undefined => "1xx, 3xx, 408, 600 and above",
            Evidence::NoResponse => "the connection broke or the time ran out",
            Evidence::Unusable => "2xx, but the body cannot be used",
            Evidence::Untrusted => "the response is not signed with the key",
        };
        let mut text = "\
            | What is known | Retried: read-only | idempotent | other | May have taken effect | Hint of a change |\n\
            |---|---|---|---|---|---|\n"
            .to_owned();
        for (evidence, ..) in TABLE {
            let yes_or_no = |yes| if yes { "yes" } else { "no" };
            let retried =
                REPETITIONS.map(|repetition| yes_or_no(evidence.decide(repetition).is_retried));
            let other = evidence.decide(Repetition::Other);
            let may = yes_or_no(other.may_have_taken_effect);
            let advice = match other.advice {
                Advice::FindOut => "find out first",
                Advice::Retry => "try again",
                Advice::Correct => "what to change",
            };
            let row = [what(evidence), retried[0], retried[1], retried[2], may, advice];
            text.extend(["| ", &row.join(" | "), " |\n"]);
        }
        text
    }

    #[test]
    fn the_documentation_shows_the_table() {
        let document = include_str!("decision.md");
        assert!(document.contains(&rendered()), "decision.md lacks:\n{}", rendered());
    }
}
