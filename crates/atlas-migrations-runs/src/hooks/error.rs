//! Why a hook of a plan cannot be used.

use std::fmt;

/// Says why a hook of a plan cannot be used. Nothing was run or called.
#[derive(Debug)]
#[non_exhaustive]
pub enum HookError {
    /// A secret cannot be read.
    Secret {
        /// The hook.
        hook: String,
        /// Where the secret should be, such as `the environment variable SLACK_URL`.
        source: String,
        /// What is wrong.
        why: String,
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
}

impl fmt::Display for HookError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { hook, source, why } => write!(
                formatter,
                "hook `{hook}`: cannot read {source}: {why}; set it and start again"
            ),
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
        }
    }
}

impl std::error::Error for HookError {}
