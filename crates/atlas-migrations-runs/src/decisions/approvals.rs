//! Approvals, and their withdrawal.

use std::time::Duration;

use atlas_migrations_journal::{
    ForeignText, Hash, StreamId,
    event::{Action, Actor, ApprovalWithdrawn, Approved, Operation},
    state::StreamState,
    store::Store,
};
use serde_json::Value;

use super::{
    append::{Decision, Done, decide},
    error::DecisionError,
    situation::Situation,
};

/// What a person saw of a migration before deciding about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seen {
    attempt: u32,
    policy_hash: Option<Hash>,
    request_hash: Option<Hash>,
}

/// How to approve.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ApprovalOptions {
    /// How long the approval counts. Without an end, it counts as long as the request and the policy stay the same.
    pub expires: Option<Duration>,
    /// A comment for the journal.
    pub comment: Option<ForeignText>,
    /// What the person saw. If the request, the policy or the attempt changed since then, the approval is refused.
    pub seen: Option<Seen>,
}

/// What an approval led to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Approving {
    /// What was done.
    pub done: Done,
    /// How many approvals count now.
    pub have: usize,
    /// How many approvals are needed.
    pub need: usize,
    /// Whether the database user had approved before, so that this approval adds nothing.
    pub is_repeated: bool,
    /// When the approval expires, in milliseconds since 1970: by the approver's word or the plan's policy.
    pub expires_ms: Option<i64>,
}

impl Seen {
    /// Returns what there is to see of a migration in a state.
    pub fn of_state(state: &StreamState) -> Self {
        Self {
            attempt: state.attempt,
            policy_hash: state.policy_hash.clone(),
            request_hash: state.request_hash.clone(),
        }
    }
}

/// Approves an action of a migration.
///
/// # Errors
/// It is too late, what the person saw has changed, or the journal cannot be used.
pub async fn approve(
    store: &dyn Store,
    stream: StreamId,
    actor: &Actor,
    action: &Action,
    options: &ApprovalOptions,
) -> Result<Approving, DecisionError> {
    let done = decide(store, stream, actor, |now| approval(now, action, options)).await?;
    let Done::Appended(appended, before) = &done else {
        return Ok(Approving { done, have: 0, need: 0, is_repeated: false, expires_ms: None });
    };
    let now = Situation::of(store, stream).await?;
    let need = now.state.needed_approvals(action);
    let have = now.state.valid_approvals(action, now.now_ms).len();
    let had = before.state.valid_approvals(action, before.now_ms).len();
    let approval = now.state.approvals.get(&appended.seq);
    let expires_ms = approval.and_then(|approval| approval.expires_ms);
    Ok(Approving { is_repeated: have < need && have == had, done, have, need, expires_ms })
}

fn approval(situation: &Situation, action: &Action, options: &ApprovalOptions) -> Decision {
    let Situation { state, now_ms, .. } = situation;
    if let Some(why) = why_too_late_for(action, situation) {
        return Decision::Refuse(why);
    }
    if options.seen.as_ref().is_some_and(|seen| *seen != Seen::of_state(state)) {
        let why =
            "the plan, the request or the attempt changed since it was shown: look at it again";
        return Decision::Refuse(why.to_owned());
    }
    let need = state.needed_approvals(action);
    let Some(policy_hash) = state.policy_hash.clone().filter(|_| need > 0) else {
        let why = match action {
            Action::CreateWithDrop => "its start drops no data, so it needs no approval",
            _ => "its cutover needs no approval",
        };
        return Decision::Nothing("not_needed", format!("{why}; nothing was recorded"));
    };
    // An adopted migration has no request.
    let request_hash = state.request_hash.clone().unwrap_or_else(|| Hash::of(&Value::Null));
    let mut approved = Approved::new(action.clone(), policy_hash, request_hash);
    approved.expires_ms = options.expires.map(|expires| {
        now_ms.saturating_add(i64::try_from(expires.as_millis()).unwrap_or(i64::MAX))
    });
    approved.comment.clone_from(&options.comment);
    Decision::append(approved)
}

/// Withdraws all approvals of an action of a migration.
///
/// # Errors
/// It is too late, or the journal cannot be used.
pub async fn withdraw(
    store: &dyn Store,
    stream: StreamId,
    actor: &Actor,
    action: &Action,
    comment: Option<&ForeignText>,
) -> Result<Done, DecisionError> {
    let decision = |situation: &Situation| {
        if let Some(why) = why_too_late_for(action, situation) {
            return Decision::Refuse(why);
        }
        if !situation.state.approvals.values().any(|approval| approval.action == *action) {
            let text = format!("there was no approval to withdraw; {}", not_sent(action));
            return Decision::Nothing("nothing_to_withdraw", text);
        }
        let mut withdrawn = ApprovalWithdrawn::new(action.clone());
        withdrawn.comment = comment.cloned();
        Decision::append(withdrawn)
    };
    decide(store, stream, actor, decision).await
}

/// Says that the request of an action was not sent.
pub fn not_sent(action: &Action) -> &'static str {
    match action {
        Action::CreateWithDrop => "no request that drops data was sent",
        _ => "no cutover was sent",
    }
}

/// Returns why an action can no longer be approved, if that is so.
pub fn why_too_late_for(action: &Action, situation: &Situation) -> Option<String> {
    if *action == Action::CreateWithDrop {
        if let Some(slot) = situation.state.slot(&Operation::Create) {
            let at = utc(slot.intent_ms);
            let (seq, actor) = (slot.intent_seq, &slot.actor);
            return Some(format!("too late: create intent {seq} at {at} by {actor}"));
        }
        if let Some(id) = &situation.state.migration_id {
            return Some(format!("too late: migration {id} was started"));
        }
    }
    situation.why_too_late()
}

/// Formats a time in UTC to the second, in RFC 3339.
fn utc(ms: i64) -> String {
    let since_1970 = u64::try_from(ms).ok().map(Duration::from_millis);
    let time = since_1970.and_then(|since| std::time::UNIX_EPOCH.checked_add(since));
    time.map_or_else(
        || format!("{ms} ms after 1970"),
        |time| humantime::format_rfc3339_seconds(time).to_string(),
    )
}
