//! What an event says, in one line for people.

use serde_json::Value;

use crate::{
    clock::utc,
    event::{
        Action, Adopted, Event, EventRecord, Intent, Observed, Operation, Outcome, OutcomeResult,
        Resolution, Resolved, ResolvedBy, Unclear, UnclearReason,
    },
};

/// Returns what happened, in one line for people. Times are in UTC.
pub fn event_text(record: &EventRecord) -> String {
    match &record.event {
        Event::PlanStarted(plan) => format!("plan started from {}", plan.file),
        Event::PlanChanged(plan) => format!("plan changed by {}", plan.file),
        Event::Planned(planned) => {
            let to = planned.destination.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
            let drops = if planned.drops_destination { ", drops its data" } else { "" };
            format!("planned{to}{drops}")
        }
        Event::Adopted(Adopted { migration_id, status, .. }) => {
            format!("migration {migration_id} adopted, {status}")
        }
        Event::Intent(intent) => intent_text(intent),
        Event::Outcome(outcome) => outcome_text(outcome),
        Event::Unclear(unclear) => unclear_text(unclear),
        Event::Resolved(resolved) => resolved_text(resolved),
        Event::Validated(validated) => {
            format!("validation {}{}", validated.status, detail(validated.message.as_ref()))
        }
        Event::Observed(observed) => observed_text(observed),
        Event::PollsFailing(polls) => {
            format!("polls fail since {} ({})", utc(polls.since_ms), polls.error_class)
        }
        Event::PollsBack(polls) => format!("polls succeed again after {} failures", polls.count),
        Event::DeadlineNear(deadline) => format!(
            "less than {} h are left: it can expire at {}",
            deadline.hours_left,
            utc(deadline.earliest_ms)
        ),
        Event::Approved(approved) => {
            let until = approved.expires_ms.map(|ms| format!(" until {}", utc(ms)));
            let (action, until) = (action(&approved.action), until.unwrap_or_default());
            format!("{action} approved{until}{}", detail(approved.comment.as_ref()))
        }
        Event::ApprovalWithdrawn(withdrawn) => format!(
            "approvals of the {} withdrawn{}",
            action(&withdrawn.action),
            detail(withdrawn.comment.as_ref())
        ),
        Event::Held(held) => format!("held{}", detail(held.reason.as_ref())),
        Event::Released(released) => format!("released{}", detail(released.reason.as_ref())),
        Event::Postponed(postponed) => match postponed.until_ms {
            Some(until) => {
                format!("postponed until {}{}", utc(until), detail(postponed.reason.as_ref()))
            }
            None => format!("no longer postponed{}", detail(postponed.reason.as_ref())),
        },
        Event::CutoverForgone(forgone) => {
            format!("cutover given up{}", detail(forgone.reason.as_ref()))
        }
        Event::Retry(retry) => {
            format!("attempt {} begins{}", retry.attempt, detail(retry.reason.as_ref()))
        }
        Event::HookStarted(hook) => {
            format!("hook {} runs for event {}, try {}", hook.hook, hook.event_seq, hook.try_number)
        }
        Event::HookEnded(hook) => {
            let exit = hook.exit.map(|exit| format!(", exit code {exit}")).unwrap_or_default();
            format!(
                "hook {} ended: {}{exit}{}",
                hook.hook,
                hook.result,
                detail(hook.output.as_ref())
            )
        }
        Event::Vetoed(vetoed) => match vetoed.until_ms {
            Some(until) => format!("vetoed by hook {} until {}", vetoed.hook, utc(until)),
            None => format!("vetoed by hook {}", vetoed.hook),
        },
        Event::Ended(ended) => format!("ended: {}", ended.result),
        other => format!("{} {}", other.event_type(), Value::Object(record.fields.clone())),
    }
}

fn intent_text(intent: &Intent) -> String {
    let overrides = match &intent.override_policy {
        Some(why) => format!(", overrides the policy: {why}"),
        None => String::new(),
    };
    format!("sending the {} request{overrides}", operation(&intent.op))
}

fn outcome_text(outcome: &Outcome) -> String {
    let result = match &outcome.result {
        OutcomeResult::Accepted => "accepted",
        OutcomeResult::Refused => "refused",
        OutcomeResult::NotSent => "not sent",
        other => other.as_str(),
    };
    let status = outcome.status.map(|status| format!(" ({status})")).unwrap_or_default();
    let code = outcome.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
    let id = outcome.id.as_ref().map(|id| format!(", ID {id}")).unwrap_or_default();
    let late = if outcome.late { ", late" } else { "" };
    let of = outcome.intent_seq;
    format!(
        "request of event {of} {result}{status}{code}{id}{late}{}",
        detail(outcome.detail.as_ref())
    )
}

fn unclear_text(unclear: &Unclear) -> String {
    let reason = match &unclear.reason {
        UnclearReason::ConnectionLost => "the connection was lost",
        UnclearReason::Timeout => "no response came in time",
        UnclearReason::ServerError => "the response was a server error",
        UnclearReason::RunnerGone => "the process that may have sent it is gone",
        other => other.as_str(),
    };
    let of = unclear.intent_seq;
    format!("request of event {of} unclear: {reason}{}", detail(unclear.detail.as_ref()))
}

fn resolved_text(resolved: &Resolved) -> String {
    let result = match &resolved.result {
        Resolution::TookEffect => "took effect",
        Resolution::DidNot => "did not take effect",
        other => other.as_str(),
    };
    let by = match &resolved.by {
        ResolvedBy::Look => "its state in Atlas proves it",
        ResolvedBy::Person => "a person says so",
        other => other.as_str(),
    };
    let id = resolved.id.as_ref().map(|id| format!(", ID {id}")).unwrap_or_default();
    let of = resolved.intent_seq;
    format!("request of event {of} {result}{id}: {by}{}", detail(resolved.evidence.as_ref()))
}

fn observed_text(observed: &Observed) -> String {
    let ready = match observed.ready {
        Some(true) => ", ready for cutover",
        _ => "",
    };
    let lag = observed.lag_seconds.map(|lag| format!(", lag {lag} s")).unwrap_or_default();
    format!("Atlas shows {}{ready}{lag}", observed.status)
}

fn operation(op: &Operation) -> &str {
    match op {
        Operation::LinkCreate => "link create",
        Operation::LinkDelete => "link delete",
        op => op.as_str(),
    }
}

fn action(action: &Action) -> &str {
    match action {
        Action::CreateWithDrop => "start that drops data",
        Action::Cutover => "cutover",
        other => other.as_str(),
    }
}

fn detail(text: Option<impl ToString>) -> String {
    text.map(|text| format!(": {}", text.to_string())).unwrap_or_default()
}
