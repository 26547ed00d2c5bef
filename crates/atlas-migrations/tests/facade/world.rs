//! A simulator and a client, each with a clock that tests advance.

use std::time::Duration;

use atlas_migrations::{
    Client, ClientBuilder, Credentials, Error, GroupId, LiveMigration, LiveMigrationId,
    ManualClock, RetryPolicy,
};
use atlas_simulator::{Clock, Control, Fault, FaultRule, Scenario, Simulator};

/// The maximum size of a response body.
pub const LIMIT: usize = 100_000;

pub struct World {
    pub simulator: Simulator,
    pub client: Client,
    /// The client's clock.
    pub clock: ManualClock,
    pub group: GroupId,
    pub id: LiveMigrationId,
}

/// The kinds of credentials, by name.
pub const KINDS: [&str; 3] = ["bearer token", "API key", "service account"];

/// Returns credentials of a kind that the scenario accepts.
pub fn credentials(scenario: &Scenario, kind: &str) -> Credentials {
    match kind {
        "API key" => {
            let key = scenario.api_key().unwrap();
            Credentials::api_key(key.public_key.clone(), key.private_key.clone())
        }
        "service account" => {
            let account = scenario.service_account().unwrap();
            Credentials::service_account(account.client_id.clone(), account.client_secret.clone())
        }
        _ => Credentials::bearer_token(scenario.bearer_token().unwrap()),
    }
}

impl World {
    /// Creates a world with a bearer token and without retries.
    pub async fn new() -> Self {
        Self::of(Scenario::default(), "bearer token", |client| client.retry(RetryPolicy::never()))
            .await
    }

    /// Creates a world with credentials of a kind and the default retries.
    pub async fn with(kind: &str) -> Self {
        Self::of(Scenario::default(), kind, |client| client).await
    }

    pub async fn of(
        scenario: Scenario,
        kind: &str,
        set_up: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        let credentials = credentials(&scenario, kind);
        let simulator = Simulator::builder().scenario(scenario).clock(Clock::manual());
        let simulator = simulator.start().await.unwrap();
        let clock = ManualClock::default();
        let builder = builder(&simulator).credentials(credentials).clock(clock.clone());
        Self {
            client: set_up(builder).build().unwrap(),
            simulator,
            clock,
            group: "32b6e34b3d91647abb20e7b8".parse().unwrap(),
            id: "6296fb4c7c7aa997cf94e9a8".parse().unwrap(),
        }
    }

    pub async fn job(&self) -> Result<LiveMigration, Error> {
        self.client.live_migration(self.group, self.id).await
    }

    pub fn control(&self) -> Control {
        self.simulator.control()
    }

    /// Injects a fault into this many requests.
    pub fn next(&self, times: u64, fault: Fault) {
        self.control().inject(FaultRule::new(fault).times(times));
    }

    /// Returns the number of requests that the simulator received.
    pub fn seen(&self) -> u64 {
        self.control().request_count()
    }

    /// Advances both clocks.
    pub fn advance(&self, seconds: u64) {
        let by = Duration::from_secs(seconds);
        self.clock.advance(by);
        self.control().advance(by).unwrap();
    }

    /// Returns the error of a call whose every request has a fault, and the number of its requests.
    pub async fn under(&self, fault: Fault) -> (Error, u64) {
        let before = self.seen();
        self.control().inject(FaultRule::new(fault));
        let error = self.job().await.unwrap_err();
        self.control().clear_faults();
        assert!(!error.may_have_taken_effect(), "it only reads");
        assert_eq!(error.operation().unwrap().id, "getGroupLiveMigration");
        (error, self.seen() - before)
    }
}

/// Returns a builder of a client, without credentials.
pub fn builder(simulator: &Simulator) -> ClientBuilder {
    Client::builder()
        .base_url(simulator.base_url())
        .max_body_bytes(LIMIT)
        .user_agent_suffix("contract-test/1")
}

/// Returns a fault that sends any response.
pub fn respond(status: u16, content_type: Option<&str>, body: &str) -> Fault {
    Fault::Respond { status, content_type: content_type.map(str::to_owned), body: body.to_owned() }
}
