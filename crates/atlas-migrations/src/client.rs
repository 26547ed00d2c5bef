//! [`Client`].

use std::time::Duration;

use atlas_client_core::{BuildError, Transport, TransportBuilder};

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
        let product = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        ClientBuilder(Transport::builder().product(product))
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

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }
}

/// Sets up a [`Client`]. The order of its methods does not matter.
///
/// ```
/// use atlas_migrations::{BuildError, Client};
///
/// let client = Client::builder()
///     .bearer_token("token-of-a-service-account")
///     .user_agent_suffix("my-tool/1.2")
///     .build()?;
///
/// let plain = Client::builder().bearer_token("token").base_url("http://example.com").build();
/// assert!(matches!(plain, Err(BuildError::PlainHttp { .. })));
/// # Ok::<(), BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientBuilder(TransportBuilder);

impl ClientBuilder {
    /// Where requests go: `https://cloud.mongodb.com` unless set. Plain `http` is only for this
    /// machine itself, as the credential would travel readably.
    #[must_use]
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self(self.0.base_url(url))
    }

    /// The bearer token that authorises every request.
    #[must_use]
    pub fn bearer_token(self, token: impl Into<String>) -> Self {
        Self(self.0.bearer_token(token))
    }

    /// What the `User-Agent` ends with, such as `my-tool/1.2`.
    #[must_use]
    pub fn user_agent_suffix(self, suffix: impl Into<String>) -> Self {
        Self(self.0.user_agent_suffix(suffix))
    }

    /// How long a connection may take to come about: 10 s unless set.
    #[must_use]
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self(self.0.connect_timeout(timeout))
    }

    /// How long nothing may arrive while an answer is awaited or read: 30 s unless set.
    #[must_use]
    pub fn idle_timeout(self, timeout: Duration) -> Self {
        Self(self.0.idle_timeout(timeout))
    }

    /// How long one request may take, from its sending to the end of its answer: 60 s unless set.
    #[must_use]
    pub fn attempt_timeout(self, timeout: Duration) -> Self {
        Self(self.0.attempt_timeout(timeout))
    }

    /// How many bytes an answer's body may have, after decompression: 16 MiB unless set.
    #[must_use]
    pub fn max_body_bytes(self, bytes: usize) -> Self {
        Self(self.0.max_body_bytes(bytes))
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// The base URL, the token or the user agent cannot be used, no credential was given, or TLS
    /// cannot be set up.
    pub fn build(self) -> Result<Client, BuildError> {
        let transport = self.0.build()?;
        Ok(Client { generated: generated::Client::new(transport.clone()), transport })
    }
}
