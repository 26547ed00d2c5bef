//! Reads hooks.

use std::{collections::HashMap, path::Path, time::Duration};

use super::{
    cursor::{Cursor, Fields},
    secrets::secret,
    values::{argv, duration, text, variable, word},
};
use crate::{
    hook::{HookAction, HookConfig, HookEvent, HookFailure, WebhookFormat},
    keys,
};

const MAX_HOOKS: usize = 100;
const MAX_NAME: usize = 63;
const WEBHOOK_HINTS: &[(&str, &str)] = &[
    (
        "url",
        "a plan has no URLs of webhooks, because they are secrets; expected url_from: {env: NAME} or {file: PATH}",
    ),
    ("secret", "a plan has no secrets; expected secret_from: {env: NAME} or {file: PATH}"),
    ("format", "\"format\" is a key of the hook; expected it beside `webhook`"),
];

/// Reads a list of hooks, and checks that their names differ.
pub(super) fn hooks(at: &Cursor<'_>) -> Vec<HookConfig> {
    let items = at.items("a list of hooks", MAX_HOOKS).unwrap_or_default();
    let mut lines = HashMap::new();
    let mut hooks = Vec::with_capacity(items.len());
    for item in &items {
        let Some(hook) = hook(item) else { continue };
        if let Some(line) = lines.insert(hook.name.clone(), item.place().line) {
            item.fail(format!(
                "the hook on line {line} is named \"{}\" too; expected another `name`",
                hook.name
            ));
        }
        hooks.push(hook);
    }
    hooks
}

fn hook(at: &Cursor<'_>) -> Option<HookConfig> {
    let fields = at.fields(keys::HOOK, "a hook, such as {on: [ready], exec: [./notify.sh]}")?;
    let on = fields.require("on", "a list of events, such as [ready, failed]");
    let on = on.and_then(|at| events(&at));
    let action = action(&fields);
    let limit = fields.get("timeout").map(|at| timeout(&at, fields.get("webhook").is_some()));
    let on_error = fields
        .get("on_error")
        .map(|at| word(&at, &[("veto", HookFailure::Veto), ("ignore", HookFailure::Ignore)]));
    let name = fields.get("name").map(|at| name(&at));
    let (on, action) = (on?, action?);
    if let (Some(Some(HookFailure::Veto)), Some(at)) = (on_error, fields.get("on_error")) {
        if !on.contains(&HookEvent::BeforeCutover) {
            at.fail("only a hook on before_cutover can veto; expected ignore, or before_cutover in `on`");
        } else if matches!(action, HookAction::Webhook { .. }) {
            at.fail("a webhook cannot veto; expected ignore, or `exec`");
        }
    }
    let name = match name {
        Some(name) => name?,
        None => default_name(&action),
    };
    let mut hook = HookConfig::new(name, on, action);
    if let Some(limit) = limit {
        hook.timeout = limit?;
    }
    if let Some(on_error) = on_error {
        hook.on_error = on_error?;
    }
    Some(hook)
}

fn events(at: &Cursor<'_>) -> Option<Vec<HookEvent>> {
    let items = at.items("a list of events, such as [ready, failed]", HookEvent::ALL.len())?;
    if items.is_empty() {
        at.fail("the list is empty; expected at least one event, such as [ready]");
        return None;
    }
    let words: Vec<_> = HookEvent::ALL.iter().map(|event| (event.as_str(), *event)).collect();
    let mut events = Vec::with_capacity(items.len());
    for item in items {
        match word(&item, &words) {
            Some(event) if events.contains(&Some(event)) => {
                item.fail(format!("the event \"{event}\" is in the list twice; expected it once"));
            }
            event => events.push(event),
        }
    }
    events.into_iter().collect()
}

fn action(fields: &Fields<'_>) -> Option<HookAction> {
    let only_with = |key: &str, other: &str| {
        if let Some(at) = fields.get(key) {
            at.fail(format!("\"{key}\" is only for `{other}`; remove it"));
        }
    };
    match (fields.get("exec"), fields.get("webhook")) {
        (Some(exec), None) => {
            only_with("format", "webhook");
            let pass_env = fields.get("pass_env").map(|at| pass_env(&at));
            let argv = argv(&exec);
            let pass_env = pass_env.unwrap_or_else(|| Some(Vec::new()));
            Some(HookAction::Exec { argv: argv?, pass_env: pass_env? })
        }
        (None, Some(at)) => {
            only_with("pass_env", "exec");
            webhook(&at, fields)
        }
        (found, _) => {
            let found = if found.is_some() { "both" } else { "none" };
            fields.at().fail(format!("found {found}; expected exactly one of exec or webhook"));
            None
        }
    }
}

fn webhook(at: &Cursor<'_>, fields: &Fields<'_>) -> Option<HookAction> {
    const URL: &str = "where the URL comes from, such as {env: SLACK_URL}";
    let at = at.clone().secret();
    let inner = at.fields_with_hints(keys::WEBHOOK, WEBHOOK_HINTS, "{url_from: {env: NAME}}")?;
    if at.get("url").is_some() && at.get("url_from").is_none() {
        return None;
    }
    let url_from = inner.require("url_from", URL).and_then(|at| secret(&at));
    let secret_from = inner.get("secret_from").map(|at| secret(&at));
    let formats = [("json", WebhookFormat::Json), ("slack", WebhookFormat::Slack)];
    let format = fields.get("format").map(|at| word(&at, &formats));
    Some(HookAction::Webhook {
        url_from: url_from?,
        secret_from: match secret_from {
            Some(source) => Some(source?),
            None => None,
        },
        format: format.unwrap_or(Some(WebhookFormat::Json))?,
    })
}

fn pass_env(at: &Cursor<'_>) -> Option<Vec<String>> {
    let items = at.items("a list of names of environment variables", 100)?;
    let names = items.iter().map(|at| {
        let name = variable(at)?;
        if name.starts_with("MONGODB_ATLAS_") || name.starts_with("MCLI_") {
            at.fail("hooks never get the credentials of Atlas; remove the variable");
            return None;
        }
        Some(name)
    });
    let names: Vec<_> = names.collect();
    names.into_iter().collect()
}

fn timeout(at: &Cursor<'_>, is_webhook: bool) -> Option<Duration> {
    let max = if is_webhook { Duration::from_mins(1) } else { Duration::from_hours(1) };
    duration(at, Duration::from_secs(1)..=max, if is_webhook { "10s" } else { "60s" })
}

fn name(at: &Cursor<'_>) -> Option<String> {
    const EXPECTED: &str = "a name of at most 63 letters, digits, `.`, `_` and `-`";
    let name = text(at, EXPECTED)?;
    let is_name = name.len() <= MAX_NAME && name.chars().all(is_in_name);
    if !is_name {
        at.expected(EXPECTED);
    }
    is_name.then_some(name)
}

fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

/// Returns the name of a hook without `name`: that of its program, with `-` for what names cannot have.
fn default_name(action: &HookAction) -> String {
    match action {
        HookAction::Webhook { .. } => "webhook".to_owned(),
        HookAction::Exec { argv, .. } => {
            let program = argv.first().and_then(|program| Path::new(program).file_stem());
            let stem = program.unwrap_or("exec".as_ref()).to_string_lossy();
            stem.chars().take(MAX_NAME).map(|c| if is_in_name(c) { c } else { '-' }).collect()
        }
    }
}
