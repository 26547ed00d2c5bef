//! Watches several live migrations at once, until all of them have ended.
//!
//! ```sh
//! cargo run --example fleet
//! ```

#![allow(clippy::print_stdout, reason = "a program that people run")]

mod atlas;

use std::error::Error;
use std::num::NonZeroU32;

use atlas::Atlas;
use atlas_migrations::{Change, Client, LiveMigrationRef, ParseIdError};
use atlas_simulator::{LiveMigration, Project, Scenario, Timeline};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Three migrations that fail or expire at different times.
    let migrations: Vec<LiveMigrationRef> = (0..3)
        .map(|number| {
            let id = format!("{number:024x}").parse()?;
            Ok(LiveMigrationRef::new("32b6e34b3d91647abb20e7b8".parse()?, id))
        })
        .collect::<Result<_, ParseIdError>>()?;
    let atlas = Atlas::simulate(scenario(&migrations)).await?;
    let client = atlas.configure(Client::builder()).build()?;

    // The fleet respects the rate limit of each project and leaves a part of it to other callers.
    let fleet = client.fleet().with(migrations.iter().copied());
    let mut updates = fleet.polls_per_minute(NonZeroU32::new(200).ok_or("zero")?).updates();

    // A handle adds and removes migrations from other tasks. The fleet does not end while one exists.
    let handle = updates.handle();
    handle.add((atlas.group, "ffffffffffffffffffffffff".parse()?));
    drop(handle);

    while let Some(update) = updates.next().await {
        match update {
            Ok(update) => {
                if update.changed.contains(&Change::Status) {
                    println!("{}: {:?}", update.migration.id, update.job.status);
                }
            }
            // It ends the watch of one migration. The others are watched on.
            Err(error) => println!("{}: {error}", error.migration().id),
        }
    }
    println!("all ended: {:?}", updates.stats());
    Ok(())
}

fn scenario(migrations: &[LiveMigrationRef]) -> Scenario {
    let live_migration = |(number, migration): (u64, &LiveMigrationRef)| LiveMigration {
        id: migration.id.to_string(),
        timeline: Timeline {
            replication_seconds: number * 600,
            fails_after_seconds: (number == 2).then_some(1_000),
            expires_after_ready_seconds: 600,
            ..Timeline::default()
        },
        ..LiveMigration::default()
    };
    let live_migrations = (1..).zip(migrations).map(live_migration).collect();
    let projects = vec![Project { live_migrations, ..Project::default() }];
    Scenario { projects, ..Scenario::default() }
}
