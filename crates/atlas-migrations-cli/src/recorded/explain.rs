//! What the error of a recorded change means for the user.

use std::time::{Duration, UNIX_EPOCH};

use atlas_migrations_journal::event::Operation;
use atlas_migrations_journal::state::Rejection;
use atlas_migrations_journal::store::{Store, StreamFilter};
use atlas_migrations_journal::{Error, StreamId};
use atlas_migrations_runs::changes::ChangeError;

use crate::error::CliError;
use crate::time_text::rfc3339;

/// Returns the error of a change of the stream with this name: what happened, who did it, and what to do next.
pub async fn explain(
    store: &dyn Store,
    stream: impl Into<Option<StreamId>>,
    name: &str,
    error: ChangeError,
) -> CliError {
    match error {
        ChangeError::Unready(error) => CliError::from(error).may_have_taken_effect(false, None),
        ChangeError::Rejected(error) => rejected(store, stream, name, error).await,
        ChangeError::Journal(error) => CliError::nothing_sent(error.into()),
        ChangeError::NotSent { error, .. } | ChangeError::Refused { error, .. } => error.into(),
        ChangeError::Unclear { operation, error, .. } => {
            let line = format!("  nothing more is sent for `{name}` until this is resolved");
            CliError::from(error).line(line).also_hint(&resolve(&operation, name))
        }
        error => CliError::new(error.to_string()).may_have_taken_effect(true, None),
    }
}

/// Explains why the journal does not allow the change now.
pub async fn rejected(
    store: &dyn Store,
    stream: impl Into<Option<StreamId>>,
    name: &str,
    error: Error,
) -> CliError {
    let intent = match &error {
        Error::Rejected(
            Rejection::Undecided { intent_seq, .. }
            | Rejection::AlreadyDone { intent_seq, .. }
            | Rejection::TooLate { intent_seq, .. },
        ) => Some(*intent_seq),
        _ => None,
    };
    let hint = match &error {
        Error::Rejected(rejection) => hint(rejection, name),
        Error::DestinationTaken { by, .. } => {
            Some(unclear_create(store, by).await.unwrap_or_else(|| {
                format!("see where it stands with `atlas-migrations status {by}`")
            }))
        }
        _ => None,
    };
    let mut result =
        CliError::from(error).prefixed("nothing was sent").may_have_taken_effect(false, None);
    if let (Some(stream), Some(seq)) = (stream.into(), intent)
        && let Ok(Some(record)) = store.read_one(stream, seq).await
    {
        let since = Duration::from_millis(u64::try_from(record.at_ms).unwrap_or(0));
        let at = UNIX_EPOCH.checked_add(since).and_then(rfc3339).unwrap_or_default();
        result = result.line(format!("  event {seq} is by {} at {at}", record.actor));
    }
    match hint {
        Some(hint) => result.hint(hint),
        None => result,
    }
}

/// Says how the create request of the migration with this name is resolved, if its fate is not known.
pub async fn unclear_create(store: &dyn Store, name: &str) -> Option<String> {
    let mut filter = StreamFilter::default();
    filter.name = Some(name.to_owned());
    let rows = store.streams(filter).await.ok()?;
    for row in rows {
        let (_, state) = store.state(row.id).await.ok()?;
        if state.undecided().is_some_and(|(key, _)| key.op == Operation::Create) {
            return Some(resolve(&Operation::Create, name));
        }
    }
    None
}

fn hint(rejection: &Rejection, name: &str) -> Option<String> {
    Some(match rejection {
        Rejection::Undecided { op, .. } => resolve(op, name),
        Rejection::AlreadyDone { op: Operation::LinkCreate, .. } => {
            "remove the link with `atlas-migrations link delete` before you create another"
                .to_owned()
        }
        Rejection::AlreadyDone { op: Operation::Cutover, .. } => {
            format!("watch it with `atlas-migrations watch {name}`")
        }
        Rejection::Held => format!("`atlas-migrations release {name}` ends the hold"),
        Rejection::NotApproved { .. } => {
            format!("`atlas-migrations approve {name}` gives an approval")
        }
        Rejection::NotReady => "--when-ready waits until it is ready".to_owned(),
        _ => return None,
    })
}

/// Says how a request whose fate is not known is resolved.
fn resolve(operation: &Operation, name: &str) -> String {
    match operation {
        Operation::Create => format!(
            "look in the Atlas UI, then `atlas-migrations journal resolve {name} --id ID` with the migration's ID, or \
             `--absent` if there is none"
        ),
        Operation::Cutover => format!(
            "`atlas-migrations status {name}` looks whether it took effect; `atlas-migrations journal resolve {name}` decides"
        ),
        Operation::LinkCreate | Operation::LinkDelete => {
            "`atlas-migrations link delete` resolves it".to_owned()
        }
        _ => "a validation changes nothing: send it again".to_owned(),
    }
}
