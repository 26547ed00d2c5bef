//! Compares the simulator with an axum handler that returns the same bytes.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use atlas_simulator::{LiveMigration, Scenario};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::callers::Service;
use crate::measure::interleaved;
use crate::page::{Figure, Figures, Target, shown};
use crate::servers::{self, Server, current_thread};

const ROUNDS: usize = 15;
const REQUESTS: usize = 4000;
const AT_ONCE: usize = 32;
const MIGRATIONS: u32 = 100_000;
/// The number of requests that a simulator logs. Until then, each request allocates new memory.
const KEPT: usize = 100_000;

pub fn run() -> Figures {
    let (simulator, _control) = servers::simulator(Scenario::default())?;
    let (full, _control_of_full) = servers::simulator(full())?;
    let same_bytes = servers::same_bytes(&simulator)?;
    let one = [simulator.service()?.migration.to_string()];
    let many: Vec<_> = (0..MIGRATIONS).step_by(97).map(id).collect();
    let load = Load::new(simulator.service()?)?;
    let mut figures = Vec::new();
    for (what, server, ids) in [("", &simulator, &one[..]), (", 100,000 migrations", &full, &many)]
    {
        for _ in 0..KEPT.div_ceil(REQUESTS) {
            load.on(server, ids)?;
        }
        let rate = interleaved(
            ROUNDS,
            || load.on(server, ids).map(|loaded| loaded.rate),
            || load.on(&same_bytes, ids).map(|loaded| loaded.rate),
        )?;
        let show = |value| format!("{}/s", shown(value));
        let (ours, axum) = (show(rate.first), show(rate.second));
        let figure = Figure::ratio(format!("requests per second{what}"), ours, axum, rate.ratio);
        figures.push(figure.target(Target::AtLeast(0.7)));
        let cpu_rate = interleaved(
            ROUNDS,
            || load.on(server, ids).map(|loaded| loaded.cpu_rate),
            || load.on(&same_bytes, ids).map(|loaded| loaded.cpu_rate),
        )?;
        if cpu_rate.second > 0.0 {
            let what = format!("requests per second of the server's CPU time{what}");
            let (ours, axum) = (show(cpu_rate.first), show(cpu_rate.second));
            figures.push(Figure::ratio(what, ours, axum, cpu_rate.ratio));
        }
    }
    Ok(figures)
}

/// Returns a scenario with many migrations.
fn full() -> Scenario {
    let mut scenario = Scenario::default();
    for project in scenario.projects.iter_mut().take(1) {
        project.live_migrations = (0..MIGRATIONS)
            .map(|number| LiveMigration { id: id(number), ..LiveMigration::default() })
            .collect();
    }
    scenario
}

fn id(number: u32) -> String {
    format!("{number:024x}")
}

/// Sends requests over kept-alive connections with a minimal client.
struct Load {
    service: Service,
    runtime: Runtime,
}

/// The rates of a server.
struct Loaded {
    /// Requests per second.
    rate: f64,
    /// Requests per second of its CPU time, or 0 if that is not available.
    cpu_rate: f64,
}

impl Load {
    fn new(service: Service) -> io::Result<Self> {
        Ok(Self { service, runtime: current_thread()? })
    }

    /// Requests these migrations from a server.
    fn on(&self, server: &Server, ids: &[String]) -> Result<Loaded, Box<dyn Error>> {
        let host = server.base_url.trim_start_matches("http://");
        let requests: Arc<[String]> = ids.iter().map(|id| self.request(host, id)).collect();
        let cpu_time = || server.cpu_time().unwrap_or_default();
        self.runtime.block_on(async {
            let mut connections = JoinSet::new();
            let taken = Arc::new(AtomicUsize::new(0));
            let mut streams = Vec::new();
            for _ in 0..AT_ONCE {
                let stream = TcpStream::connect(host).await?;
                stream.set_nodelay(true)?;
                streams.push(stream);
            }
            let (start, worked) = (Instant::now(), cpu_time());
            for stream in streams {
                connections.spawn(send_requests(stream, Arc::clone(&requests), Arc::clone(&taken)));
            }
            while let Some(outcome) = connections.join_next().await {
                outcome??;
            }
            let (time, worked) = (start.elapsed(), cpu_time().saturating_sub(worked));
            #[allow(clippy::cast_precision_loss, reason = "there are few")]
            let per = |time: Duration| REQUESTS as f64 / time.as_secs_f64();
            let cpu_rate = if worked.is_zero() { 0.0 } else { per(worked) };
            Ok(Loaded { rate: per(time), cpu_rate })
        })
    }

    fn request(&self, host: &str, id: &str) -> String {
        let Service { group, token, .. } = &self.service;
        format!(
            "GET /api/atlas/v2/groups/{group}/liveMigrations/{id} HTTP/1.1\r\nhost: {host}\r\n\
             accept: application/vnd.atlas.2023-01-01+json\r\nauthorization: Bearer {token}\r\n\r\n"
        )
    }
}

/// Sends requests on one connection until all connections together sent enough.
async fn send_requests(
    mut stream: TcpStream,
    requests: Arc<[String]>,
    taken: Arc<AtomicUsize>,
) -> io::Result<()> {
    let mut response = vec![0; 64 * 1024];
    loop {
        let number = taken.fetch_add(1, Ordering::Relaxed);
        if number >= REQUESTS {
            return Ok(());
        }
        stream.write_all(requests[number % requests.len()].as_bytes()).await?;
        let mut length = 0;
        while !is_whole(&response[..length])? {
            let read = stream.read(&mut response[length..]).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            length += read;
        }
    }
}

/// Returns whether a response is complete. Fails if it is not a success.
fn is_whole(bytes: &[u8]) -> io::Result<bool> {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return Ok(false);
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    });
    match length {
        Some(length) if head.starts_with("HTTP/1.1 200 ") => Ok(body.len() >= length),
        _ => Err(io::Error::other(head.lines().next().unwrap_or_default().to_owned())),
    }
}
