//! Finds a cluster to migrate, validates the request, and starts a live migration.
//!
//! ```sh
//! cargo run --example create
//! ```

#![allow(clippy::print_stdout, reason = "a program that people run")]

mod atlas;

use std::error::Error;
use std::time::Duration;

use atlas::Atlas;
use atlas_migrations::{
    Authentication, Client, Destination, MigrationRequest, Network, OrgId, Source, ValidationStatus,
};
use atlas_simulator::Scenario;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Always simulated: a migration is not started by accident.
    let atlas = Atlas::simulate(Scenario::default()).await?;
    let client = atlas.configure(Client::builder()).build()?;
    let org: OrgId = "4888442a3354817a7320eb61".parse()?;

    // Cloud Manager or Ops Manager needs this token to link its organization to the Atlas organization. It is shown once,
    // and only the access list may use it.
    let token = client.create_link_token(org, ["203.0.113.7"]).await?;
    println!("created a link token of {} characters", token.expose().len());

    // Pick a cluster and the host that carries the migration.
    let projects = client.available_projects(org).await?;
    let project = projects.first().ok_or("no project is available")?;
    let clusters = project.deployments.as_deref().unwrap_or_default();
    let cluster = clusters.iter().find_map(|cluster| cluster.name.as_deref());
    let hosts = project.migration_hosts.as_deref().unwrap_or_default();
    let (cluster, host) = (cluster.ok_or("no cluster")?, hosts.first().ok_or("no host")?);

    let source = Source::new(
        project.project_id.ok_or("the project has no ID")?,
        cluster,
        Authentication::user("migrator", "the password of the user"),
    );
    let destination = Destination::new("target", Network::Public);
    let request = MigrationRequest::new(source, destination, host);

    // A validation runs on the migration host and changes neither cluster.
    let mut validation = client.validate(atlas.group, &request).await?;
    let id = validation.id.ok_or("the validation has no ID")?;
    while !validation.is_terminal() {
        client.transport().clock().sleep(Duration::from_secs(10)).await;
        validation = client.validation(atlas.group, id).await?;
    }
    if validation.status != Some(ValidationStatus::Success) {
        return Err(format!("the validation failed: {:?}", validation.error_message).into());
    }
    println!("validated {cluster}");

    // Creating is not idempotent: after an unclear outcome, look before you create another.
    match client.create_live_migration(atlas.group, &request).await {
        Ok(migration) => println!("created {:?}, status {:?}", migration.id, migration.status),
        Err(error) if error.may_have_taken_effect() => println!("unclear: {error}"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
