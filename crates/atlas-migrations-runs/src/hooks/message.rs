//! A payload in plain English, for chat services.

use std::fmt::Write as _;

use atlas_migrations_plan::HookEvent;

use super::payload::HookPayload;

/// Returns the message that Slack and compatible services show.
pub(super) fn message(event: HookEvent, payload: &HookPayload) -> String {
    let mut text = format!(
        "*{}* (plan {}): {}",
        escape(&payload.name),
        escape(&payload.plan),
        sentence(event)
    );
    let mut line = |label: &str, value: &str| {
        // Writing into a string cannot fail.
        let _ = write!(text, "\n{label}: {}", escape(value));
    };
    if payload.waiting_for != "nothing" {
        line("It waits for", &payload.waiting_for);
    }
    if let Some(lag) = payload.lag_seconds {
        line("Lag", &format!("{lag} s"));
    }
    if let Some(deadline) = &payload.deadline {
        line("It expires at the earliest", deadline);
    }
    if let Some(detail) = &payload.detail {
        line("Detail", detail);
    }
    text
}

fn sentence(event: HookEvent) -> &'static str {
    match event {
        HookEvent::Validated => "Atlas accepts the migration request.",
        HookEvent::Created => "The migration started in Atlas.",
        HookEvent::Ready => "The migration is ready for the cutover.",
        HookEvent::DeadlineNear => "The migration expires soon. Cut over before that.",
        HookEvent::WaitingForApproval => "An approval is needed.",
        HookEvent::BeforeCutover => "The cutover is about to start.",
        HookEvent::CutOver => "The cutover was requested.",
        HookEvent::Complete => "The migration is complete.",
        HookEvent::Failed => "The migration failed.",
        HookEvent::Expired => "The migration expired.",
        HookEvent::Unclear => {
            "Whether a request took effect is not known. Nothing more is sent until that is resolved."
        }
        HookEvent::PollsFailing => "The status of the migration cannot be read.",
        _ => "Something happened.",
    }
}

/// Escapes what Slack would read as markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
