//! A simulator, a client with credentials of a kind, and a journal in a folder of its own.

use std::{path::PathBuf, sync::Arc};

use atlas_migrations::{
    Authentication, Client, Credentials, Destination, GroupId, MigrationRequest, Network, Source,
};
use atlas_migrations_journal::{
    Clock as JournalClock, Location, Options, StreamId, SystemClock,
    event::{Actor, Event, EventRecord, NewEvent, Planned, StreamKind},
    open,
    store::{NewRunner, NewStream, Store},
};
use atlas_migrations_runs::changes::{Changes, RequestForm, Target};
use atlas_simulator::{Clock, Control, Fault, FaultRule, Simulator};
use tempfile::TempDir;

pub const ORG: &str = "4888442a3354817a7320eb61";
pub const KINDS: [&str; 3] = ["bearer token", "API key", "service account"];

pub struct World {
    pub simulator: Simulator,
    pub client: Client,
    pub store: Arc<dyn Store>,
    pub changes: Changes,
    pub group: GroupId,
    pub folder: TempDir,
}

impl World {
    pub async fn new(kind: &str) -> Self {
        Self::with_options(kind, Options::default()).await
    }

    pub async fn with_options(kind: &str, options: Options) -> Self {
        let simulator = Simulator::builder().clock(Clock::manual()).start().await.unwrap();
        let scenario = simulator.scenario();
        let credentials = match kind {
            "API key" => {
                let key = scenario.api_key().unwrap();
                Credentials::api_key(key.public_key.clone(), key.private_key.clone())
            }
            "service account" => {
                let account = scenario.service_account().unwrap();
                Credentials::service_account(
                    account.client_id.clone(),
                    account.client_secret.clone(),
                )
            }
            _ => Credentials::bearer_token(scenario.bearer_token().unwrap()),
        };
        let client = Client::builder().base_url(simulator.base_url()).credentials(credentials);
        let client = client.build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = open(&location(&folder), options).await.unwrap();
        let runner =
            store.register(NewRunner::new("ops1", std::process::id(), "ana", "1")).await.unwrap();
        let changes =
            Changes::builder(Arc::clone(&store), client.clone(), runner, Actor::new("ana", "ops1"));
        let changes = changes.outcome_folders([folder.path().join("outcomes")]);
        std::fs::create_dir(folder.path().join("outcomes")).unwrap();
        let changes = changes.build().await.unwrap();
        let group = "32b6e34b3d91647abb20e7b8".parse().unwrap();
        Self { simulator, client, store, changes, group, folder }
    }

    pub fn control(&self) -> Control {
        self.simulator.control()
    }

    pub fn outcomes(&self) -> PathBuf {
        self.folder.path().join("outcomes")
    }

    /// Injects a fault into the next requests of an operation.
    pub fn next(&self, times: u64, operation: &str, fault: Fault) {
        self.control().inject(FaultRule::new(fault).on_operation(operation).times(times));
    }

    /// Creates the stream of a migration whose request was planned, and claims it.
    pub async fn planned(&self, name: &str, request: &MigrationRequest) -> Target {
        let form = RequestForm::create(self.group, request);
        let mut planned =
            Planned::new(name.parse().unwrap(), form.hash.clone(), form.hash, form.body);
        planned.group_id = Some(self.group.to_string().parse().unwrap());
        planned.drops_destination = request.drops_destination_data();
        let stream = NewStream::new(StreamKind::Migration, "project", name.parse().unwrap());
        let id = stream.id;
        let first = NewEvent::new(self.changes.actor().clone(), planned);
        self.store.create(stream, first).await.unwrap();
        self.changes.claim(id).await.unwrap()
    }

    pub async fn events(&self, stream: StreamId) -> Vec<EventRecord> {
        self.store.read(stream, 0).await.unwrap()
    }

    /// Returns the types of the events of a stream, with the results of outcomes.
    pub async fn story(&self, stream: StreamId) -> Vec<String> {
        let word = |record: &EventRecord| match &record.event {
            Event::Outcome(outcome) => outcome.result.to_string(),
            Event::Unclear(unclear) => format!("unclear {}", unclear.reason.as_str()),
            event => event.event_type().to_owned(),
        };
        self.events(stream).await.iter().map(word).collect()
    }

    /// Returns how many requests of an operation the simulator received.
    pub fn received(&self, operation: &str) -> usize {
        let requests = self.control().requests();
        requests.iter().filter(|request| request.operation_id() == Some(operation)).count()
    }
}

pub fn location(folder: &TempDir) -> Location {
    Location::File(folder.path().join("journal.db"))
}

pub fn request(cluster: &str) -> MigrationRequest {
    let user = Authentication::user("migrator", "canary-password");
    let source = Source::new("5f0a1b2c3d4e5f6071829304".parse().unwrap(), "replica-set-0", user);
    MigrationRequest::new(source, Destination::new(cluster, Network::Public), "vm001.example.com")
}

/// A clock whose boot time jumps far ahead each time that it is asked.
#[derive(Debug, Default)]
pub struct JumpingClock(std::sync::atomic::AtomicU64);

impl JournalClock for JumpingClock {
    fn since_boot(&self) -> std::time::Duration {
        let asked = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        std::time::Duration::from_secs(asked * 11)
    }

    fn wall_ms(&self) -> i64 {
        SystemClock.wall_ms()
    }
}
