//! One hook with everything that it needs to run.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use atlas_migrations_journal::{ForeignText, Redactor};
use atlas_migrations_plan::{HookAction, HookConfig, HookEvent, HookFailure, WebhookFormat};
use serde_json::json;
use tokio::sync::Semaphore;

use super::{
    error::HookError,
    exec::{self, EventVariables},
    message::message,
    payload::HookPayload,
    run::HookRun,
    webhook::Target,
};

/// How many runs of one hook there are at once.
const RUNS_AT_ONCE: usize = 4;

/// A hook of a plan with its secrets read.
#[derive(Clone, Debug)]
pub struct Hook {
    name: String,
    on: Vec<HookEvent>,
    timeout: Duration,
    on_error: HookFailure,
    action: Action,
    /// Replaces the hook's own secrets.
    redactor: Redactor,
    runs: Arc<Semaphore>,
}

#[derive(Clone, Debug)]
enum Action {
    Exec { argv: Vec<String>, pass_env: Vec<String>, folder: PathBuf },
    Webhook { target: Arc<Target>, format: WebhookFormat },
}

impl Hook {
    /// Prepares a hook: reads its secrets. Relative paths start at the folder of the plan, where programs run too.
    ///
    /// # Errors
    /// A secret cannot be read, the URL cannot be used, or a program would get the credentials of Atlas.
    pub fn new(config: &HookConfig, folder: &Path) -> Result<Self, HookError> {
        let hook = || config.name.clone();
        let (action, secrets) = match &config.action {
            HookAction::Exec { argv, pass_env, .. } => {
                if let Some(name) = exec::forbidden(pass_env) {
                    return Err(HookError::Variable { hook: hook(), name: name.clone() });
                }
                let values = pass_env.iter().filter_map(|name| env::var(name).ok()).collect();
                let action = Action::Exec {
                    argv: argv.clone(),
                    pass_env: pass_env.clone(),
                    folder: folder.to_owned(),
                };
                (action, values)
            }
            HookAction::Webhook { url_from, secret_from, format, .. } => {
                let read = |source: &atlas_migrations_plan::SecretSource| {
                    source.read(folder).map_err(|source| HookError::Secret { hook: hook(), source })
                };
                let key = secret_from.as_ref().map(read).transpose()?;
                let target = Target::new(&config.name, read(url_from)?, key, config.timeout)?;
                let secrets = target.secrets();
                (Action::Webhook { target: Arc::new(target), format: *format }, secrets)
            }
            _ => return Err(HookError::Action { hook: hook() }),
        };
        Ok(Self {
            name: config.name.clone(),
            on: config.on.clone(),
            timeout: config.timeout,
            on_error: config.on_error,
            action,
            redactor: Redactor::new(secrets),
            runs: Arc::new(Semaphore::new(RUNS_AT_ONCE)),
        })
    }

    /// Returns the name, unique in the plan.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn runs(&self) -> &Arc<Semaphore> {
        &self.runs
    }

    pub(super) fn vetoes(&self) -> bool {
        self.on_error == HookFailure::Veto
    }

    pub(super) fn asked_before_cutover(&self) -> bool {
        self.on.contains(&HookEvent::BeforeCutover)
    }

    /// Returns which of these events the hook is told about: the last, if several.
    pub(super) fn notified_of(&self, events: &[HookEvent]) -> Option<HookEvent> {
        events
            .iter()
            .rev()
            .find(|event| **event != HookEvent::BeforeCutover && self.on.contains(event))
            .copied()
    }

    /// Runs the program or calls the URL once.
    pub(super) async fn run(&self, event: HookEvent, payload: &HookPayload) -> HookRun {
        let id = payload.event_id.to_string();
        let json = serde_json::to_vec(payload).unwrap_or_default();
        match &self.action {
            Action::Exec { argv, pass_env, folder } => {
                let event =
                    EventVariables { event_id: &id, event: &payload.event, name: &payload.name };
                let environment = exec::environment(pass_env, event);
                exec::run(argv, folder, environment, &json, self.timeout).await
            }
            Action::Webhook { target, format } => {
                let body = match format {
                    WebhookFormat::Slack => {
                        json!({ "text": message(event, payload) }).to_string().into_bytes()
                    }
                    _ => json,
                };
                target.send(&id, body).await
            }
        }
    }

    /// Replaces secrets in the output of a run: those of the hook, then those of the process.
    pub(super) fn clean(&self, output: &str, redactor: &Redactor) -> Option<ForeignText> {
        let own = self.redactor.text(output);
        (!own.as_str().trim().is_empty()).then(|| redactor.text(own.as_str()))
    }
}
