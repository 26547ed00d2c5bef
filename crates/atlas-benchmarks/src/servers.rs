//! What calls are made to: a simulator, and a handler of axum's that returns the same bytes. Each runs
//! on a thread of its own, whose processor time can be read.

use std::error::Error;
use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use atlas_simulator::{Control, RateLimit, Scenario, Simulator};
use axum::Router;
use axum::http::header::HeaderMap;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;

use crate::callers::Service;

/// A server on a thread of its own, for as long as it is not dropped.
pub struct Server {
    pub base_url: String,
    /// Where the system keeps the thread's processor time.
    schedule: String,
    _stop: oneshot::Sender<()>,
}

impl Server {
    fn start<S: Send + 'static>(
        runtime: Runtime,
        base_url: String,
        serving: S,
    ) -> Result<Self, Box<dyn Error>> {
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, start) = mpsc::channel();
        std::thread::spawn(move || {
            let thread = fs::read_link("/proc/thread-self").unwrap_or_default();
            // Whoever waits for it is there.
            let _ = started.send(format!("/proc/{}/schedstat", thread.display()));
            // It fails when the sender is dropped, which is what it waits for.
            let _ = runtime.block_on(stopped);
            drop(serving);
        });
        Ok(Self { base_url, schedule: start.recv()?, _stop: stop })
    }

    /// How long the server was at work. Only Linux tells.
    pub fn processor_time(&self) -> Option<Duration> {
        let text = fs::read_to_string(&self.schedule).ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }

    /// With what the scenario that is built in knows.
    pub fn service(&self) -> Result<Service, Box<dyn Error>> {
        let scenario = Scenario::default();
        let project = scenario.projects.first().ok_or("there is no project")?;
        let migration = project.live_migrations.first().ok_or("there is no migration")?;
        Ok(Service {
            base_url: self.base_url.clone(),
            token: scenario.bearer_token().ok_or("there is no token")?.to_owned(),
            group: project.id.parse()?,
            migration: migration.id.parse()?,
        })
    }
}

/// A simulator that does not limit rates.
pub fn simulator(mut scenario: Scenario) -> Result<(Server, Control), Box<dyn Error>> {
    let unlimited = RateLimit { capacity: u32::MAX.into(), ..RateLimit::default() };
    scenario.rate_limits.group = unlimited;
    let runtime = current_thread()?;
    let simulator = runtime.block_on(Simulator::builder().scenario(scenario).start())?;
    let (url, control) = (simulator.base_url().to_owned(), simulator.control());
    Ok((Server::start(runtime, url, simulator)?, control))
}

/// A handler of axum's that returns what the simulator does.
pub fn same_bytes(simulator: &Server) -> Result<Server, Box<dyn Error>> {
    let runtime = current_thread()?;
    let (headers, body) = runtime.block_on(answer_of(simulator.service()?))?;
    let handler = move || {
        let (headers, body) = (headers.clone(), body.clone());
        async move { (headers, body) }
    };
    let route = "/api/atlas/v2/groups/{group}/liveMigrations/{migration}";
    let app = Router::new().route(route, get(handler));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // As the simulator has it.
        let _ = stream.set_nodelay(true);
    });
    let serving = runtime.spawn(async move { axum::serve(listener, app).await });
    Server::start(runtime, base_url, serving)
}

/// What the simulator answers, but for what each server adds by itself.
async fn answer_of(service: Service) -> Result<(HeaderMap, String), Box<dyn Error>> {
    let client = atlas_migrations::Client::builder().base_url(service.base_url);
    let client = client.bearer_token(service.token).build()?;
    let raw = client.live_migration(service.group, service.migration).raw().send().await?;
    let mut headers = raw.headers().clone();
    for name in ["content-encoding", "content-length", "date", "transfer-encoding"] {
        headers.remove(name);
    }
    Ok((headers, String::from_utf8(raw.body().to_vec())?))
}

pub fn current_thread() -> std::io::Result<Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}
