//! The options that describe a migration request.

use std::ffi::OsStr;
use std::path::PathBuf;

use atlas_migrations::SourceProjectId;
use clap::builder::TypedValueParser;
use clap::{Arg, Args, Command, Error, ValueEnum};

/// What to migrate: a request file, or its parts.
#[derive(Args)]
#[command(next_help_heading = "Migration request")]
pub struct RequestOptions {
    /// Request as JSON, as the Atlas API takes it; `-` reads stdin
    #[arg(long, value_name = "FILE", conflicts_with = "RequestParts")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub parts: RequestParts,
    /// File with the password of the source user in its first line; `-` reads stdin. Default: prompt on a
    /// terminal, else stdin
    #[arg(long, value_name = "FILE", conflicts_with = "source_managed_authentication")]
    pub source_password_file: Option<PathBuf>,
    /// The option of the official CLI, which is refused
    #[arg(long, short = 'p', alias = "sourcePassword", num_args = 0..=1, hide = true, value_name = "PASSWORD",
        value_parser = DropValue, default_missing_value = "")]
    pub source_password: Option<PasswordArgument>,
}

/// Means that a password was given as an argument. It is not kept.
#[derive(Clone, Copy)]
pub struct PasswordArgument;

/// Accepts any value, so that no message repeats it, and drops it.
#[derive(Clone, Copy)]
struct DropValue;

impl TypedValueParser for DropValue {
    type Value = PasswordArgument;

    fn parse_ref(
        &self,
        _: &Command,
        _: Option<&Arg>,
        _: &OsStr,
    ) -> Result<PasswordArgument, Error> {
        Ok(PasswordArgument)
    }
}

#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Args)]
#[group(multiple = true)]
#[command(next_help_heading = "Migration request")]
pub struct RequestParts {
    /// Name of the destination cluster in Atlas
    #[arg(long, alias = "clusterName", value_name = "NAME", required_unless_present = "file")]
    pub cluster_name: Option<String>,
    /// Host that runs the migration process and moves the data
    #[arg(long, alias = "migrationHost", value_name = "HOST", required_unless_present = "file")]
    pub migration_host: Option<String>,
    /// ID of the source project in Cloud Manager or Ops Manager
    #[arg(
        long,
        alias = "sourceProjectId",
        value_name = "PROJECT_ID",
        required_unless_present = "file"
    )]
    pub source_project_id: Option<SourceProjectId>,
    /// Name of the source cluster
    #[arg(
        long,
        alias = "sourceClusterName",
        value_name = "NAME",
        required_unless_present = "file"
    )]
    pub source_cluster_name: Option<String>,
    /// User name for the source cluster
    #[arg(
        long,
        short = 'u',
        alias = "sourceUsername",
        value_name = "NAME",
        required_unless_present_any = ["file", "source_managed_authentication"]
    )]
    pub source_username: Option<String>,
    /// MongoDB Automation manages the source cluster and its authentication
    #[arg(long, alias = "sourceManagedAuthentication", conflicts_with = "source_username")]
    pub source_managed_authentication: bool,
    /// Connect to the source cluster with TLS
    #[arg(long, alias = "sourceSsl")]
    pub source_ssl: bool,
    /// CA certificate file on the migration host; implies --source-ssl
    #[arg(long, alias = "sourceCACertificatePath", value_name = "PATH")]
    pub source_ca_certificate_path: Option<String>,
    /// Network between the migration host and the Atlas cluster
    #[arg(long, value_enum, default_value_t)]
    pub network: NetworkKind,
    /// ID of the private endpoint of the Atlas cluster
    #[arg(long, value_name = "ID", required_if_eq("network", "private-link"))]
    pub private_link_id: Option<String>,
    /// Collection to shard, and its shard key: each field with 1 or `hashed`, such as
    /// shop.orders=region:1,_id:hashed; repeatable
    #[arg(long, value_name = "DB.COLLECTION=KEY")]
    pub shard: Vec<String>,
    /// Do not create the indexes that support the shard keys
    #[arg(long, requires = "shard")]
    pub no_supporting_indexes: bool,
    /// Drop all data of the Atlas cluster before the migration starts
    #[arg(long)]
    pub drop: bool,
}

/// The network between the migration host and the destination.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum NetworkKind {
    /// The public host names
    #[default]
    #[value(alias = "PUBLIC")]
    Public,
    /// A private endpoint; needs --private-link-id
    #[value(alias = "PRIVATE_LINK")]
    PrivateLink,
    /// A VPC peering connection
    #[value(alias = "VPC_PEERING")]
    VpcPeering,
}
