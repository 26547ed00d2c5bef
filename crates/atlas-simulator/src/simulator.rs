//! Starting and stopping.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::control::Control;
use crate::desk::Desk;
use crate::fragment::FragmentError;
use crate::openapi;
use crate::record::RecordedRequest;
use crate::scenario::{RateLimits, Scenario, ScenarioError};
use crate::server;
use crate::service::Atlas;
use crate::world::{Observer, World};

/// A simulated Atlas on a port of the loopback address. It stops when it is dropped.
pub struct Simulator {
    base_url: String,
    port: u16,
    control_url: Option<String>,
    world: Arc<World>,
    stopping: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Starts to describe a simulator.
    #[must_use]
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    /// Where the simulator listens: `http://127.0.0.1:` and the port, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where the control port listens, in the same form, where there is one.
    pub fn control_url(&self) -> Option<&str> {
        self.control_url.as_deref()
    }

    /// What there was when the simulator started.
    pub fn scenario(&self) -> &Scenario {
        &self.world.scenario
    }

    /// A handle to move the simulator with, and to see what it saw.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.world))
    }

    /// Goes down, as in an outage: breaks every connection off and listens no longer. What there is stays,
    /// and time goes on. The control port goes down too.
    pub async fn go_down(&mut self) {
        for server in self.servers.drain(..) {
            server.abort();
            // An error is what an aborted task ends in.
            let _ = server.await;
        }
    }

    /// Comes back on the port that it was on. The control port does not.
    ///
    /// # Errors
    ///
    /// Where the port cannot be had, such as when somebody else has it by now.
    pub async fn come_back(&mut self) -> Result<(), StartError> {
        let (listener, ..) = listen(self.port).await?;
        let atlas = Atlas(Arc::clone(&self.world));
        self.servers.push(tokio::spawn(server::run(listener, atlas, self.stopping.subscribe())));
        Ok(())
    }

    /// Stops: frees the port, lets requests under way finish for up to two seconds, and returns
    /// when all connections are closed.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        for server in &mut self.servers {
            // It fails only where the runtime is shutting down, which stops it as well.
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

/// Describes a simulator that is to be started.
#[derive(Default)]
pub struct SimulatorBuilder {
    scenario: Scenario,
    lifts_rate_limits: bool,
    clock: Clock,
    port: u16,
    control_port: Option<u16>,
    observer: Option<Observer>,
}

impl SimulatorBuilder {
    /// What there is in the simulated Atlas. The default is [`Scenario::default`].
    #[must_use]
    pub fn scenario(self, scenario: Scenario) -> Self {
        Self { scenario, ..self }
    }

    /// Lifts all rate limits, those of the token endpoint too: [`RateLimits::unlimited`] in place of
    /// those of the scenario.
    #[must_use]
    pub fn without_rate_limits(self) -> Self {
        Self { lifts_rate_limits: true, ..self }
    }

    /// How time passes. The default is [`Clock::real`].
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The port to listen on. The default is 0: any that is free.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Opens a second port, on which other programs can steer the simulator while it runs: 0 is any
    /// that is free, and [`Simulator::control_url`] tells which. The default is none.
    ///
    /// `GET /` on it lists what there is: the faults that are in force, the requests that were
    /// seen, and what a [`Control`] does with time and migrations, all of it in JSON. It listens on
    /// the loopback address, asks for no credential, shows none, and refuses requests that a
    /// browser sends for a site elsewhere.
    #[must_use]
    pub fn control_port(self, port: u16) -> Self {
        Self { control_port: Some(port), ..self }
    }

    /// Calls `observer` with each request once its answer stands and before it is sent. It runs on
    /// the request's connection, which waits for it.
    #[must_use]
    pub fn on_request(self, observer: impl Fn(&RecordedRequest) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Box::new(observer)), ..self }
    }

    /// Starts the simulator on the runtime that this is called on, which has to have its I/O and
    /// its timer enabled.
    ///
    /// # Errors
    ///
    /// Where the scenario is refused or a port cannot be had.
    pub async fn start(self) -> Result<Simulator, StartError> {
        let mut scenario = self.scenario;
        if self.lifts_rate_limits {
            scenario.rate_limits = RateLimits::unlimited();
        }
        scenario.validate().map_err(StartError::Scenario)?;
        let world = World::new(scenario, self.clock, self.observer);
        let world = Arc::new(world.map_err(StartError::Fragment)?);
        let (stopping, stop) = watch::channel(false);
        let (listener, port, base_url) = listen(self.port).await?;
        let control = match self.control_port {
            Some(port) => Some(listen(port).await?),
            None => None,
        };
        let atlas = Atlas(Arc::clone(&world));
        let mut servers = vec![tokio::spawn(server::run(listener, atlas, stop.clone()))];
        let mut control_url = None;
        if let Some((listener, _, url)) = control {
            let document = openapi::served_at(&base_url).map_err(StartError::Fragment)?;
            let desk = Desk::new(Control::new(Arc::clone(&world)), document);
            servers.push(tokio::spawn(server::run(listener, desk, stop)));
            control_url = Some(url);
        }
        Ok(Simulator { base_url, port, control_url, world, stopping, servers })
    }
}

/// Listens on a port of the loopback address, and says which and where that is.
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
            .field("lifts_rate_limits", &self.lifts_rate_limits)
            .field("clock", &self.clock)
            .field("port", &self.port)
            .field("control_port", &self.control_port)
            .finish_non_exhaustive()
    }
}

/// Why a simulator did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The scenario cannot be simulated.
    Scenario(ScenarioError),
    /// The built-in OpenAPI fragment has something that is not simulated.
    Fragment(FragmentError),
    /// A port cannot be listened on.
    Listen(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scenario(_) => "the scenario was refused",
            Self::Fragment(_) => "the OpenAPI fragment is not fully simulated",
            Self::Listen(_) => "the simulator could not listen on a port",
        })
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Scenario(error) => Some(error),
            Self::Fragment(error) => Some(error),
            Self::Listen(error) => Some(error),
        }
    }
}
