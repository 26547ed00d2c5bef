//! The options of `link` and `projects`.

use clap::{Args, Subcommand};

use super::shared::{Confirmation, Organization};

#[derive(Subcommand)]
pub enum Link {
    Create(CreateLink),
    #[command(alias = "rm")]
    Delete(DeleteLink),
}

/// Create a link token and print it
///
/// The token is shown only once and contains credentials: treat it like a password. Enter it in Cloud Manager or
/// Ops Manager to link that organization to the Atlas organization.
#[derive(Args)]
pub struct CreateLink {
    #[command(flatten)]
    pub organization: Organization,
    /// IP address or CIDR block that may use the token; repeatable
    #[arg(long, alias = "accessListIp", value_name = "IP", value_delimiter = ',')]
    pub access_list_ip: Vec<String>,
}

/// Remove the link of an Atlas organization
#[derive(Args)]
pub struct DeleteLink {
    #[command(flatten)]
    pub organization: Organization,
    #[command(flatten)]
    pub confirmation: Confirmation,
}

/// List the projects and clusters that can be migrated into an organization
///
/// They belong to the Cloud Manager or Ops Manager organization that is linked to the Atlas organization.
#[derive(Args)]
#[command(aliases = ["source-projects", "sourceProjects", "available-projects", "availableProjects"])]
pub struct Projects {
    #[command(flatten)]
    pub organization: Organization,
}
