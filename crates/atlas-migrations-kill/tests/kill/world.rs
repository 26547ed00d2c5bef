//! What outlives the processes that are killed: the simulated Atlas, the journal, and a folder.

use std::{path::PathBuf, sync::Arc};

use atlas_migrations_journal::{
    Location, StreamId,
    event::{EventRecord, NewEvent, Operation, Planned, StreamKind},
    open,
    state::StreamState,
    store::{NewStream, Store},
};
use atlas_migrations_runs::changes::RequestForm;
use atlas_simulator::{
    Clock, Control, Fault, FaultRule, Scenario as Contents, Simulator, Timeline,
};
use atlas_test_postgres::Server;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{
    driver::{GROUP, actor, group, request},
    scenario::{NetworkFault, StoreKind},
    timing,
};

/// How much faster than real time the migrations go.
const SPEED: f64 = 20.0;

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();

pub struct World {
    pub simulator: Simulator,
    pub store: Arc<dyn Store>,
    pub location: Location,
    pub stream: StreamId,
    pub folder: TempDir,
}

impl World {
    /// Returns `None`, loudly, where there is no PostgreSQL.
    pub async fn new(kind: StoreKind) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let location = match kind {
            StoreKind::Sqlite => Location::File(folder.path().join("state/journal.db")),
            StoreKind::Postgres => {
                let settings = "-c fsync=off -c max_connections=600";
                let server = SERVER.get_or_init(|| Server::start(settings)).await.as_ref()?;
                Location::Postgres(server.new_database().await)
            }
        };
        let mut contents = Contents::default();
        contents.new_migrations = Timeline {
            new_seconds: 1,
            replication_seconds: 1,
            cutover_seconds: 2,
            ..Timeline::default()
        };
        contents.validation_rules.pending_seconds = 0;
        let simulator = Simulator::builder()
            .scenario(contents)
            .without_rate_limits()
            .clock(Clock::with_speed(SPEED).unwrap())
            .start()
            .await
            .unwrap();
        let store = open(&location, timing::options()).await.unwrap();
        let stream = plan(&*store).await;
        std::fs::create_dir(folder.path().join("outcomes")).unwrap();
        Some(Self { simulator, store, location, stream, folder })
    }

    pub fn control(&self) -> Control {
        self.simulator.control()
    }

    /// Injects a fault into the next request of an operation.
    pub fn inject(&self, fault: NetworkFault, operation: &Operation) {
        let fault = match fault {
            NetworkFault::None => return,
            NetworkFault::LostResponse => Fault::LoseResponse,
            NetworkFault::BadGateway => Fault::HtmlBadGateway,
            NetworkFault::Reset => Fault::ResetConnection,
        };
        self.control().inject(FaultRule::new(fault).on_operation(operation_id(operation)).times(1));
    }

    pub async fn records(&self) -> Vec<EventRecord> {
        for _ in 0..100 {
            if let Ok(records) = self.store.read(self.stream, 0).await {
                return records;
            }
            tokio::time::sleep(timing::POLL).await;
        }
        panic!("the journal cannot be read")
    }

    pub async fn state(&self) -> StreamState {
        StreamState::fold(StreamKind::Migration, &self.records().await)
    }

    /// Returns the migrations that Atlas started.
    pub fn created(&self) -> Vec<String> {
        self.control().created_live_migrations(GROUP)
    }

    /// Returns how many cutovers Atlas executed. A response that was lost counts if that was the fault.
    pub fn cutovers(&self, lost: bool) -> usize {
        let requests = self.control().requests();
        requests
            .iter()
            .filter(|request| request.operation_id() == Some(operation_id(&Operation::Cutover)))
            .filter(|request| match request.status() {
                Some(status) => (200..300).contains(&status),
                None => lost,
            })
            .count()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn location_text(&self) -> String {
        match &self.location {
            Location::File(path) => path.display().to_string(),
            Location::Postgres(url) => url.clone(),
            _ => unreachable!(),
        }
    }
}

fn operation_id(operation: &Operation) -> &'static str {
    match operation {
        Operation::Validate => "validateGroupLiveMigrations",
        Operation::Create => "createGroupLiveMigration",
        _ => "cutoverGroupLiveMigration",
    }
}

/// Puts the migration into the journal, as a plan does.
async fn plan(store: &dyn Store) -> StreamId {
    let form = RequestForm::create(group(), &request());
    let mut planned =
        Planned::new("orders".parse().unwrap(), form.hash.clone(), form.hash, form.body);
    planned.group_id = Some(GROUP.parse().unwrap());
    planned.destination = Some(format!("{GROUP}/Orders"));
    let stream = NewStream::new(StreamKind::Migration, "kill", "orders".parse().unwrap());
    let id = stream.id;
    store.create(stream, NewEvent::new(actor(), planned)).await.unwrap();
    id
}
