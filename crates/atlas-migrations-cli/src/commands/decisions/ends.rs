//! `atlas-migrations abort-before-cutover` and `atlas-migrations retry`.

use atlas_migrations_journal::event::{
    Actor, CutoverForgone, EndResult, Ended, Operation, Retry as NextAttempt, StreamKind,
};
use atlas_migrations_journal::store::StreamRow;
use atlas_migrations_runs::decisions::{Decision, Done, Situation, decide};

use super::decide::decider;
use super::report::{Answer, Said, answer_each, report};
use crate::cli::{AbortBeforeCutover, GlobalOptions, Retry};
use crate::error::CliError;
use crate::journal::{Journal, OpenJournal, redactor};
use crate::prompt::Confirm;
use crate::stream_lookup::{find_all, find_one, qualified};
use crate::terminal::Line;

pub async fn abort_before_cutover(
    global: &GlobalOptions,
    journal: &Journal,
    options: &AbortBeforeCutover,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let actor = decider(options.decider.by.as_deref());
    let rows = find_all(journal, &options.migrations.names, &[StreamKind::Migration]).await?;
    if !options.confirmation.yes {
        confirm(&rows).ask()?;
    }
    answer_each(global.output, rows, async |row| abort(journal, row, &actor, options).await).await
}

fn confirm(rows: &[StreamRow]) -> Confirm {
    let names: Vec<_> = rows.iter().map(qualified).collect();
    let names = names.join(", ");
    let details = vec![
        Line::from("Nothing is sent: Atlas has no request that ends a live migration."),
        Line::from(
            "Atlas goes on replicating until the migration expires, and its destination stays occupied until then.",
        ),
        Line::from(
            "The cutover of this attempt is never sent. `hold` stops it for a while instead.",
        ),
    ];
    Confirm { details, question: format!("Give up the cutover of {names}? This cannot be undone.") }
}

async fn abort(
    journal: &OpenJournal,
    row: &StreamRow,
    actor: &Actor,
    options: &AbortBeforeCutover,
) -> Result<Said, CliError> {
    let done = decide(&*journal.store, row.id, actor, |situation| {
        if let Some(why) = situation.why_too_late() {
            return Decision::Refuse(why);
        }
        if situation.state.forgone {
            let text = "its cutover was given up before; no cutover was sent".to_owned();
            return Decision::Nothing("forgone", text);
        }
        let mut forgone = CutoverForgone::new();
        forgone.reason = options.reason.reason.as_deref().map(|text| journal.redactor.text(text));
        Decision::append(forgone)
    })
    .await?;
    let text = if end_if_not_started(journal, row, actor).await? {
        "its cutover is given up; nothing was started, so it ended"
    } else {
        "its cutover is given up; no cutover was sent. Atlas goes on replicating until the migration expires, and the \
         destination is occupied until then"
    };
    Ok(Said::new(&done, "forgone", text))
}

/// Ends an attempt that was given up before its migration was started. Returns whether it did.
async fn end_if_not_started(
    journal: &OpenJournal,
    row: &StreamRow,
    actor: &Actor,
) -> Result<bool, CliError> {
    let done = decide(&*journal.store, row.id, actor, |Situation { state, .. }| {
        let is_started = state.migration_id.is_some() || state.slot(&Operation::Create).is_some();
        if is_started || state.ended.is_some() {
            return Decision::Nothing("", String::new());
        }
        Decision::append(Ended::new(EndResult::Forgone))
    });
    Ok(matches!(done.await?, Done::Appended(..)))
}

pub async fn retry(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Retry,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let actor = decider(options.decider.by.as_deref());
    let row = find_one(journal, &options.name, &[StreamKind::Migration]).await?;
    let done = decide(&*journal.store, row.id, &actor, |situation| {
        let mut next = NextAttempt::new(situation.state.attempt.saturating_add(1));
        next.reason = options.reason.reason.as_deref().map(|text| journal.redactor.text(text));
        Decision::append(next)
    });
    let said = match done.await {
        Ok(done) => {
            let attempt = match &done {
                Done::Appended(_, before) => before.state.attempt.saturating_add(1),
                Done::Nothing(..) => 0,
            };
            let text = format!(
                "attempt {attempt} begins with its validation; approvals of earlier attempts do not count"
            );
            Ok(Said::new(&done, "retrying", text).with("attempt", attempt))
        }
        Err(error) => {
            let (_, state) = journal.store.state(row.id).await?;
            Err(CliError::from(error).also_hint(&format!(
                "attempt {} is {}",
                state.attempt,
                state.phase()
            )))
        }
    };
    report(global.output, vec![Answer::new(row, said)])
}
