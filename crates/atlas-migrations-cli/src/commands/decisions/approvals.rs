//! `atlas-migrations approve` and `atlas-migrations withdraw`.

use atlas_migrations_journal::StreamId;
use atlas_migrations_journal::event::{Action, StreamKind};
use atlas_migrations_runs::decisions::{self, ApprovalOptions, Approving, Done};

use super::decide::decider;
use super::report::{Said, answer_each};
use crate::cli::{Approve, GlobalOptions, Withdraw};
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
    let action = action(options.create);
    let mut how = ApprovalOptions::default();
    how.expires = options.expires;
    how.comment = options.comment.as_deref().map(|comment| journal.redactor.text(comment));
    answer_each(global.output, rows, async |row| {
        let approving = decisions::approve(&*journal.store, row.id, &actor, &action, &how).await?;
        Ok(said_of_approval(&action, &approving))
    })
    .await
}

/// Approves the cutover of one migration. Returns what was recorded, in one line.
pub async fn approve_cutover(journal: &OpenJournal, stream: StreamId) -> Result<String, CliError> {
    let (store, how) = (&*journal.store, ApprovalOptions::default());
    let approving =
        decisions::approve(store, stream, &decider(None), &Action::Cutover, &how).await?;
    Ok(said_of_approval(&Action::Cutover, &approving).into_text())
}

fn action(create: bool) -> Action {
    if create { Action::CreateWithDrop } else { Action::Cutover }
}

fn said_of_approval(action: &Action, approving: &Approving) -> Said {
    let Approving { done, have, need, .. } = approving;
    let Done::Appended(_, before) = done else { return Said::new(done, "", "") };
    let what = match action {
        Action::CreateWithDrop => {
            let destination = before.state.destination.as_deref().unwrap_or("its destination");
            format!("the start that drops all data of {destination} is approved")
        }
        _ => "the cutover is approved".to_owned(),
    };
    let until = approving.expires_ms.map(|ms| format!(" until {}", local_and_utc(ms)));
    let text = format!("{what}{}, {have} of {need}", until.unwrap_or_default());
    let repeated = approving.is_repeated.then(|| {
        "approvals of one database user count once: another database user has to approve; --by \
         does not count as one"
            .to_owned()
    });
    Said::new(done, "approved", text).warn(repeated).with("have", *have).with("need", *need)
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
    let no_request = decisions::not_sent(&action);
    let comment = options.comment.as_deref().map(|comment| journal.redactor.text(comment));
    answer_each(global.output, rows, async |row| {
        let store = &*journal.store;
        let done = decisions::withdraw(store, row.id, &actor, &action, comment.as_ref()).await?;
        let text = format!("its approvals are withdrawn; {no_request}");
        Ok(Said::new(&done, "withdrawn", text))
    })
    .await
}
