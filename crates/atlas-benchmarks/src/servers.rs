//! The servers: a simulator, and an axum handler that returns the same bytes. Each runs on its own thread, whose CPU time
//! can be read.

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

/// A server on its own thread, which stops when this is dropped.
pub struct Server {
    pub base_url: String,
    /// The file with the thread's CPU time.
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
            // The receiver below is waiting.
            let _ = started.send(format!("/proc/{}/schedstat", thread.display()));
            // Ends with an error when the sender is dropped, which stops the server.
            let _ = runtime.block_on(stopped);
            drop(serving);
        });
        Ok(Self { base_url, schedule: start.recv()?, _stop: stop })
    }

    /// Returns the CPU time of the server. Only available on Linux.
    pub fn cpu_time(&self) -> Option<Duration> {
        let text = fs::read_to_string(&self.schedule).ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }

    /// Returns the example service at this server.
    pub fn service(&self) -> Result<Service, Box<dyn Error>> {
        example_service(self.base_url.clone())
    }
}

/// Returns a service with the token and a migration of the default scenario, which are those of the documentation.
pub fn example_service(base_url: String) -> Result<Service, Box<dyn Error>> {
    let scenario = Scenario::default();
    let project = scenario.projects.first().ok_or("there is no project")?;
    let migration = project.live_migrations.first().ok_or("there is no migration")?;
    Ok(Service {
        base_url,
        token: scenario.bearer_token().ok_or("there is no token")?.to_owned(),
        group: project.id.parse()?,
        migration: migration.id.parse()?,
    })
}

/// Starts a simulator without rate limits.
pub fn simulator(mut scenario: Scenario) -> Result<(Server, Control), Box<dyn Error>> {
    let unlimited = RateLimit { capacity: u32::MAX.into(), ..RateLimit::default() };
    scenario.rate_limits.group = unlimited;
    let runtime = current_thread()?;
    let simulator = runtime.block_on(Simulator::builder().scenario(scenario).start())?;
    let (url, control) = (simulator.base_url().to_owned(), simulator.control());
    Ok((Server::start(runtime, url, simulator)?, control))
}

/// Starts an axum handler that returns the response of the simulator.
pub fn same_bytes(simulator: &Server) -> Result<Server, Box<dyn Error>> {
    let runtime = current_thread()?;
    let (headers, body) = runtime.block_on(response_of(simulator.service()?))?;
    let handler = move || {
        let (headers, body) = (headers.clone(), body.clone());
        async move { (headers, body) }
    };
    let route = "/api/atlas/v2/groups/{group}/liveMigrations/{migration}";
    let app = Router::new().route(route, get(handler));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // The simulator sets this too.
        let _ = stream.set_nodelay(true);
    });
    let serving = runtime.spawn(async move { axum::serve(listener, app).await });
    Server::start(runtime, base_url, serving)
}

/// Returns the response of the simulator without the headers that each server adds.
async fn response_of(service: Service) -> Result<(HeaderMap, String), Box<dyn Error>> {
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
