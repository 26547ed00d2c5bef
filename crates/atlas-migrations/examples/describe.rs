//! Shows the state of a live migration.
//!
//! ```sh
//! cargo run --example describe
//! ```

#![allow(clippy::print_stdout, reason = "a program that people run")]

mod atlas;

use std::error::Error;

use atlas::Atlas;
use atlas_migrations::{Client, LiveMigrationId, LiveMigrationStatus};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let atlas = Atlas::start().await?;

    // The builder needs a credential: a bearer token, an API key, a service account, or the settings of the Atlas CLI
    // (`Settings::load`). Without a base URL, the client calls Atlas itself.
    let client =
        atlas.configure(Client::builder()).user_agent_suffix("describe-example/1.0").build()?;

    // Awaiting a call returns the value.
    let migration = client.live_migration(atlas.group, atlas.id).await?;
    match &migration.status {
        Some(LiveMigrationStatus::Complete) => println!("complete"),
        // A status that this version does not know is a value, too.
        Some(status) => println!("{status}, lag {:?}", migration.lag),
        None => println!("Atlas did not report a status"),
    }

    // `send` returns the metadata of the response headers beside the value.
    let response = client.live_migration(atlas.group, atlas.id).send().await?;
    if let Some(limit) = response.metadata().rate_limit() {
        println!("{} of {} requests left", limit.remaining, limit.limit);
    }

    // An error says what failed, why, and what to do about it. Predicates tell errors apart.
    let unknown: LiveMigrationId = "000000000000000000000000".parse()?;
    match client.live_migration(atlas.group, unknown).await {
        Err(error) if error.is_not_found() => println!("not found, as expected: {error}"),
        Err(error) => return Err(error.into()),
        Ok(_) => return Err("there is a migration with this ID".into()),
    }
    Ok(())
}
