//! [`Client`].

use std::sync::Arc;

use atlas_client_core::{Clock, Error, Secret, Transport, TransportBuilder};

use crate::call::RawCall;
use crate::find_out;
use crate::generated::{self, operations, types};
use crate::live_migration::{created, hint};
use crate::{
    AvailableProject, Call, Fleet, GroupId, LiveMigration, LiveMigrationId, MigrationKey,
    MigrationRequest, OrgId, Validation, ValidationId, Watch,
};

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
        ClientBuilder::with_product(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
    }

    /// How one live migration stands. Needs the role Organization Member.
    ///
    /// The operation `getGroupLiveMigration`, "Return One Migration Job".
    ///
    /// # Errors
    ///
    /// There is no such project or migration, the credential does not suffice, or the call itself
    /// did not succeed: see [`Error`].
    pub fn live_migration(&self, group: &GroupId, id: &LiveMigrationId) -> Call<'_, LiveMigration> {
        let (group, id) = (*group, *id);
        let raw = RawCall::new(self, &operations::GET_GROUP_LIVE_MIGRATION)
            .with("groupId", group.object_id())
            .with("liveMigrationId", id.object_id());
        Call::new(raw, async move {
            let method =
                self.generated.get_group_live_migration(*group.object_id(), *id.object_id());
            method.await.map_err(hint)?.try_map(LiveMigration::try_from)
        })
    }

    /// Follows one live migration, poll by poll: a stream of updates, or a wait until something is so. Needs
    /// the role Organization Member.
    pub fn watch(&self, group: &GroupId, id: &LiveMigrationId) -> Watch {
        Watch::new(self, MigrationKey { group: *group, id: *id })
    }

    /// Follows any number of live migrations at once, within the service's rate limits. Needs the role
    /// Organization Member in each of their organisations.
    pub fn fleet(&self) -> Fleet {
        Fleet::new(self)
    }

    /// Rehearses a live migration into a project: the answer names a validation to ask for. Needs the role
    /// Organization Owner.
    ///
    /// The operation `validateGroupLiveMigrations`, "Validate One Migration Request".
    ///
    /// # Errors
    ///
    /// The request is not whole (nothing is sent then: see [`MigrationRequest::check`]), the service
    /// refuses it, or the call itself did not succeed.
    pub fn validate(&self, group: &GroupId, request: &MigrationRequest) -> Call<'_, Validation> {
        let (group, checked) = (*group, request.check());
        let body = Arc::new(request.to_wire(&group));
        let raw = RawCall::new(self, &operations::VALIDATE_GROUP_LIVE_MIGRATIONS)
            .with("groupId", group.object_id())
            .with_body(&body);
        Call::new(raw, async move {
            checked.map_err(Error::request)?;
            let method = self.generated.validate_group_live_migrations(*group.object_id(), &body);
            method.await?.try_map(Validation::try_from)
        })
    }

    /// What became of a validation. Needs the role Organization Owner.
    ///
    /// The operation `getGroupLiveMigrationValidateStatus`, "Return One Migration Validation Job".
    ///
    /// # Errors
    ///
    /// There is no such project or validation, the credential does not suffice, or the call itself
    /// did not succeed.
    pub fn validation(&self, group: &GroupId, id: &ValidationId) -> Call<'_, Validation> {
        let (group, id) = (*group, *id);
        let raw = RawCall::new(self, &operations::GET_GROUP_LIVE_MIGRATION_VALIDATE_STATUS)
            .with("groupId", group.object_id())
            .with("validationId", id.object_id());
        Call::new(raw, async move {
            let (group, id) = (*group.object_id(), *id.object_id());
            let method = self.generated.get_group_live_migration_validate_status(group, id);
            method.await?.try_map(Validation::try_from)
        })
    }

    /// Schedules a live migration into a project. [`validate`](Self::validate) it first. Needs the role
    /// Organization Owner.
    ///
    /// The operation `createGroupLiveMigration`, "Create One Migration for One Local Managed Cluster to
    /// MongoDB Atlas".
    ///
    /// # Errors
    ///
    /// The request is not whole (nothing is sent then: see [`MigrationRequest::check`]), the service
    /// refuses it, or the call itself did not succeed: [`Error::may_have_taken_effect`] then says
    /// whether the migration may be there all the same.
    pub fn create_live_migration(
        &self,
        group: &GroupId,
        request: &MigrationRequest,
    ) -> Call<'_, LiveMigration> {
        let (group, checked) = (*group, request.check());
        let body = Arc::new(request.to_wire(&group));
        let raw = RawCall::new(self, &operations::CREATE_GROUP_LIVE_MIGRATION)
            .with("groupId", group.object_id())
            .with_body(&body);
        Call::new(raw, async move {
            checked.map_err(Error::request)?;
            let method = self.generated.create_group_live_migration(*group.object_id(), &body);
            method.await?.try_map(created)
        })
    }

    /// Cuts a live migration over, which cannot be undone. Needs the role Organization Owner.
    ///
    /// It is never sent again once it may have been received. The service accepts it and goes on by
    /// itself: [`live_migration`](Self::live_migration) tells when it is done.
    ///
    /// The operation `cutoverGroupLiveMigration`, "Cut Over One Migrated Cluster".
    ///
    /// # Errors
    ///
    /// There is no such migration, it is not ready, the credential does not suffice, or the call itself
    /// did not succeed: [`Error::may_have_taken_effect`] then says whether the cutover may have begun.
    pub fn cut_over(&self, group: &GroupId, id: &LiveMigrationId) -> Call<'_, ()> {
        let (group, id) = (*group, *id);
        let raw = RawCall::new(self, &operations::CUTOVER_GROUP_LIVE_MIGRATION)
            .with("groupId", group.object_id())
            .with("liveMigrationId", id.object_id());
        Call::new(raw, async move {
            let (group, id) = (*group.object_id(), *id.object_id());
            let method = self.generated.cutover_group_live_migration(group, id);
            method.await.map_err(hint)
        })
    }

    /// The projects of the linked Cloud Manager or Ops Manager organisation whose clusters can be
    /// migrated, all of them in one answer. Needs the role Organization Owner.
    ///
    /// The operation `listOrgLiveMigrationAvailableProjects`, "Return All Projects Available for
    /// Migration".
    ///
    /// # Errors
    ///
    /// There is no such organisation, the credential does not suffice, or the call itself did not
    /// succeed.
    pub fn available_projects(&self, org: &OrgId) -> Call<'_, Vec<AvailableProject>> {
        let org = *org;
        let raw = RawCall::new(self, &operations::LIST_ORG_LIVE_MIGRATION_AVAILABLE_PROJECTS)
            .with("orgId", org.object_id());
        Call::new(raw, async move {
            let method =
                self.generated.list_org_live_migration_available_projects(*org.object_id());
            method.await?.try_map(all_identified)
        })
    }

    /// Makes the token that links a Cloud Manager or Ops Manager organisation to this one. It is shown
    /// this once and embeds API credentials; only these addresses, or ranges of them in CIDR notation,
    /// may use it. Needs the role Organization Owner.
    ///
    /// The operation `createOrgLiveMigrationLinkToken`, "Create One Link-Token".
    ///
    /// # Errors
    ///
    /// There is no such organisation, the credential does not suffice, or the call itself did not
    /// succeed: [`Error::may_have_taken_effect`] then says whether there may be a token all the same.
    pub fn create_link_token<I>(&self, org: &OrgId, access_list: I) -> Call<'_, Secret>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let org = *org;
        let addresses: Vec<String> = access_list.into_iter().map(Into::into).collect();
        let body = Arc::new(types::TargetOrgRequest {
            access_list_ips: Some(Some(addresses)),
            extra: serde_json::Map::new(),
        });
        let raw = RawCall::new(self, &operations::CREATE_ORG_LIVE_MIGRATION_LINK_TOKEN)
            .with("orgId", org.object_id())
            .with_body(&body);
        Call::new(raw, async move {
            let method =
                self.generated.create_org_live_migration_link_token(*org.object_id(), &body);
            let token = |target: types::TargetOrg| {
                let token = target.link_token.filter(|token| !token.expose().is_empty());
                token.ok_or("there is no `linkToken`")
            };
            method.await?.try_map(token)
        })
    }

    /// Removes an organisation's link, and the API key that came with it. Needs the role Organization
    /// Owner.
    ///
    /// The operation `deleteOrgLiveMigrationLinkTokens`, "Remove One Link-Token".
    ///
    /// # Errors
    ///
    /// There is no link (404), a migration of the organisation is active (409), the credential does not
    /// suffice, or the call itself did not succeed.
    pub fn delete_link_token(&self, org: &OrgId) -> Call<'_, ()> {
        let org = *org;
        let raw = RawCall::new(self, &operations::DELETE_ORG_LIVE_MIGRATION_LINK_TOKENS)
            .with("orgId", org.object_id());
        Call::new(raw, async move {
            self.generated.delete_org_live_migration_link_tokens(*org.object_id()).await
        })
    }

    /// The generated client beneath, with the same credential and limits.
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

    /// The transport beneath: [`Transport::call_raw`] calls any operation of the
    /// [table](generated::operations) as it is.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        self.transport.clock()
    }

    /// The same client with calls of one attempt each: for whoever decides anew before each attempt, as is
    /// right for what cannot be undone. An error that [has had no effect](Error::may_have_taken_effect) is
    /// then returned where this client would have tried again, such as one of a rate limit (429).
    ///
    /// ```
    /// # async fn cut_over_if_near(
    /// #     client: atlas_migrations::Client,
    /// #     group: &atlas_migrations::GroupId,
    /// #     id: &atlas_migrations::LiveMigrationId,
    /// # ) -> Result<(), atlas_migrations::Error> {
    /// let once = client.without_retries();
    /// while once.live_migration(group, id).await?.ready_for_cutover == Some(true) {
    ///     match once.cut_over(group, id).await {
    ///         // Not taken: look again whether it is still the time for it.
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
}

fn says(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

/// The projects, each of which says which it is.
fn all_identified(projects: Vec<AvailableProject>) -> Result<Vec<AvailableProject>, &'static str> {
    let is_identified =
        |project: &AvailableProject| project.project_id.is_some() || says(project.name.as_deref());
    if projects.iter().all(is_identified) {
        Ok(projects)
    } else {
        Err("there is a project with neither a `projectId` nor a `name`")
    }
}

impl From<Transport> for Client {
    fn from(transport: Transport) -> Self {
        let transport = transport.with_find_out(find_out::how);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authentication, Destination, Network, Source};

    #[test]
    fn watches_are_streams_that_can_go_anywhere_and_outlive_their_client() {
        fn streams<T: futures_core::Stream + Send + Unpin + 'static>(_: &T) {}
        let client = Client::builder().bearer_token("token").base_url("http://localhost");
        let client = client.build().unwrap();
        let (group, id) = ("0".repeat(24).parse().unwrap(), "1".repeat(24).parse().unwrap());
        let (watch, fleet) = (client.watch(&group, &id).updates(), client.fleet().updates());
        drop(client);
        streams(&watch);
        streams(&fleet);
    }

    #[test]
    fn calls_can_move_between_threads() {
        fn sendable<T: Send>(_: T) {}
        let client = Client::builder().bearer_token("token").base_url("http://localhost");
        let client = client.build().unwrap();
        let (group, id) = ("0".repeat(24).parse().unwrap(), "1".repeat(24).parse().unwrap());
        let (org, validation) = ("0".repeat(24).parse().unwrap(), "1".repeat(24).parse().unwrap());
        let source = Source::new("0".repeat(24).parse().unwrap(), "rs", Authentication::Managed);
        let request = MigrationRequest::new(source, Destination::new("c", Network::Public), "h");
        sendable(client.live_migration(&group, &id).into_future());
        sendable(client.live_migration(&group, &id).send());
        sendable(client.live_migration(&group, &id).raw().send());
        sendable(client.watch(&group, &id).until(crate::conditions::complete()));
        sendable(client.watch(&group, &id).updates().next());
        sendable(client.fleet().updates().next());
        sendable(client.fleet().updates().handle());
        sendable(client.validate(&group, &request).send());
        sendable(client.validate(&group, &request).raw().send());
        sendable(client.validation(&group, &validation).send());
        sendable(client.create_live_migration(&group, &request).send());
        sendable(client.cut_over(&group, &id).send());
        sendable(client.available_projects(&org).send());
        sendable(client.create_link_token(&org, ["203.0.113.7"]).send());
        sendable(client.delete_link_token(&org).send());
        sendable(client.revoke_token());
        sendable(client.generated().get_group_live_migration(*group.object_id(), *id.object_id()));
    }
}
