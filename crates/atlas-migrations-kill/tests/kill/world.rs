//! What outlives the processes that are killed: the simulated Atlas, the journal, and a folder.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use atlas_migrations_journal::{
    Location, StreamId,
    event::{EventRecord, NewEvent, Operation, Planned, StreamKind},
    open,
    state::StreamState,
    store::{NewStream, Store, StreamFilter},
};
use atlas_migrations_runs::changes::RequestForm;
use atlas_simulator::{
    Clock, Control, Fault, FaultRule, RecordedRequest, Scenario as Contents, Simulator, Timeline,
};
use atlas_test_postgres::Server;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{
    driver::{GROUP, actor, group, request},
    plan_file,
    scenario::{NetworkFault, Program, StoreKind},
    timing,
};

/// How much faster than real time the migrations go.
const SPEED: f64 = 20.0;

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();

pub struct World {
    pub simulator: Simulator,
    pub store: Arc<dyn Store>,
    pub location: Location,
    /// The migration of a program that takes one to its end.
    pub stream: Option<StreamId>,
    pub folder: TempDir,
    fault: NetworkFault,
}

/// What the journal says about one migration, or about the link.
#[derive(Clone, Debug)]
pub struct Journaled {
    pub stream: StreamId,
    pub kind: StreamKind,
    pub name: String,
    pub records: Vec<EventRecord>,
    pub state: StreamState,
}

impl World {
    /// Returns `None`, loudly, where there is no PostgreSQL.
    pub async fn new(kind: StoreKind, program: Program, fault: NetworkFault) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let location = match kind {
            StoreKind::Sqlite => Location::File(folder.path().join("state/journal.db")),
            StoreKind::Postgres => {
                let settings = "-c fsync=off -c max_connections=600";
                let server = SERVER.get_or_init(|| Server::start(settings)).await.as_ref()?;
                Location::Postgres(server.new_database().await)
            }
        };
        let new_migrations = Timeline {
            new_seconds: 1,
            replication_seconds: 1,
            cutover_seconds: 2,
            ..Timeline::default()
        };
        let mut contents = Contents { new_migrations, ..Contents::default() };
        contents.validation_rules.pending_seconds = 0;
        let simulator = Simulator::builder()
            .scenario(contents)
            .without_rate_limits()
            .clock(Clock::with_speed(SPEED).unwrap())
            .start()
            .await
            .unwrap();
        let store = open(&location, timing::options()).await.unwrap();
        let stream = match program {
            Program::Changes => Some(plan(&*store).await),
            Program::Run | Program::Link => None,
        };
        fs::create_dir(folder.path().join("outcomes")).unwrap();
        fs::write(folder.path().join(plan_file::FILE), plan_file::text()).unwrap();
        Some(Self { simulator, store, location, stream, folder, fault })
    }

    pub fn control(&self) -> Control {
        self.simulator.control()
    }

    /// Injects the fault into the next request of an operation.
    pub fn inject(&self, operation: &Operation) {
        let fault = match self.fault {
            NetworkFault::None => return,
            NetworkFault::LostResponse => Fault::LoseResponse,
            NetworkFault::BadGateway => Fault::HtmlBadGateway,
            NetworkFault::Reset => Fault::ResetConnection,
        };
        self.control().inject(FaultRule::new(fault).on_operation(operation_id(operation)).times(1));
    }

    /// Returns what the journal says about each migration, in the order of their creation.
    pub async fn journaled(&self) -> Vec<Journaled> {
        for _ in 0..200 {
            if let Ok(found) = journaled(&*self.store).await {
                return found;
            }
            timing::pause().await;
        }
        panic!("the journal cannot be read")
    }

    /// Waits until the clock of the journal, which limits and leases go by, has gone on by this time.
    pub async fn let_pass(&self, time: Duration) {
        let now = async || crate::driver::retry(|| self.store.info()).await.now_ms;
        let end = now().await.saturating_add(i64::try_from(time.as_millis()).unwrap());
        while now().await < end {
            timing::pause().await;
        }
    }

    /// Returns the migrations that Atlas started.
    pub fn created(&self) -> Vec<String> {
        self.control().created_live_migrations(GROUP)
    }

    /// Returns the requests of an operation that Atlas executed. One without a response was executed if the response was
    /// lost.
    pub fn executed(&self, operation: &Operation) -> Vec<RecordedRequest> {
        let is_executed = |request: &RecordedRequest| match request.status() {
            Some(status) => (200..300).contains(&status),
            None => self.fault == NetworkFault::LostResponse,
        };
        let mut requests = self.control().requests();
        requests.retain(|request| {
            request.operation_id() == Some(operation_id(operation)) && is_executed(request)
        });
        requests
    }

    /// Returns how often Atlas executed the create request for a destination.
    pub fn creates(&self, cluster: &str) -> usize {
        let cluster_of = |request: &RecordedRequest| {
            let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
            body["destination"]["clusterName"].as_str().map(str::to_owned)
        };
        let executed = self.executed(&Operation::Create);
        executed.iter().filter(|request| cluster_of(request).as_deref() == Some(cluster)).count()
    }

    /// Returns how often Atlas executed the cutover of a migration.
    pub fn cutovers(&self, id: &str) -> usize {
        let executed = self.executed(&Operation::Cutover);
        executed.iter().filter(|request| request.path().contains(id)).count()
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

/// Reads all migrations of a journal, and the link.
pub async fn journaled(
    store: &dyn Store,
) -> Result<Vec<Journaled>, atlas_migrations_journal::Error> {
    let mut found = Vec::new();
    for row in store.streams(StreamFilter::default()).await? {
        if row.kind == StreamKind::Plan {
            continue;
        }
        let records = store.read(row.id, 0).await?;
        let state = StreamState::fold(row.kind, &records);
        let (stream, kind, name) = (row.id, row.kind, row.name);
        found.push(Journaled { stream, kind, name, records, state });
    }
    found.sort_by_key(|one| one.records.first().map(|record| record.position));
    Ok(found)
}

fn operation_id(operation: &Operation) -> &'static str {
    match operation {
        Operation::Validate => "validateGroupLiveMigrations",
        Operation::Create => "createGroupLiveMigration",
        Operation::LinkCreate => "createOrgLiveMigrationLinkToken",
        Operation::LinkDelete => "deleteOrgLiveMigrationLinkTokens",
        _ => "cutoverGroupLiveMigration",
    }
}

/// Puts the one migration into the journal.
async fn plan(store: &dyn Store) -> StreamId {
    let form = RequestForm::create(group(), &request());
    let mut planned =
        Planned::new("orders".parse().unwrap(), form.hash.clone(), form.hash, form.body);
    planned.group_id = Some(GROUP.parse().unwrap());
    planned.destination = Some(format!("{GROUP}/orders"));
    let stream = NewStream::new(StreamKind::Migration, "kill", "orders".parse().unwrap());
    let id = stream.id;
    store.create(stream, NewEvent::new(actor(), planned)).await.unwrap();
    id
}
