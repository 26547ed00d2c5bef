//! [`Client`]: calls the operations of the Cloud Migration Service.

use std::sync::Arc;

use atlas_client_core::{Clock, Error, Secret, Transport, TransportBuilder};

use crate::available_project::AvailableProject;
use crate::call::{Call, RawCall};
use crate::generated::{self, operations, types};
use crate::ids::{GroupId, LiveMigrationId, OrgId, ValidationId};
use crate::live_migration::{LiveMigration, with_not_found_hint};
use crate::outcome_hint::outcome_hint;
use crate::request::MigrationRequest;
use crate::validation::Validation;

/// A client of the Cloud Migration Service.
///
/// A clone is cheap and shares the connections.
#[derive(Clone, Debug)]
pub struct Client {
    generated: generated::Client,
    transport: Transport,
}

impl Client {
    /// Creates a builder with the default settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::with_product(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
    }

    /// Returns the state of a live migration. Requires the role Organization Member.
    ///
    /// The operation `getGroupLiveMigration`, "Return One Migration Job".
    ///
    /// # Errors
    ///
    /// The project or the migration does not exist, the credential lacks the role, or the call failed: see
    /// [`Error`].
    pub fn live_migration(&self, group: GroupId, id: LiveMigrationId) -> Call<'_, LiveMigration> {
        let (group, id) = (group.object_id(), id.object_id());
        let raw = RawCall::new(&self.transport, &operations::GET_GROUP_LIVE_MIGRATION)
            .with("groupId", &group)
            .with("liveMigrationId", &id);
        Call::new(raw, async move {
            let method = self.generated.get_group_live_migration(group, id);
            method.await.map_err(with_not_found_hint)?.try_map(LiveMigration::from_wire)
        })
    }

    /// Validates a migration request without starting a migration. The response names a
    /// [`validation`](Self::validation) to poll. Requires the role Organization Owner.
    ///
    /// The operation `validateGroupLiveMigrations`, "Validate One Migration Request".
    ///
    /// # Errors
    ///
    /// The request is incomplete (see [`MigrationRequest::check`]; nothing is sent), the service refuses it, or
    /// the call failed.
    pub fn validate(&self, group: GroupId, request: &MigrationRequest) -> Call<'_, Validation> {
        let (body, checked) = (Arc::new(request.to_wire(group)), request.check());
        let group = group.object_id();
        let raw = RawCall::new(&self.transport, &operations::VALIDATE_GROUP_LIVE_MIGRATIONS)
            .with("groupId", &group)
            .with_body(&body);
        Call::new(raw, async move {
            checked.map_err(Error::request)?;
            let method = self.generated.validate_group_live_migrations(group, &body);
            method.await?.try_map(Validation::from_wire)
        })
    }

    /// Returns the state of a validation. Requires the role Organization Owner.
    ///
    /// The operation `getGroupLiveMigrationValidateStatus`, "Return One Migration Validation Job".
    ///
    /// # Errors
    ///
    /// The project or the validation does not exist, the credential lacks the role, or the call failed.
    pub fn validation(&self, group: GroupId, id: ValidationId) -> Call<'_, Validation> {
        let (group, id) = (group.object_id(), id.object_id());
        let raw =
            RawCall::new(&self.transport, &operations::GET_GROUP_LIVE_MIGRATION_VALIDATE_STATUS)
                .with("groupId", &group)
                .with("validationId", &id);
        Call::new(raw, async move {
            let method = self.generated.get_group_live_migration_validate_status(group, id);
            method.await?.try_map(Validation::from_wire)
        })
    }

    /// Starts a live migration into a project. [`validate`](Self::validate) the request first. Requires the role
    /// Organization Owner.
    ///
    /// The operation `createGroupLiveMigration`, "Create One Migration for One Local Managed Cluster to
    /// MongoDB Atlas".
    ///
    /// # Errors
    ///
    /// The request is incomplete (see [`MigrationRequest::check`]; nothing is sent), the service refuses it, or
    /// the call failed. [`Error::may_have_taken_effect`] then says whether the migration may exist nevertheless.
    pub fn create_live_migration(
        &self,
        group: GroupId,
        request: &MigrationRequest,
    ) -> Call<'_, LiveMigration> {
        let (body, checked) = (Arc::new(request.to_wire(group)), request.check());
        let group = group.object_id();
        let raw = RawCall::new(&self.transport, &operations::CREATE_GROUP_LIVE_MIGRATION)
            .with("groupId", &group)
            .with_body(&body);
        Call::new(raw, async move {
            checked.map_err(Error::request)?;
            let method = self.generated.create_group_live_migration(group, &body);
            method.await?.try_map(LiveMigration::from_created)
        })
    }

    /// Cuts over a live migration. A cutover cannot be undone. Requires the role Organization Owner.
    ///
    /// The request is never repeated after the service may have received it. The service accepts the request and
    /// continues on its own: [`watch`](Self::watch) the migration until it is complete.
    ///
    /// The operation `cutoverGroupLiveMigration`, "Cut Over One Migrated Cluster".
    ///
    /// # Errors
    ///
    /// The migration does not exist or is not ready, the credential lacks the role, or the call failed.
    /// [`Error::may_have_taken_effect`] then says whether the cutover may have started.
    pub fn cut_over(&self, group: GroupId, id: LiveMigrationId) -> Call<'_, ()> {
        let (group, id) = (group.object_id(), id.object_id());
        let raw = RawCall::new(&self.transport, &operations::CUTOVER_GROUP_LIVE_MIGRATION)
            .with("groupId", &group)
            .with("liveMigrationId", &id);
        Call::new(raw, async move {
            let method = self.generated.cutover_group_live_migration(group, id);
            method.await.map_err(with_not_found_hint)
        })
    }

    /// Returns all projects of the linked Cloud Manager or Ops Manager organization whose clusters can be
    /// migrated. Requires the role Organization Owner.
    ///
    /// The operation `listOrgLiveMigrationAvailableProjects`, "Return All Projects Available for
    /// Migration".
    ///
    /// # Errors
    ///
    /// The organization does not exist, the credential lacks the role, or the call failed.
    pub fn available_projects(&self, org: OrgId) -> Call<'_, Vec<AvailableProject>> {
        let org = org.object_id();
        let raw =
            RawCall::new(&self.transport, &operations::LIST_ORG_LIVE_MIGRATION_AVAILABLE_PROJECTS)
                .with("orgId", &org);
        Call::new(raw, async move {
            let method = self.generated.list_org_live_migration_available_projects(org);
            let response = method.await?;
            response
                .try_map(|projects| projects.into_iter().map(AvailableProject::from_wire).collect())
        })
    }

    /// Creates the token that links a Cloud Manager or Ops Manager organization to this one. Requires the role
    /// Organization Owner.
    ///
    /// The token contains API credentials and is returned only once. Only the IP addresses of the access list, or
    /// ranges in CIDR notation, may use it.
    ///
    /// The operation `createOrgLiveMigrationLinkToken`, "Create One Link-Token".
    ///
    /// # Errors
    ///
    /// The organization does not exist, the credential lacks the role, or the call failed.
    /// [`Error::may_have_taken_effect`] then says whether the token may exist nevertheless.
    pub fn create_link_token<I>(&self, org: OrgId, access_list: I) -> Call<'_, Secret>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let org = org.object_id();
        let addresses: Vec<String> = access_list.into_iter().map(Into::into).collect();
        let body = Arc::new(types::TargetOrgRequest {
            access_list_ips: Some(Some(addresses)),
            extra: serde_json::Map::new(),
        });
        let raw = RawCall::new(&self.transport, &operations::CREATE_ORG_LIVE_MIGRATION_LINK_TOKEN)
            .with("orgId", &org)
            .with_body(&body);
        Call::new(raw, async move {
            let method = self.generated.create_org_live_migration_link_token(org, &body);
            let token = |target: types::TargetOrg| {
                let token = target.link_token.filter(|token| !token.expose().is_empty());
                token.ok_or("there is no `linkToken`")
            };
            method.await?.try_map(token)
        })
    }

    /// Deletes the link of an organization and the API key of the link. Requires the role Organization Owner.
    ///
    /// The operation `deleteOrgLiveMigrationLinkTokens`, "Remove One Link-Token".
    ///
    /// # Errors
    ///
    /// There is no link (404), a migration of the organization is active (409), the credential lacks the role, or
    /// the call failed.
    pub fn delete_link_token(&self, org: OrgId) -> Call<'_, ()> {
        let org = org.object_id();
        let raw = RawCall::new(&self.transport, &operations::DELETE_ORG_LIVE_MIGRATION_LINK_TOKENS)
            .with("orgId", &org);
        Call::new(
            raw,
            async move { self.generated.delete_org_live_migration_link_tokens(org).await },
        )
    }

    /// Returns the generated client, with the same credential and limits. Its methods return the types of the API.
    pub fn generated(&self) -> &generated::Client {
        &self.generated
    }

    /// Revokes the bearer token of a service account, if one is in use. The next call fetches another.
    ///
    /// # Errors
    ///
    /// The service did not revoke it. It then remains valid until it expires.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        self.transport.revoke_token().await
    }

    /// Returns the transport. [`Transport::call_raw`] calls any operation of the [table](generated::operations) and
    /// returns the response as received.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        self.transport.clock()
    }

    /// Returns a client that makes one attempt per call.
    ///
    /// Use it to decide again before each attempt of an operation that cannot be undone. It returns errors that this
    /// client would retry, such as those of rate limits (429), if they [had no effect](Error::may_have_taken_effect).
    ///
    /// ```
    /// # async fn cut_over_if_near(
    /// #     client: atlas_migrations::Client,
    /// #     group: atlas_migrations::GroupId,
    /// #     id: atlas_migrations::LiveMigrationId,
    /// # ) -> Result<(), atlas_migrations::Error> {
    /// let once = client.without_retries();
    /// while once.live_migration(group, id).await?.ready_for_cutover == Some(true) {
    ///     match once.cut_over(group, id).await {
    ///         // It had no effect: check again whether the migration is ready.
    ///         Err(error) if error.is_rate_limited() => {}
    ///         other => return other,
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn without_retries(&self) -> Self {
        self.transport.without_retries().into()
    }

    /// Returns a client for one request that must be sent at most once, and only while `may_send` is true:
    /// [`Transport::with_send_gate`] says how.
    ///
    /// ```
    /// # async fn cut_over(
    /// #     client: atlas_migrations::Client,
    /// #     group: atlas_migrations::GroupId,
    /// #     id: atlas_migrations::LiveMigrationId,
    /// # ) -> Result<(), atlas_migrations::Error> {
    /// use std::time::{Duration, Instant};
    ///
    /// // The credential is made ready by a request without effect.
    /// client.live_migration(group, id).await?;
    /// let end = Instant::now() + Duration::from_secs(10);
    /// match client.with_send_gate(move || Instant::now() < end).cut_over(group, id).await {
    ///     Err(error) if error.was_not_sent() => println!("nothing happened: {error}"),
    ///     other => other?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_send_gate(&self, may_send: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.transport.with_send_gate(may_send).into()
    }
}

impl From<Transport> for Client {
    fn from(transport: Transport) -> Self {
        let transport = transport.with_find_out(outcome_hint);
        Self { generated: transport.clone().into(), transport }
    }
}

/// Builds a [`Client`]. [`TransportBuilder`] has the settings.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Authentication, Destination, Network, Source};

    #[test]
    fn watches_are_send_streams_that_outlive_their_client() {
        fn streams<T: futures_core::Stream + Send + Unpin + 'static>(_: &T) {}
        let client = Client::builder().bearer_token("token").base_url("http://localhost");
        let client = client.build().unwrap();
        let (group, id) = ("0".repeat(24).parse().unwrap(), "1".repeat(24).parse().unwrap());
        let (watch, fleet) = (client.watch(group, id).updates(), client.fleet().updates());
        drop(client);
        streams(&watch);
        streams(&fleet);
    }

    #[test]
    fn futures_are_send() {
        fn sendable<T: Send>(_: T) {}
        let client = Client::builder().bearer_token("token").base_url("http://localhost");
        let client = client.build().unwrap();
        let (group, id) = ("0".repeat(24).parse().unwrap(), "1".repeat(24).parse().unwrap());
        let (org, validation) = ("0".repeat(24).parse().unwrap(), "1".repeat(24).parse().unwrap());
        let source = Source::new("0".repeat(24).parse().unwrap(), "rs", Authentication::Managed);
        let request = MigrationRequest::new(source, Destination::new("c", Network::Public), "h");
        sendable(client.live_migration(group, id).into_future());
        sendable(client.live_migration(group, id).send());
        sendable(client.live_migration(group, id).raw().send());
        sendable(client.watch(group, id).until(crate::conditions::complete()));
        sendable(client.watch(group, id).updates().next());
        sendable(client.fleet().updates().next());
        sendable(client.fleet().updates().handle());
        sendable(client.validate(group, &request).send());
        sendable(client.validate(group, &request).raw().send());
        sendable(client.validation(group, validation).send());
        sendable(client.create_live_migration(group, &request).send());
        sendable(client.cut_over(group, id).send());
        sendable(client.available_projects(org).send());
        sendable(client.create_link_token(org, ["203.0.113.7"]).send());
        sendable(client.delete_link_token(org).send());
        sendable(client.revoke_token());
        let (group, id) = (group.object_id(), id.object_id());
        sendable(client.generated().get_group_live_migration(group, id));
    }
}
