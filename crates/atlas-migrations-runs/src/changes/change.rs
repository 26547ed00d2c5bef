//! What is sent.

use std::{fmt, io, sync::Arc};

use atlas_migrations::{
    Authentication, Error, GroupId, LiveMigrationId, MigrationRequest, OrgId, Secret,
};
use atlas_migrations_journal::event::Operation;

type Deliver = dyn Fn(&Secret) -> io::Result<()> + Send + Sync;

/// Gives a link token to a person, durably: prints it, or writes it to a file.
#[derive(Clone)]
pub struct TokenDelivery(Arc<Deliver>);

impl TokenDelivery {
    /// Creates a delivery from a function. It may block. The token is not kept anywhere else.
    pub fn new(deliver: impl Fn(&Secret) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(deliver))
    }

    pub(super) fn deliver(&self, token: &Secret) -> io::Result<()> {
        (self.0)(token)
    }
}

impl fmt::Debug for TokenDelivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenDelivery").finish_non_exhaustive()
    }
}

/// A request that changes something, or whose effect is recorded as if it did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change {
    /// Validate a migration request.
    Validate {
        /// The project of the destination.
        group: GroupId,
        /// The request.
        request: Box<MigrationRequest>,
    },
    /// Start a live migration.
    Create {
        /// The project of the destination.
        group: GroupId,
        /// The request.
        request: Box<MigrationRequest>,
    },
    /// Cut over to the destination.
    Cutover {
        /// The project.
        group: GroupId,
        /// The migration.
        id: LiveMigrationId,
    },
    /// Create a link token.
    LinkCreate {
        /// The organization.
        org: OrgId,
        /// The addresses that may use the token.
        access_list: Vec<String>,
        /// Who gets the token, before its outcome is recorded.
        delivery: TokenDelivery,
    },
    /// Delete the link.
    LinkDelete {
        /// The organization.
        org: OrgId,
    },
}

impl Change {
    /// Returns the operation that the journal records.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Validate { .. } => Operation::Validate,
            Self::Create { .. } => Operation::Create,
            Self::Cutover { .. } => Operation::Cutover,
            Self::LinkCreate { .. } => Operation::LinkCreate,
            Self::LinkDelete { .. } => Operation::LinkDelete,
        }
    }

    /// Checks what the service would refuse, before anything is recorded.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Validate { request, .. } | Self::Create { request, .. } => {
                request.check().map_err(Error::request)
            }
            _ => Ok(()),
        }
    }

    /// Returns the password in the request, which a response could repeat.
    pub(super) fn password(&self) -> Option<&Secret> {
        match self {
            Self::Validate { request, .. } | Self::Create { request, .. } => {
                match request.source().authentication() {
                    Authentication::User { password, .. } => Some(password),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
