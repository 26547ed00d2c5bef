//! Sends one change once.

use atlas_migrations::{Client, Error, LiveMigration, LiveMigrationId, Secret, Validation};
use atlas_migrations_journal::AtlasId;

use super::{change::Change, notice::Recorded};

/// A change that Atlas accepted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Accepted {
    /// The sequence of the intent.
    pub intent_seq: u64,
    /// What Atlas says.
    pub reply: Reply,
    /// Whether the outcome is in the journal.
    pub recorded: Recorded,
}

/// What Atlas says about a change that it accepted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// A validation started.
    Validation(Validation),
    /// A migration started.
    Migration(LiveMigration),
    /// The cutover started.
    CutOver,
    /// The link token was created.
    Link {
        /// Why the token did not reach a person, if it did not: delete the link and create another.
        undelivered: Option<String>,
    },
    /// The link is gone.
    Unlinked,
}

impl Reply {
    pub(super) fn id(&self) -> Option<AtlasId> {
        let id = match self {
            Self::Validation(validation) => validation.id?.to_string(),
            Self::Migration(migration) => migration.id?.to_string(),
            _ => return None,
        };
        id.parse().ok()
    }

    pub(super) fn delivered(&self) -> Option<bool> {
        match self {
            Self::Link { undelivered } => Some(undelivered.is_none()),
            _ => None,
        }
    }
}

/// What came back: the status and the reply, with the link token apart.
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) reply: Reply,
    pub(super) token: Option<Secret>,
}

/// Sends a change with a client that makes one attempt.
pub(super) async fn perform(once: &Client, change: &Change) -> Result<Received, Error> {
    let received = |status: u16, reply| Received { status, reply, token: None };
    match change {
        Change::Validate { group, request } => {
            let response = once.validate(*group, request).send().await?;
            let status = response.metadata().status().as_u16();
            Ok(received(status, Reply::Validation(response.into_value())))
        }
        Change::Create { group, request } => {
            match once.create_live_migration(*group, request).send().await {
                Ok(response) => {
                    let status = response.metadata().status().as_u16();
                    Ok(received(status, Reply::Migration(response.into_value())))
                }
                Err(error) => salvage(error),
            }
        }
        Change::Cutover { group, id } => {
            let response = once.cut_over(*group, *id).send().await?;
            Ok(received(response.metadata().status().as_u16(), Reply::CutOver))
        }
        Change::LinkCreate { org, access_list, .. } => {
            let response = once.create_link_token(*org, access_list.clone()).send().await?;
            let status = response.metadata().status().as_u16();
            let reply = Reply::Link { undelivered: None };
            Ok(Received { status, reply, token: Some(response.into_value()) })
        }
        Change::LinkDelete { org } => {
            let response = once.delete_link_token(*org).send().await?;
            Ok(received(response.metadata().status().as_u16(), Reply::Unlinked))
        }
    }
}

/// Reads the id of a created migration from a success that is otherwise not as documented: it is the only copy.
fn salvage(error: Error) -> Result<Received, Error> {
    let status = error.status().map(|status| status.as_u16());
    let id = error.body().and_then(|body| {
        let body: serde_json::Value = serde_json::from_slice(body).ok()?;
        body.get("_id")?.as_str()?.parse::<LiveMigrationId>().ok()
    });
    match (status, id) {
        (Some(status), Some(id)) if error.is_decode() && (200..300).contains(&status) => {
            let mut migration = LiveMigration::default();
            migration.id = Some(id);
            Ok(Received { status, reply: Reply::Migration(migration), token: None })
        }
        _ => Err(error),
    }
}
