//! What Atlas says: the projects that can be migrated, the clusters to fill, and the time.

mod clusters;
mod facts;
mod server_clock;

pub(crate) use self::{
    clusters::{Cluster, Shape},
    facts::AtlasFacts,
};
