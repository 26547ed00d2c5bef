//! [`AtlasFacts`]: everything that Atlas is asked for, once each.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use atlas_clusters_generated::Client as ClusterClient;
use atlas_migrations::{AvailableProject, Client, Error, GroupId, OrgId};
use futures_util::{StreamExt as _, stream};

use super::{
    clusters::{self, Cluster},
    server_clock::ServerClock,
};

/// The number of projects that are read at once.
const AT_ONCE: usize = 4;

/// What Atlas says, or why it does not.
#[derive(Debug)]
pub(crate) struct AtlasFacts {
    /// The projects that can be migrated. None if the organization is not known.
    pub(crate) sources: Option<Result<Vec<AvailableProject>, Error>>,
    /// The clusters of each project.
    pub(crate) clusters: BTreeMap<GroupId, Result<Vec<Cluster>, Error>>,
    /// The difference between the local clock and that of the service.
    pub(crate) clock_difference: Option<Duration>,
}

impl AtlasFacts {
    /// Asks for the projects of an organization that can be migrated, and for the clusters of these projects.
    pub(crate) async fn read(
        client: &Client,
        organization: Option<OrgId>,
        projects: BTreeSet<GroupId>,
    ) -> Self {
        let clock = ServerClock::default();
        let cluster_client = ClusterClient::from(client.transport().clone());
        let sources = async {
            let organization = organization?;
            Some(observed(client, &clock, client.available_projects(organization)).await)
        };
        let clusters = stream::iter(projects)
            .map(|project| {
                let (client, cluster_client, clock) = (client, &cluster_client, &clock);
                async move { (project, list(client, cluster_client, clock, project).await) }
            })
            .buffer_unordered(AT_ONCE)
            .collect::<BTreeMap<_, _>>();
        let (sources, clusters) = futures_util::future::join(sources, clusters).await;
        Self { sources, clusters, clock_difference: clock.difference() }
    }

    /// Returns the source projects, if they were read and there are any.
    pub(crate) fn source_projects(&self) -> Option<&[AvailableProject]> {
        let projects = self.sources.as_ref()?.as_ref().ok()?;
        (!projects.is_empty()).then_some(projects.as_slice())
    }

    /// Returns every error.
    pub(crate) fn errors(&self) -> impl Iterator<Item = &Error> {
        let sources = self.sources.iter().filter_map(|sources| sources.as_ref().err());
        sources.chain(self.clusters.values().filter_map(|clusters| clusters.as_ref().err()))
    }

    /// Returns whether Atlas executed a request.
    pub(crate) fn any_read(&self) -> bool {
        matches!(self.sources, Some(Ok(_))) || self.clusters.values().any(Result::is_ok)
    }
}

/// Lists clusters, and compares the clocks.
async fn list(
    client: &Client,
    cluster_client: &ClusterClient,
    clock: &ServerClock,
    project: GroupId,
) -> Result<Vec<Cluster>, Error> {
    let wall = || client.transport().clock().wall();
    let mut sent = wall();
    let result = clusters::list(cluster_client, project, |metadata| {
        let received = wall();
        clock.observe(metadata.headers(), sent, received);
        sent = received;
    });
    let result = result.await;
    if let Some(headers) = result.as_ref().err().and_then(Error::headers) {
        clock.observe(headers, sent, wall());
    }
    result
}

/// Sends a call, and compares the clocks.
async fn observed<T>(
    client: &Client,
    clock: &ServerClock,
    call: atlas_migrations::Call<'_, T>,
) -> Result<T, Error> {
    let wall = || client.transport().clock().wall();
    let sent = wall();
    match call.send().await {
        Ok(response) => {
            clock.observe(response.metadata().headers(), sent, wall());
            Ok(response.into_value())
        }
        Err(error) => {
            if let Some(headers) = error.headers() {
                clock.observe(headers, sent, wall());
            }
            Err(error)
        }
    }
}
