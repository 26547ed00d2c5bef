//! What a migration waits for, or what to do next, in the few words that a narrow table has room for.

use atlas_migrations_journal::{
    event::{Event, Operation},
    state::{Conditions, WaitsFor},
};

use crate::{
    times::duration,
    words::{Context, Kind},
};

/// Returns what a migration waits for, or what to do next. Empty if only its lag says something.
pub fn brief(context: &Context<'_>, kind: Kind) -> String {
    let (state, times) = (&context.summary.state, context.times);
    match kind {
        Kind::Unclear => "resolve it".to_owned(),
        Kind::Blocked => "look at its events".to_owned(),
        Kind::Failed => "reason in Atlas UI".to_owned(),
        Kind::Expired => "start it again".to_owned(),
        Kind::NotSeen => not_seen(context),
        Kind::Approval => match state.waits_for(&Conditions::new(times.now_ms)) {
            WaitsFor::Approvals { have, need, .. } if need != usize::MAX => {
                format!("{have} of {need} approvals")
            }
            _ => "approve it".to_owned(),
        },
        Kind::Decision => "decide how it goes on".to_owned(),
        Kind::Ready => "cut it over".to_owned(),
        Kind::Held => "release it".to_owned(),
        Kind::NotStarted => "start it".to_owned(),
        Kind::CuttingOver => match state.slot(&Operation::Cutover) {
            Some(slot) if slot.intent_ms > 0 => {
                format!("sent {}", times.moment(slot.intent_ms).text)
            }
            _ => "waits for COMPLETE".to_owned(),
        },
        Kind::Waiting => waiting(context),
        Kind::Replicating => String::new(),
        Kind::Creating => "waits for the response".to_owned(),
        Kind::Validating => "Atlas validates it".to_owned(),
        Kind::Validated | Kind::Planned => "waits for its turn".to_owned(),
        Kind::Complete => took(context),
        Kind::GivenUp => "cutover given up".to_owned(),
    }
}

fn not_seen(context: &Context<'_>) -> String {
    let last = context.records.iter().rev().find_map(|record| match &record.event {
        Event::PollsFailing(polls) => Some((polls.count, polls.error_class.as_str())),
        _ => None,
    });
    let Some((count, class)) = last else { return "look in Atlas UI".to_owned() };
    let class = match class.strip_prefix("http_") {
        Some(status) => status.to_owned(),
        None => class.replace('_', " "),
    };
    format!("{class} ×{count}")
}

fn waiting(context: &Context<'_>) -> String {
    let (summary, times) = (context.summary, context.times);
    let mut conditions = Conditions::new(times.now_ms);
    if let Some(policy) = context.policies.get(&summary.row.name) {
        conditions.window = policy.window(times);
    }
    match summary.state.waits_for(&conditions) {
        WaitsFor::Window(opens) => {
            let at = opens.split_once(',').map_or(opens.as_str(), |(at, _)| at);
            // A window that this version cannot read says so in more words than there is room for.
            if at.contains("only the plan") {
                "waits for its window".to_owned()
            } else {
                format!("opens {at}")
            }
        }
        WaitsFor::Postponement(until_ms) => {
            format!("postponed to {}", times.moment(until_ms).text)
        }
        WaitsFor::Hook => "a hook forbids it".to_owned(),
        WaitsFor::Lag => "waits for a lower lag".to_owned(),
        WaitsFor::Turn => "waits for its turn".to_owned(),
        _ => "a run cuts it over".to_owned(),
    }
}

fn took(context: &Context<'_>) -> String {
    let ended_ms = context.summary.ended_ms.or(context.summary.phase_since_ms);
    let slot = context.summary.state.slot(&Operation::Cutover).filter(|slot| slot.intent_ms > 0);
    let took = ended_ms.zip(slot).map(|(ended, slot)| ended.saturating_sub(slot.intent_ms));
    took.map_or_else(String::new, |ms| {
        let took = std::time::Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        format!("took {}", duration(took))
    })
}
