//! [`Client`].

use atlas_client_core::{Error, Transport, TransportBuilder};

use crate::{GetLiveMigration, GroupId, LiveMigrationId, generated};

/// A client of the Cloud Migration Service.
///
/// Cloning is cheap, and the clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    generated: generated::Client,
    transport: Transport,
}

impl Client {
    /// A client to be set up.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::of_product(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
    }

    /// How one live migration stands. Await it, or see [`GetLiveMigration`] for more of the answer.
    ///
    /// The credential needs the Organization Member role. This is the operation
    /// `getGroupLiveMigration`, "Return One Migration Job".
    ///
    /// # Errors
    ///
    /// There is no such project or migration, the credential does not suffice, or the call itself
    /// did not succeed: see [`Error`](crate::Error).
    pub fn live_migration(&self, group: &GroupId, id: &LiveMigrationId) -> GetLiveMigration<'_> {
        GetLiveMigration::new(self, *group, *id)
    }

    /// The generated client beneath, with the same credential and limits. Wrap its calls into
    /// [`atlas_client_core::call`] to get their errors whole.
    pub fn generated(&self) -> &generated::Client {
        &self.generated
    }

    /// Gives the bearer token of a service account back, where one is in use. The next call buys another.
    ///
    /// # Errors
    ///
    /// The service did not take it back. It is good until it expires then.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        self.transport.revoke_token().await
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }
}

impl From<Transport> for Client {
    fn from(transport: Transport) -> Self {
        Self { generated: transport.clone().into(), transport }
    }
}

/// Sets up a [`Client`]: [`TransportBuilder`] says what can be set.
///
/// ```
/// use atlas_migrations::{BuildError, Client, Credentials};
///
/// let client = Client::builder()
///     .credentials(Credentials::service_account("mdb_sa_id_…", "its secret"))
///     .user_agent_suffix("my-tool/1.2")
///     .build()?;
///
/// let plain = Client::builder().bearer_token("token").base_url("http://example.com").build();
/// assert!(matches!(plain, Err(BuildError::PlainHttp { .. })));
/// # Ok::<(), BuildError>(())
/// ```
pub type ClientBuilder = TransportBuilder<Client>;
