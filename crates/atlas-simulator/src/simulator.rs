//! Starts and stops a simulator.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::{Description, OpenApiError, served_at};
use crate::control::{Control, ControlServer};
use crate::http::serve;
use crate::scenario::{Clock, RateLimits, Scenario, ScenarioError};
use crate::service::Atlas;
use crate::state::{Observer, RecordedRequest, RequestLog, State};

/// A simulated Atlas on a port of the loopback address. It stops when it is dropped.
pub struct Simulator {
    base_url: String,
    port: u16,
    control_url: Option<String>,
    state: Arc<State>,
    stopping: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Returns a builder.
    #[must_use]
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    /// Returns the URL of the simulator: `http://127.0.0.1:` and the port, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the URL of the control port in the same form, if there is one.
    pub fn control_url(&self) -> Option<&str> {
        self.control_url.as_deref()
    }

    /// Returns the scenario that the simulator started with.
    pub fn scenario(&self) -> &Scenario {
        &self.state.scenario
    }

    /// Returns a handle that controls the simulator.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.state))
    }

    /// Simulates an outage: closes all connections and the ports, including the control port. The
    /// state stays and time continues.
    pub async fn stop_serving(&mut self) {
        for server in self.servers.drain(..) {
            server.abort();
            // An aborted task returns an error.
            let _ = server.await;
        }
    }

    /// Ends an outage: serves on the same port again. The control port stays closed.
    ///
    /// # Errors
    ///
    /// The port cannot be opened, for example because another program uses it.
    pub async fn resume(&mut self) -> Result<(), StartError> {
        let (listener, ..) = listen(self.port).await?;
        let atlas = Atlas(Arc::clone(&self.state));
        self.servers.push(tokio::spawn(serve(listener, atlas, self.stopping.subscribe())));
        Ok(())
    }

    /// Stops the simulator: closes the ports, waits up to two seconds for requests in progress, and
    /// returns when all connections are closed.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        for server in &mut self.servers {
            // It fails only if the runtime shuts down, which stops it as well.
            let _ = server.await;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("base_url", &self.base_url)
            .field("control_url", &self.control_url)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Simulator`].
#[derive(Default)]
pub struct SimulatorBuilder {
    scenario: Scenario,
    without_rate_limits: bool,
    clock: Clock,
    port: u16,
    control_port: Option<u16>,
    observer: Option<Observer>,
    description: Option<Description>,
    kept_requests: Option<usize>,
}

impl SimulatorBuilder {
    /// Sets the contents of the simulated Atlas. The default is [`Scenario::default`].
    #[must_use]
    pub fn scenario(self, scenario: Scenario) -> Self {
        Self { scenario, ..self }
    }

    /// Replaces the scenario's rate limits by [`RateLimits::unlimited`].
    #[must_use]
    pub fn without_rate_limits(self) -> Self {
        Self { without_rate_limits: true, ..self }
    }

    /// Sets how time passes. The default is [`Clock::real`].
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Sets the port. The default is 0, which means any free port.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Opens a second port on which other programs can control the simulator. 0 means any free port,
    /// which [`Simulator::control_url`] returns. By default there is no control port.
    ///
    /// `GET /` on it lists its endpoints: they do what a [`Control`] does, in JSON. The port is on the
    /// loopback address, needs no credential, shows no secrets, and refuses requests that a browser
    /// sends for other sites.
    #[must_use]
    pub fn control_port(self, port: u16) -> Self {
        Self { control_port: Some(port), ..self }
    }

    /// Serves the operations of an OpenAPI document, too: each request gets the same example, whatever was sent before.
    ///
    /// They come before the simulated operations of the same path, except the OAuth endpoints. Credentials are those of the
    /// scenario, with any access; there is no rate limit, and a fault rule selects them by path. What the document requires
    /// of parameters and bodies is checked.
    #[must_use]
    pub fn description(self, description: Description) -> Self {
        Self { description: Some(description), ..self }
    }

    /// Keeps only this many of the newest requests for [`Control::requests`], for programs that run long. The default, and
    /// the most, is 100,000.
    #[must_use]
    pub fn keep_requests(self, count: usize) -> Self {
        Self { kept_requests: Some(count), ..self }
    }

    /// Calls `observer` with each request when its response is known and before it is sent. The
    /// request's connection waits for it.
    #[must_use]
    pub fn on_request(self, observer: impl Fn(&RecordedRequest) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Box::new(observer)), ..self }
    }

    /// Starts the simulator on the current runtime, whose I/O and time must be enabled.
    ///
    /// # Errors
    ///
    /// The scenario is invalid or a port cannot be opened.
    pub async fn start(self) -> Result<Simulator, StartError> {
        let mut scenario = self.scenario;
        if self.without_rate_limits {
            scenario.rate_limits = RateLimits::unlimited();
        }
        scenario.validate()?;
        let mut state = State::new(scenario, self.clock, self.observer)?;
        state.description = self.description;
        if let Some(count) = self.kept_requests {
            state.request_log = RequestLog::keeping(count);
        }
        let state = Arc::new(state);
        let (stopping, stop) = watch::channel(false);
        let (listener, port, base_url) = listen(self.port).await?;
        let control = match self.control_port {
            Some(port) => Some(listen(port).await?),
            None => None,
        };
        let atlas = Atlas(Arc::clone(&state));
        let mut servers = vec![tokio::spawn(serve(listener, atlas, stop.clone()))];
        let mut control_url = None;
        if let Some((listener, _, url)) = control {
            let control = Control::new(Arc::clone(&state));
            let server = ControlServer::new(control, served_at(&base_url)?);
            servers.push(tokio::spawn(serve(listener, server, stop)));
            control_url = Some(url);
        }
        Ok(Simulator { base_url, port, control_url, state, stopping, servers })
    }
}

/// Listens on a port of the loopback address. Returns the port and its URL.
async fn listen(port: u16) -> Result<(TcpListener, u16, String), StartError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(StartError::Listen)?;
    let address = listener.local_addr().map_err(StartError::Listen)?;
    Ok((listener, address.port(), format!("http://{address}")))
}

impl fmt::Debug for SimulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatorBuilder")
            .field("scenario", &self.scenario)
            .field("without_rate_limits", &self.without_rate_limits)
            .field("clock", &self.clock)
            .field("port", &self.port)
            .field("control_port", &self.control_port)
            .finish_non_exhaustive()
    }
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The scenario is invalid.
    #[error("the scenario is invalid")]
    Scenario(#[from] ScenarioError),
    /// The built-in OpenAPI fragment has something that the simulator does not support.
    #[error("the OpenAPI fragment is not supported")]
    OpenApi(#[from] OpenApiError),
    /// A port cannot be opened.
    #[error("the simulator could not listen on a port")]
    Listen(#[source] io::Error),
}
