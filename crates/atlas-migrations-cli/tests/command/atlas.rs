//! The simulated Atlas that the tests run the command against.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use atlas_simulator::{
    Clock, Control, Fault, LiveMigration, Project, Scenario, Simulator, Timeline,
};

pub const GROUP: &str = "32b6e34b3d91647abb20e7b8";
pub const MIGRATION: &str = "6296fb4c7c7aa997cf94e9a8";
pub const ORG: &str = "4888442a3354817a7320eb61";
pub const TOKEN: &str = "not-a-real-bearer-token";

/// No test waits longer for anything.
pub const LIMIT: Duration = Duration::from_mins(1);

/// Returns the default scenario with a clock that tests advance.
pub async fn simulator() -> Simulator {
    Simulator::builder().clock(Clock::manual()).start().await.unwrap()
}

/// Returns the id of a migration of [`atlas`].
pub fn id(index: usize) -> String {
    format!("6296fb4c7c7aa997cf94e{index:03x}")
}

/// Returns a simulator with this many migrations and a clock that tests advance. Each migration is new for 10 s,
/// replicates for 100 s, is cut over in 30 s, and expires an hour after it is ready.
pub async fn atlas(migrations: usize) -> Simulator {
    let timeline = Timeline {
        new_seconds: 10,
        initial_lag_seconds: 200,
        replication_seconds: 100,
        cutover_seconds: 30,
        expires_after_ready_seconds: 3600,
        fails_after_seconds: None,
    };
    let migration =
        |index| LiveMigration { id: id(index), timeline: timeline.clone(), ..Default::default() };
    let live_migrations = (0..migrations).map(migration).collect();
    let project = Project { live_migrations, ..Project::default() };
    let scenario = Scenario { projects: vec![project], ..Scenario::default() };
    Simulator::builder().scenario(scenario).clock(Clock::manual()).start().await.unwrap()
}

pub fn advance(simulator: &Simulator, seconds: u64) {
    simulator.control().advance(Duration::from_secs(seconds)).unwrap();
}

/// Waits for a condition.
pub async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.expect("the condition holds in time");
}

/// Waits for a condition, outside of async code.
#[cfg(unix)]
pub fn until_blocking(condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < LIMIT, "the condition holds in time");
        thread::yield_now();
    }
}

/// Waits until every watcher has polled the current state.
pub async fn polled(simulator: &Simulator) {
    let control = simulator.control();
    let before = control.request_count();
    // The first response may be older than this call.
    until(|| control.request_count() >= before + 2).await;
}

/// Counts the cutover requests.
pub fn cutovers(control: &Control) -> usize {
    let requests = control.requests();
    requests.iter().filter(|request| request.method() == "PUT").count()
}

pub fn cut_over(simulator: &Simulator, index: usize) {
    simulator.control().cut_over(GROUP, id(index)).unwrap();
}

/// Returns a response of a status and a JSON body.
pub fn respond(status: u16, body: &dyn ToString) -> Fault {
    let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
    Fault::Respond { status, content_type, body: body.to_string() }
}

/// Sends an HTTP request and returns the whole response. The head is the request line and the headers without
/// `host`, each with its line end.
pub fn http(address: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let length = body.len();
    let (line, headers) = head.split_once("\r\n").unwrap_or((head, ""));
    write!(
        stream,
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\
         content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// A proxy in front of a service. It forwards a response when the test allows it.
pub struct Gate {
    pub url: String,
    pub open: Sender<()>,
}

impl Gate {
    pub fn before(url: &str) -> Self {
        let service = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (open, opened) = channel();
        thread::spawn(move || {
            for client in listener.incoming() {
                let mut client = client.unwrap();
                let mut service = TcpStream::connect(&service).unwrap();
                let (mut from, mut to) =
                    (client.try_clone().unwrap(), service.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut from, &mut to));
                let mut response = vec![0; 65_536];
                loop {
                    let read = service.read(&mut response).unwrap_or(0);
                    if read == 0 || opened.recv().is_err() {
                        break;
                    }
                    client.write_all(&response[..read]).unwrap();
                }
            }
        });
        Self { url, open }
    }
}
