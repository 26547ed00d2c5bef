//! The clusters of a project.

use atlas_clusters_generated::{
    Client,
    options::ListGroupClustersOptions,
    types::{
        CloudRegionConfig20240805ProviderName as Provider, ClusterDescription20240805 as Wire,
        ClusterDescription20240805ClusterType as WireType,
        ClusterDescription20240805StateName as WireState, HardwareSpec20240805 as Hardware,
        ReplicationSpec20240805 as Shard,
    },
};
use atlas_migrations::{Error, GroupId, Metadata};

/// The number of clusters per page, which is the most that the service allows.
const PAGE: u32 = 500;
/// The largest number of pages to read: more than any project has.
const MAX_PAGES: u32 = 20;

/// A cluster of a project. The service may leave out any field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) paused: Option<bool>,
    pub(crate) state: Option<WireState>,
    pub(crate) shape: Option<Shape>,
    pub(crate) version: Option<String>,
    /// Whether it is a free or shared cluster.
    pub(crate) is_shared: bool,
    pub(crate) tier: Option<String>,
    /// The disks of one node of each shard together, in gigabytes.
    pub(crate) disk_gb: Option<f64>,
}

/// The shape of a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    ReplicaSet,
    Sharded,
}

/// Returns the clusters of a project. The closure gets the metadata of each response.
pub(super) async fn list(
    client: &Client,
    project: GroupId,
    mut on_response: impl FnMut(&Metadata),
) -> Result<Vec<Cluster>, Error> {
    let mut clusters = Vec::new();
    for page in 1..=MAX_PAGES {
        let options = ListGroupClustersOptions::default();
        let options = options.items_per_page(PAGE.into()).page_num(page.into());
        let response = client.list_group_clusters_with(project.object_id(), &options).await?;
        on_response(response.metadata());
        let results = response.into_value().results.unwrap_or_default();
        let is_last = results.len() < PAGE as usize;
        clusters.extend(results.into_iter().filter_map(Cluster::from_wire));
        if is_last {
            break;
        }
    }
    Ok(clusters)
}

impl Cluster {
    /// Returns nothing for a cluster without a name: no plan can name it.
    fn from_wire(wire: Wire) -> Option<Self> {
        let shards = wire.replication_specs.unwrap_or_default();
        let hardware: Vec<_> = shards.iter().map(main_hardware).collect();
        let regions = shards.iter().flat_map(|shard| shard.region_configs.iter().flatten());
        let is_tenant = |provider: &Option<Provider>| *provider == Some(Provider::Tenant);
        let tier = hardware.iter().find_map(|hardware| hardware.as_ref()?.instance_size.clone());
        let is_shared_tier =
            tier.as_deref().is_some_and(|tier| matches!(tier, "M0" | "M2" | "M5" | "FLEX"));
        // With an unknown shard the sum would be too small.
        let disks = hardware.iter().map(|hardware| hardware.as_ref()?.disk_size_gb);
        let disk_gb = disks.sum::<Option<f64>>().filter(|_| !hardware.is_empty());
        Some(Self {
            is_shared: is_shared_tier || regions.map(|region| &region.provider_name).any(is_tenant),
            name: wire.name?,
            paused: wire.paused,
            state: wire.state_name,
            shape: wire.cluster_type.and_then(|shape| match shape {
                WireType::Replicaset => Some(Shape::ReplicaSet),
                WireType::Sharded | WireType::Geosharded => Some(Shape::Sharded),
                _ => None,
            }),
            version: wire.mongo_db_version.or(wire.mongo_db_major_version),
            tier,
            disk_gb,
        })
    }
}

/// Returns the hardware of the region with the highest priority, which has the primary.
fn main_hardware(shard: &Shard) -> Option<Hardware> {
    let regions = shard.region_configs.iter().flatten();
    regions.max_by_key(|region| region.priority)?.electable_specs.clone()
}
