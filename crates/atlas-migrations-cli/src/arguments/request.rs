//! The arguments that describe a migration.

use std::path::PathBuf;

use atlas_migrations::SourceProjectId;
use clap::{Args, ValueEnum};

/// What to migrate: a file, or its parts.
#[derive(Args)]
#[command(next_help_heading = "The migration")]
pub struct RequestArguments {
    /// The request as the JSON that Atlas takes; `-` reads it from stdin.
    #[arg(long, value_name = "FILE", conflicts_with = "Parts")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub parts: Parts,
    /// The file whose first line is the password of the source's user; `-` is stdin. Else it is asked for
    /// on a terminal, and read from stdin elsewhere.
    #[arg(long, value_name = "FILE", conflicts_with = "source_managed_authentication")]
    pub source_password_file: Option<PathBuf>,
}

#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Args)]
#[group(multiple = true)]
#[command(next_help_heading = "The migration")]
pub struct Parts {
    /// The Atlas cluster that is filled.
    #[arg(
        long,
        visible_alias = "clusterName",
        value_name = "NAME",
        required_unless_present = "file"
    )]
    pub cluster_name: Option<String>,
    /// The machine beside the source that carries the data.
    #[arg(
        long,
        visible_alias = "migrationHost",
        value_name = "HOST",
        required_unless_present = "file"
    )]
    pub migration_host: Option<String>,
    /// The project of Cloud Manager or Ops Manager that has the source.
    #[arg(
        long,
        visible_alias = "sourceProjectId",
        value_name = "PROJECT_ID",
        required_unless_present = "file"
    )]
    pub source_project_id: Option<SourceProjectId>,
    /// The cluster that is copied.
    #[arg(
        long,
        visible_alias = "sourceClusterName",
        value_name = "NAME",
        required_unless_present = "file"
    )]
    pub source_cluster_name: Option<String>,
    /// The user as whom to log in to the source.
    #[arg(
        long,
        short = 'u',
        visible_alias = "sourceUsername",
        value_name = "NAME",
        required_unless_present_any = ["file", "source_managed_authentication"]
    )]
    pub source_username: Option<String>,
    /// MongoDB Automation manages the source, and how to log in to it.
    #[arg(long, visible_alias = "sourceManagedAuthentication", conflicts_with = "source_username")]
    pub source_managed_authentication: bool,
    /// The source is reached by TLS.
    #[arg(long, visible_alias = "sourceSsl")]
    pub source_ssl: bool,
    /// The file on the migration host with the certificates to trust. Implies --source-ssl.
    #[arg(long, visible_alias = "sourceCACertificatePath", value_name = "PATH")]
    pub source_ca_certificate_path: Option<String>,
    /// By which of its names the migration host reaches the Atlas cluster.
    #[arg(long, value_enum, default_value_t)]
    pub network: NetworkKind,
    /// The private endpoint through which the Atlas cluster is reached.
    #[arg(long, value_name = "ID", required_if_eq("network", "private-link"))]
    pub private_link_id: Option<String>,
    /// A collection to shard and the fields to shard it by, each with 1 or `hashed`, such as
    /// shop.orders=region:1,_id:hashed. May be given again.
    #[arg(long, value_name = "DB.COLLECTION=KEY")]
    pub shard: Vec<String>,
    /// Do not create the indexes that the shard keys need.
    #[arg(long, requires = "shard")]
    pub no_supporting_indexes: bool,
    /// Drop what the Atlas cluster holds before the migration begins.
    #[arg(long)]
    pub drop: bool,
}

/// By which of its names the migration host reaches the destination.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum NetworkKind {
    /// By its public one.
    #[default]
    #[value(alias = "PUBLIC")]
    Public,
    /// By that of a private endpoint, whose id --private-link-id says.
    #[value(alias = "PRIVATE_LINK")]
    PrivateLink,
    /// By its private one, over a peering connection.
    #[value(alias = "VPC_PEERING")]
    VpcPeering,
}
