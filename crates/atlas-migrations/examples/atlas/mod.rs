//! Where the examples run: a simulated Atlas in this process, or the Atlas that the environment names.
//!
//! | Variable | Meaning |
//! |---|---|
//! | `ATLAS_BASE_URL` | The base URL, such as `https://cloud.mongodb.com`. Without it, Atlas is simulated. |
//! | `ATLAS_ACCESS_TOKEN` | The bearer token |
//! | `GROUP_ID`, `LIVE_MIGRATION_ID` | The project and the live migration |

#![allow(dead_code, reason = "no example uses everything")]

use std::env;
use std::error::Error;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use atlas_migrations::{ClientBuilder, Clock, GroupId, LiveMigrationId, ManualClock};
use atlas_simulator::{Clock as SimulatorClock, Control, Scenario, Simulator};

pub struct Atlas {
    base_url: String,
    token: String,
    pub group: GroupId,
    pub id: LiveMigrationId,
    pub simulator: Option<Simulator>,
}

impl Atlas {
    /// Reads the environment, or starts a simulator with the default scenario.
    pub async fn start() -> Result<Self, Box<dyn Error>> {
        if let Ok(base_url) = env::var("ATLAS_BASE_URL") {
            return Ok(Self {
                base_url,
                token: env::var("ATLAS_ACCESS_TOKEN")?,
                group: env::var("GROUP_ID")?.parse()?,
                id: env::var("LIVE_MIGRATION_ID")?.parse()?,
                simulator: None,
            });
        }
        Self::simulate(Scenario::default()).await
    }

    /// Starts a simulator with a scenario.
    pub async fn simulate(scenario: Scenario) -> Result<Self, Box<dyn Error>> {
        let simulator = Simulator::builder().scenario(scenario).clock(SimulatorClock::manual());
        let simulator = simulator.start().await?;
        Ok(Self {
            base_url: simulator.base_url().to_owned(),
            token: simulator.scenario().bearer_token().ok_or("no token")?.to_owned(),
            group: "32b6e34b3d91647abb20e7b8".parse()?,
            id: "6296fb4c7c7aa997cf94e9a8".parse()?,
            simulator: Some(simulator),
        })
    }

    /// Sets the base URL and the credential of a client.
    pub fn configure(&self, client: ClientBuilder) -> ClientBuilder {
        let client = client.base_url(&*self.base_url).bearer_token(&*self.token);
        match &self.simulator {
            Some(simulator) => client.clock(SharedTime::new(simulator.control())),
            None => client,
        }
    }
}

/// The time of a client and a simulator: instead of sleeping, it moves on.
#[derive(Debug)]
struct SharedTime {
    client: ManualClock,
    simulator: Control,
}

impl SharedTime {
    fn new(simulator: Control) -> Self {
        Self { client: ManualClock::default(), simulator }
    }
}

impl Clock for SharedTime {
    fn now(&self) -> Duration {
        self.client.now()
    }

    fn wall(&self) -> SystemTime {
        self.client.wall()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.client.advance(duration);
            // It fails only at the end of time.
            self.simulator.advance(duration).ok();
        })
    }

    fn random(&self) -> u64 {
        self.client.random()
    }
}
