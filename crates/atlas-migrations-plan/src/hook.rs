//! [`HookConfig`]: what to run or call when something happens to a migration.

use std::{fmt, time::Duration};

use serde_json::{Value, json};

use crate::secret_source::SecretSource;

macro_rules! hook_events {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What a hook is told about.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum HookEvent {
            $($(#[$doc])* $variant,)*
        }

        impl HookEvent {
            /// All events, in the order in which a migration passes them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the word in a plan file, such as `before_cutover`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

hook_events! {
    /// Atlas accepts the migration request.
    Validated = "validated",
    /// The migration exists in Atlas.
    Created = "created",
    /// The migration is ready for the cutover.
    Ready = "ready",
    /// The migration expires in 24 hours, 4 hours or 1 hour.
    DeadlineNear = "deadline_near",
    /// The cutover needs approvals.
    WaitingForApproval = "waiting_for_approval",
    /// The cutover is about to start. The hook can veto it.
    BeforeCutover = "before_cutover",
    /// The cutover was requested.
    CutOver = "cut_over",
    /// The migration is complete.
    Complete = "complete",
    /// The migration failed.
    Failed = "failed",
    /// The migration expired.
    Expired = "expired",
    /// Whether a request took effect is not known.
    Unclear = "unclear",
    /// The status of the migration cannot be read.
    PollsFailing = "polls_failing",
}

impl fmt::Display for HookEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A hook of a plan.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct HookConfig {
    /// The name, unique in the plan. Without one in the file: the name of the program, or `webhook`.
    pub name: String,
    /// The events, at least one.
    pub on: Vec<HookEvent>,
    /// What to do.
    pub action: HookAction,
    /// The time limit of one run or call.
    pub timeout: Duration,
    /// What a failure means for the cutover.
    pub on_error: HookFailure,
}

/// What a hook does.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum HookAction {
    /// Runs a program without a shell, with the event as JSON on its standard input.
    #[non_exhaustive]
    Exec {
        /// The program and its arguments; at least the program. A relative program with a `/` is in the folder of the plan.
        argv: Vec<String>,
        /// The environment variables that the program gets besides the usual ones.
        pass_env: Vec<String>,
    },
    /// Sends the event to a URL by POST.
    #[non_exhaustive]
    Webhook {
        /// Where the URL comes from. It is a secret.
        url_from: SecretSource,
        /// Where the key of the signature comes from.
        secret_from: Option<SecretSource>,
        /// The format of the body.
        format: WebhookFormat,
    },
}

/// The format of a webhook's body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WebhookFormat {
    /// The event as JSON.
    Json,
    /// A text message that Slack and compatible services show.
    Slack,
}

/// What the failure of a hook means for the cutover.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum HookFailure {
    /// The cutover is held until a person releases it. Only for [`HookEvent::BeforeCutover`].
    Veto,
    /// Nothing.
    Ignore,
}

impl WebhookFormat {
    /// Returns the word in a plan file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Slack => "slack",
        }
    }
}

impl HookFailure {
    /// Returns the word in a plan file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Veto => "veto",
            Self::Ignore => "ignore",
        }
    }
}

impl HookConfig {
    /// Creates a hook with a time limit of one minute for a program and ten seconds for a webhook, whose failure vetoes a
    /// cutover only if it is a program that runs before the cutover.
    pub fn new(
        name: impl Into<String>,
        on: impl IntoIterator<Item = HookEvent>,
        action: HookAction,
    ) -> Self {
        let on: Vec<_> = on.into_iter().collect();
        let is_exec = matches!(action, HookAction::Exec { .. });
        let vetoes = is_exec && on.contains(&HookEvent::BeforeCutover);
        Self {
            name: name.into(),
            on,
            timeout: Duration::from_secs(if is_exec { 60 } else { 10 }),
            on_error: if vetoes { HookFailure::Veto } else { HookFailure::Ignore },
            action,
        }
    }

    /// Sets the time limit of one run or call.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets what a failure means for the cutover.
    #[must_use]
    pub fn on_error(mut self, on_error: HookFailure) -> Self {
        self.on_error = on_error;
        self
    }

    /// Returns the hook as JSON, without secrets.
    pub fn canonical(&self) -> Value {
        let on: Vec<_> = self.on.iter().map(|event| event.as_str()).collect();
        let action = match &self.action {
            HookAction::Exec { argv, pass_env } => {
                json!({ "exec": argv, "pass_env": pass_env })
            }
            HookAction::Webhook { url_from, secret_from, format } => json!({
                "webhook": {
                    "url_from": url_from.canonical(),
                    "secret_from": secret_from.as_ref().map(SecretSource::canonical),
                },
                "format": format.as_str(),
            }),
        };
        json!({
            "name": self.name,
            "on": on,
            "action": action,
            "timeout_ms": u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX),
            "on_error": self.on_error.as_str(),
        })
    }
}

impl HookAction {
    /// Runs a program with arguments.
    pub fn exec(argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Exec { argv: argv.into_iter().map(Into::into).collect(), pass_env: Vec::new() }
    }

    /// Calls a URL with JSON.
    pub fn webhook(url_from: SecretSource, format: WebhookFormat) -> Self {
        Self::Webhook { url_from, secret_from: None, format }
    }
}
