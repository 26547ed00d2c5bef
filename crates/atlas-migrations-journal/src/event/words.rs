//! Enumerated words in events. A word that this version does not know is kept.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares a set of words that may grow: a word that this version does not know is kept.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $word)] $variant,)*
            /// A word that this version does not know.
            #[serde(untagged)]
            Other(String),
        }

        impl $name {
            /// Returns the word that the journal stores.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// A request to Atlas that an intent allows.
    Operation {
        /// Validate a migration request; it changes nothing.
        Validate = "validate",
        /// Start a live migration.
        Create = "create",
        /// Cut over to the destination.
        Cutover = "cutover",
        /// Create a link token.
        LinkCreate = "link_create",
        /// Delete a link token.
        LinkDelete = "link_delete",
    }
}

impl Operation {
    /// Returns whether the request may be sent again while the fate of an earlier one is not known.
    pub fn is_repeatable(&self) -> bool {
        matches!(self, Self::Validate | Self::LinkDelete)
    }
}

words! {
    /// The result of a request whose fate is known.
    OutcomeResult {
        /// Atlas accepted the request.
        Accepted = "accepted",
        /// Atlas refused the request; it took no effect.
        Refused = "refused",
        /// No byte of the request was sent.
        NotSent = "not_sent",
    }
}

words! {
    /// The reason why the fate of a request is not known.
    UnclearReason {
        /// The connection broke.
        ConnectionLost = "connection_lost",
        /// No response came in time.
        Timeout = "timeout",
        /// The response is a server error or cannot be decoded.
        ServerError = "server_error",
        /// The process that may have sent the request is gone.
        RunnerGone = "runner_gone",
    }
}

words! {
    /// What is known about the bytes that were sent.
    Sent {
        /// Nothing is known.
        Unknown = "unknown",
        /// A part of the request was sent.
        Partial = "partial",
        /// The whole request was sent.
        Whole = "whole",
    }
}

words! {
    /// The decision about an unclear request.
    Resolution {
        /// The request took effect.
        TookEffect = "took_effect",
        /// The request did not take effect and never will.
        DidNot = "did_not",
    }
}

words! {
    /// Who resolved an unclear request.
    ResolvedBy {
        /// The state of the migration in Atlas proves it.
        Look = "look",
        /// A person says so.
        Person = "person",
    }
}

words! {
    /// The result of a validation.
    ValidationStatus {
        /// The migration can start.
        Success = "SUCCESS",
        /// The migration cannot start.
        Failed = "FAILED",
    }
}

words! {
    /// What an approval allows.
    Action {
        /// Start the migration and drop the destination's data.
        CreateWithDrop = "create_with_drop",
        /// Cut over.
        Cutover = "cutover",
    }
}

words! {
    /// The result of one run of a hook.
    HookResult {
        /// The hook succeeded.
        Ok = "ok",
        /// The hook forbids the cutover.
        Veto = "veto",
        /// The hook asks to be run again later.
        NotYet = "not_yet",
        /// The hook did not end in time.
        Timeout = "timeout",
        /// The hook failed.
        Failed = "failed",
        /// The hook is not tried again.
        GivenUp = "given_up",
    }
}

words! {
    /// The end of an attempt.
    EndResult {
        /// Atlas says that the migration is complete.
        Complete = "complete",
        /// Atlas says that the migration failed.
        Failed = "failed",
        /// Atlas says that the migration expired.
        Expired = "expired",
        /// A person gave the cutover up.
        Forgone = "forgone",
    }
}
