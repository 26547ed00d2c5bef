//! `atlas-migrations approve` and `atlas-migrations withdraw`.

use atlas_migrations_journal::event::{Action, ApprovalWithdrawn, Approved, Operation, StreamKind};
use atlas_migrations_journal::{Hash, StreamId};
use serde_json::Value;

use super::decide::{Decision, Done, Situation, decide, decider};
use super::report::{Answer, Said, report};
use crate::cli::{Approve, Decider, GlobalOptions, MigrationNames, Withdraw};
use crate::error::CliError;
use crate::instant::local_and_utc;
use crate::journal::{Journal, OpenJournal, redactor};
use crate::stream_lookup::find_all;

pub async fn approve(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Approve,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let actor = decider(options.decider.by.as_deref());
    let rows = find_all(journal, &options.migrations.names, &[StreamKind::Migration]).await?;
    let mut answers = Vec::new();
    for row in rows {
        let done = decide(&*journal.store, row.id, &actor, |situation| {
            approval(journal, options, situation)
        });
        let said = match done.await {
            Ok(done) => said_of_approval(journal, options, done).await,
            Err(error) => Err(error),
        };
        answers.push(Answer::new(row, said));
    }
    report(global.output, answers)
}

/// Approves the cutover of one migration. Returns what was recorded, in one line.
pub async fn approve_cutover(journal: &OpenJournal, stream: StreamId) -> Result<String, CliError> {
    let options = Approve {
        migrations: MigrationNames { names: Vec::new() },
        decider: Decider { by: None },
        expires: None,
        create: false,
        comment: None,
    };
    let actor = decider(None);
    let done =
        decide(&*journal.store, stream, &actor, |situation| approval(journal, &options, situation));
    let said = said_of_approval(journal, &options, done.await?).await?;
    Ok(said.into_text())
}

fn action(create: bool) -> Action {
    if create { Action::CreateWithDrop } else { Action::Cutover }
}

fn approval(journal: &OpenJournal, options: &Approve, situation: &Situation) -> Decision {
    let Situation { state, now_ms, .. } = situation;
    let action = action(options.create);
    if let Some(why) = why_too_late(&action, situation) {
        return Decision::Refuse(why);
    }
    let need = state.needed_approvals(&action);
    let Some(policy_hash) = state.policy_hash.clone().filter(|_| need > 0) else {
        let why = match action {
            Action::CreateWithDrop => "its start drops no data, so it needs no approval",
            _ => "its cutover needs no approval",
        };
        return Decision::Nothing("not_needed", format!("{why}; nothing was recorded"));
    };
    // An adopted migration has no request.
    let request_hash = state.request_hash.clone().unwrap_or_else(|| Hash::of(&Value::Null));
    let mut approved = Approved::new(action, policy_hash, request_hash);
    approved.expires_ms = options.expires.map(|expires| {
        now_ms.saturating_add(i64::try_from(expires.as_millis()).unwrap_or(i64::MAX))
    });
    approved.comment = options.comment.as_deref().map(|comment| journal.redactor.text(comment));
    Decision::append(approved)
}

async fn said_of_approval(
    journal: &OpenJournal,
    options: &Approve,
    done: Done,
) -> Result<Said, CliError> {
    let Done::Appended(_, before) = &done else {
        return Ok(Said::new(&done, "", ""));
    };
    let action = action(options.create);
    let what = match action {
        Action::CreateWithDrop => {
            let destination = before.state.destination.as_deref().unwrap_or("its destination");
            format!("the start that drops all data of {destination} is approved")
        }
        _ => "the cutover is approved".to_owned(),
    };
    let now = Situation::of(&*journal.store, before.row.id).await?;
    let need = now.state.needed_approvals(&action);
    let have = now.state.valid_approvals(&action, now.now_ms).len();
    let until = options.expires.map(|expires| {
        let ms = i64::try_from(expires.as_millis()).unwrap_or(i64::MAX);
        format!(" until {}", local_and_utc(before.now_ms.saturating_add(ms)))
    });
    let text = format!("{what}{}, {have} of {need}", until.unwrap_or_default());
    let is_repeated =
        have < need && have == before.state.valid_approvals(&action, before.now_ms).len();
    let repeated = is_repeated.then(|| {
        "approvals of one database user count once: another database user has to approve; --by \
         does not count as one"
            .to_owned()
    });
    Ok(Said::new(&done, "approved", text).warn(repeated).with("have", have).with("need", need))
}

pub async fn withdraw(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Withdraw,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let actor = decider(options.decider.by.as_deref());
    let rows = find_all(journal, &options.migrations.names, &[StreamKind::Migration]).await?;
    let action = action(options.create);
    let no_request = match action {
        Action::CreateWithDrop => "no request that drops data was sent",
        _ => "no cutover was sent",
    };
    let mut answers = Vec::new();
    for row in rows {
        let done = decide(&*journal.store, row.id, &actor, |situation| {
            if let Some(why) = why_too_late(&action, situation) {
                return Decision::Refuse(why);
            }
            if !situation.state.approvals.values().any(|approval| approval.action == action) {
                let text = format!("there was no approval to withdraw; {no_request}");
                return Decision::Nothing("nothing_to_withdraw", text);
            }
            let mut withdrawn = ApprovalWithdrawn::new(action.clone());
            withdrawn.comment =
                options.comment.as_deref().map(|comment| journal.redactor.text(comment));
            Decision::append(withdrawn)
        });
        let said = done.await.map(|done| {
            let text = format!("its approvals are withdrawn; {no_request}");
            Said::new(&done, "withdrawn", text)
        });
        answers.push(Answer::new(row, said));
    }
    report(global.output, answers)
}

/// Returns why an action can no longer be approved, if that is so.
fn why_too_late(action: &Action, situation: &Situation) -> Option<String> {
    if *action == Action::CreateWithDrop {
        if let Some(slot) = situation.state.slot(&Operation::Create) {
            let at = crate::instant::utc(slot.intent_ms);
            let (seq, actor) = (slot.intent_seq, &slot.actor);
            return Some(format!("too late: create intent {seq} at {at} by {actor}"));
        }
        if let Some(id) = &situation.state.migration_id {
            return Some(format!("too late: migration {id} was started"));
        }
    }
    situation.why_too_late()
}
