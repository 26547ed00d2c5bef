//! Why a hook of a plan cannot be used.

use std::fmt;

use atlas_migrations_plan::SecretError;

/// Says why a hook of a plan cannot be used. Nothing was run or called.
#[derive(Debug)]
#[non_exhaustive]
pub enum HookError {
    /// A secret cannot be read.
    Secret {
        /// The hook.
        hook: String,
        /// What is wrong.
        source: SecretError,
    },
    /// The URL cannot be used. The text does not contain it.
    Url {
        /// The hook.
        hook: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A program would get the credentials of Atlas.
    Variable {
        /// The hook.
        hook: String,
        /// The environment variable.
        name: String,
    },
    /// The HTTP client cannot be made.
    Client {
        /// The hook.
        hook: String,
        /// What is wrong.
        why: String,
    },
    /// A later version of the plan format has an action that this version does not know.
    Action {
        /// The hook.
        hook: String,
    },
}

impl fmt::Display for HookError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { hook, source } => write!(formatter, "hook `{hook}`: {source}"),
            Self::Url { hook, why } => {
                write!(formatter, "hook `{hook}`: its URL cannot be used: {why}")
            }
            Self::Variable { hook, name } => write!(
                formatter,
                "hook `{hook}`: `pass_env` must not name `{name}`: it can be a credential of Atlas; remove it from the plan"
            ),
            Self::Client { hook, why } => {
                write!(formatter, "hook `{hook}`: cannot set up TLS: {why}")
            }
            Self::Action { hook } => {
                write!(formatter, "hook `{hook}`: this version cannot do what it asks for")
            }
        }
    }
}

impl std::error::Error for HookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Secret { source, .. } => Some(source),
            _ => None,
        }
    }
}
