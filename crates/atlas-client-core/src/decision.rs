//! The one table that decides what follows from a call that did not succeed: whether it is sent again,
//! whether it may have taken effect, and what kind of advice goes with that.
//!
//! A [`Decision`] is derived from two facts of a row, so that its parts cannot contradict each other.

use http::StatusCode;

use crate::operation::Operation;

/// What is known of a call that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The request was refused on this side.
    Invalid,
    /// There was no connection, or no token to send the request with.
    NotConnected,
    /// The service refused the request: a 4xx, but neither 408 nor 429.
    Refused,
    /// The service refused the request for its rate: 429.
    RateLimited,
    /// The service or a gateway before it is not available: 502, 503, 504.
    Unavailable,
    /// The service failed: any other 5xx.
    ServerError,
    /// A status that does not say what happened: 1xx, 3xx, 408, 600 and above.
    Undefined,
    /// The connection broke or the time ran out after the request began to be sent.
    NoResponse,
    /// A success whose body cannot be used.
    Unusable,
    /// A response by somebody who does not know the key that the request was signed with.
    Untrusted,
}

/// What the operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// It changes nothing.
    Reads,
    /// It changes something, and sending it twice does what sending it once does.
    Repeats,
    /// It changes something each time that it is sent.
    Once,
}

/// Whether what the evidence speaks of can have reached the part of the service that acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    None,
    Possible,
}

/// Whether the same request may succeed when it is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passes {
    /// Within the time that a call may take.
    Soon,
    /// Perhaps by the time that a person tries it again.
    Later,
    No,
}

const TABLE: [(Evidence, Effect, Passes); 10] = [
    (Evidence::Invalid, Effect::None, Passes::No),
    (Evidence::NotConnected, Effect::None, Passes::Soon),
    (Evidence::Refused, Effect::None, Passes::No),
    (Evidence::RateLimited, Effect::None, Passes::Soon),
    (Evidence::Unavailable, Effect::Possible, Passes::Soon),
    (Evidence::ServerError, Effect::Possible, Passes::Later),
    (Evidence::Undefined, Effect::Possible, Passes::No),
    (Evidence::NoResponse, Effect::Possible, Passes::Soon),
    (Evidence::Unusable, Effect::Possible, Passes::No),
    (Evidence::Untrusted, Effect::Possible, Passes::No),
];

/// What follows from a call that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The retry policy sends it again, within its limits.
    pub(crate) is_retried: bool,
    pub(crate) may_have_taken_effect: bool,
    pub(crate) advice: Advice,
}

/// What a caller is told to do, where that depends on what may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    /// Find out whether it took effect, before anything else.
    FindOut,
    /// Send the same request again.
    Repeat,
    /// Mend what the error names.
    Mend,
}

impl Evidence {
    /// What a status says. A success says that something else about the response is wrong.
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

    /// What follows for an operation of a nature.
    pub(crate) fn decide(self, nature: Nature) -> Decision {
        // Every evidence has its row, as a test shows; nothing is known of one that had none.
        let row = TABLE.iter().find(|(evidence, ..)| *evidence == self);
        let (effect, passes) = row.map_or((Effect::Possible, Passes::No), |row| (row.1, row.2));
        let may_have_taken_effect = effect == Effect::Possible && nature != Nature::Reads;
        let is_retried =
            passes == Passes::Soon && (effect == Effect::None || nature != Nature::Once);
        let advice = match (may_have_taken_effect, passes) {
            (true, _) => Advice::FindOut,
            (false, Passes::Soon | Passes::Later) => Advice::Repeat,
            (false, Passes::No) => Advice::Mend,
        };
        Decision { is_retried, may_have_taken_effect, advice }
    }
}

impl Nature {
    pub(crate) fn of(operation: &Operation) -> Self {
        match (operation.is_safe(), operation.idempotent) {
            (true, _) => Self::Reads,
            (false, true) => Self::Repeats,
            (false, false) => Self::Once,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NATURES: [Nature; 3] = [Nature::Reads, Nature::Repeats, Nature::Once];

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
    fn no_decision_contradicts_itself() {
        for (evidence, ..) in TABLE {
            for nature in NATURES {
                let decision = evidence.decide(nature);
                let name = format!("{evidence:?}, {nature:?}: {decision:?}");
                // What may have happened is never sent again, unless that is the same.
                let is_harmless = !decision.may_have_taken_effect || nature != Nature::Once;
                assert!(!decision.is_retried || is_harmless, "{name}");
                let finds_out = decision.advice == Advice::FindOut;
                assert_eq!(finds_out, decision.may_have_taken_effect, "{name}");
                assert!(nature != Nature::Reads || !decision.may_have_taken_effect, "{name}");
            }
        }
    }

    #[test]
    fn what_each_status_means_for_an_operation_that_is_sent_once() {
        let decision = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            let decision = Evidence::of_status(status).decide(Nature::Once);
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

    /// The table as the documentation shows it.
    fn documented() -> String {
        let what = |evidence| match evidence {
            Evidence::Invalid => "the request was refused on this side",
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
            | What is known | Sent again: reads | idempotent | once | May have taken effect | The hint of a change says |\n\
            |---|---|---|---|---|---|\n"
            .to_owned();
        for (evidence, ..) in TABLE {
            let yes_or_no = |yes| if yes { "yes" } else { "no" };
            let retried = NATURES.map(|nature| yes_or_no(evidence.decide(nature).is_retried));
            let once = evidence.decide(Nature::Once);
            let may = yes_or_no(once.may_have_taken_effect);
            let advice = match once.advice {
                Advice::FindOut => "find out first",
                Advice::Repeat => "try again",
                Advice::Mend => "what to change",
            };
            let row = [what(evidence), retried[0], retried[1], retried[2], may, advice];
            text.extend(["| ", &row.join(" | "), " |\n"]);
        }
        text
    }

    #[test]
    fn the_documentation_shows_the_table() {
        let document = include_str!("decision.md");
        assert!(document.contains(&documented()), "decision.md lacks:\n{}", documented());
    }
}
