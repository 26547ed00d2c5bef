//! Measures the page of 1,000 migrations while 50 browsers follow it, beside 50 that load it again and again.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use atlas_migrations_journal::event::{
    Actor, Adopted, NewEvent, Observed, PlanStarted, Planned, StreamKind,
};
use atlas_migrations_journal::store::{Append, NewStream, Store};
use atlas_migrations_journal::{Hash, Options, SqliteStore, StreamId};
use serde_json::{Value, json};

use crate::page::{Figure, Figures, Target, shown};
use crate::processes::{Running, cpu_time};
use crate::program::program;
use crate::servers::current_thread;

const MIGRATIONS: usize = 1_000;
const BROWSERS: usize = 50;
const CHANGES: u64 = 60;
/// The time between changes. It is no multiple of the time between looks of the page at the journal.
const PAUSE: Duration = Duration::from_millis(437);
/// How often a page that polls is loaded.
const POLL: Duration = Duration::from_secs(15);
const GROUP: &str = "32b6e34b3d91647abb20e7b8";

/// When a browser saw a text.
type Seen = (u64, Instant);

pub fn run() -> Figures {
    if !cfg!(target_os = "linux") {
        return Ok(Vec::new());
    }
    let folder = tempfile::tempdir()?;
    let journal = folder.path().join("state").join("journal.db");
    let runtime = current_thread()?;
    let (store, stream) = runtime.block_on(fill(&journal))?;
    let (mut running, address) = start(&journal)?;
    let mut figures = Vec::new();

    let (bytes, first, whole) = load(&address)?;
    #[allow(clippy::cast_precision_loss, reason = "pages are small")]
    let kilobytes = bytes as f64 / 1000.0;
    let size = Figure::plain("size of the page, all in one", kilobytes, "kB");
    figures.push(size.target(Target::AtMost(100.0)));
    let what = "load of the page, first byte to last, without a script";
    figures.push(Figure::plain(what, whole.saturating_sub(first).as_secs_f64() * 1e3, "ms"));
    figures.push(Figure::plain("load of the page, whole", whole.as_secs_f64() * 1e3, "ms"));

    let (seen, received) = channel();
    let bytes = Arc::new(AtomicU64::new(0));
    for _ in 0..BROWSERS {
        follow(&address, seen.clone(), &bytes)?;
    }
    drop(seen);
    let idle = cpu_over(&mut running, Duration::from_secs(5))?;
    let before = cpu_time(std::slice::from_ref(&running))?;
    bytes.store(0, Ordering::Relaxed);
    let appended = runtime.block_on(changes(&store, stream))?;
    let mut delays = delays(&appended, &received)?;
    let pushed = cpu_time(std::slice::from_ref(&running))?.saturating_sub(before);
    let polled = poll_cost(&address, &running)?;
    delays.sort_unstable();
    for (name, percent) in [("median", 50_u32), ("99th percentile", 99)] {
        let at = delays.len() * usize::try_from(percent)? / 100;
        let at = delays.get(at).copied().unwrap_or_default().as_secs_f64() * 1e3;
        let poll = POLL.as_secs_f64() * 10.0 * f64::from(percent);
        figures.push(Figure::ratio(
            format!("from the record of a response of Atlas to {BROWSERS} browsers, {name}"),
            format!("{} ms", shown(at)),
            format!("{} ms", shown(poll)),
            at / poll,
        ));
    }
    let per_change = pushed.as_secs_f64() * 1e3 / u64_to_f64(CHANGES);
    figures.push(Figure::ratio(
        format!("CPU time for a change to reach {BROWSERS} browsers"),
        format!("{} ms", shown(per_change)),
        format!("{} ms", shown(polled)),
        per_change / polled,
    ));
    // Another minute within this time is in it.
    let browsers = u64::try_from(BROWSERS)?;
    let sent = u64_to_f64(bytes.load(Ordering::Relaxed) / browsers) / u64_to_f64(CHANGES) / 1e3;
    figures.push(Figure::ratio(
        "bytes for a change to reach a browser",
        format!("{} kB", shown(sent)),
        format!("{} kB", shown(kilobytes)),
        sent / kilobytes,
    ));
    figures.push(Figure::plain("CPU of one core while nothing changes", idle * 100.0, "%"));
    figures.push(Figure::plain("peak memory of the server", running.peak_mb()?, "MB"));
    Ok(figures)
}

/// Writes a journal of migrations that replicate, and returns one of them.
async fn fill(journal: &Path) -> Result<(SqliteStore, StreamId), Box<dyn Error>> {
    let store = SqliteStore::open(journal, Options::default()).await?;
    let event = |event: atlas_migrations_journal::event::Event| {
        NewEvent::new(Actor::new("benchmark", "localhost"), event)
    };
    let hash = Hash::of(&Value::Null);
    let plan = json!({ "version": 1, "migrations": [] });
    let started = PlanStarted::new("scale.yaml".to_owned(), hash.clone(), plan);
    let plan = NewStream::new(StreamKind::Plan, "scale", "scale".parse()?);
    let plan = store.create(plan, event(started.into())).await?.stream;
    let mut chosen = None;
    for number in 0..MIGRATIONS {
        let name = format!("cluster-{number}");
        let request = json!({
            "source": { "clusterName": format!("{name}-rs0") },
            "destination": { "clusterName": name },
        });
        let planned = Planned::new(name.parse()?, hash.clone(), hash.clone(), request);
        let mut stream = NewStream::new(StreamKind::Migration, "scale", name.parse()?);
        stream.plan = Some(plan);
        let stream = store.create(stream, event(planned.into())).await?.stream;
        let id = format!("{number:024x}").parse()?;
        let adopted = Adopted::new(GROUP.parse()?, id, "WORKING".to_owned());
        store.append(Append::fact(stream, event(adopted.into()))).await?;
        look(&store, stream, 100_000 + u64::try_from(number)?).await?;
        chosen = chosen.or(Some(stream));
    }
    Ok((store, chosen.ok_or("there is no migration")?))
}

async fn look(
    store: &SqliteStore,
    stream: StreamId,
    lag_seconds: u64,
) -> Result<(), Box<dyn Error>> {
    let polled_ms = store.info().await?.now_ms;
    let mut look = Observed::new("WORKING".to_owned(), polled_ms);
    (look.ready, look.lag_seconds) = (Some(false), Some(lag_seconds));
    let event = NewEvent::new(Actor::new("benchmark", "localhost"), look);
    store.append(Append::fact(stream, event)).await?;
    Ok(())
}

/// Records changes, and returns when each of them was recorded.
async fn changes(store: &SqliteStore, stream: StreamId) -> Result<Vec<Instant>, Box<dyn Error>> {
    let mut appended = Vec::new();
    for change in 0..CHANGES {
        tokio::time::sleep(PAUSE).await;
        look(store, stream, lag_of(change)).await?;
        appended.push(Instant::now());
    }
    // The last one arrives meanwhile.
    tokio::time::sleep(Duration::from_secs(3)).await;
    Ok(appended)
}

/// Returns a lag whose text is nowhere else on the page.
fn lag_of(change: u64) -> u64 {
    61 + 2 * change
}

/// Returns the text of a lag that [`lag_of`] returned.
fn text_of(change: u64) -> String {
    let lag = lag_of(change);
    format!(">{} min {} s<", lag / 60, lag % 60)
}

fn start(journal: &Path) -> Result<(Running, String), Box<dyn Error>> {
    let mut command = Command::new(program("atlas-migrations")?);
    command.env_clear().args(["serve", "--output", "json", "--journal"]).arg(journal);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = Running(command.spawn()?);
    let mut line = String::new();
    let stdout = running.0.stdout.as_mut().ok_or("there is no stdout")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let ready: Value = serde_json::from_str(&line)?;
    let url = ready["url"].as_str().ok_or("there is no address")?;
    Ok((running, url.trim_start_matches("http://").trim_end_matches('/').to_owned()))
}

fn ask(address: &str, path: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    Ok(stream)
}

/// Loads the page. Returns its size, and the times until its first and its last byte.
fn load(address: &str) -> Result<(usize, Duration, Duration), Box<dyn Error>> {
    let start = Instant::now();
    let mut stream = ask(address, "/")?;
    let mut bytes = vec![0];
    stream.read_exact(&mut bytes)?;
    let first = start.elapsed();
    stream.read_to_end(&mut bytes)?;
    Ok((bytes.len(), first, start.elapsed()))
}

/// Follows the page as a browser does, in a thread, until the server ends.
fn follow(address: &str, seen: Sender<Seen>, bytes: &Arc<AtomicU64>) -> Result<(), Box<dyn Error>> {
    let bytes = Arc::clone(bytes);
    let mut stream = ask(address, "/events")?;
    let mut first = [0; 1];
    stream.read_exact(&mut first)?;
    thread::spawn(move || {
        let mut next = 0;
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let now = Instant::now();
            let length = u64::try_from(line.len()).unwrap_or_default();
            bytes.fetch_add(length.saturating_add(1), Ordering::Relaxed);
            // A page that is late skips changes.
            while let Some(change) = (next..CHANGES).rev().find(|n| line.contains(&text_of(*n))) {
                for change in next..=change {
                    // Nobody listens any more at the end.
                    let _ = seen.send((change, now));
                }
                next = change + 1;
            }
        }
    });
    Ok(())
}

/// Returns how long each change took to each browser.
fn delays(
    appended: &[Instant],
    received: &Receiver<Seen>,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut delays = Vec::new();
    while let Ok((change, at)) = received.try_recv() {
        let since = appended.get(usize::try_from(change)?).ok_or("an unknown change")?;
        delays.push(at.saturating_duration_since(*since));
    }
    if delays.len() < appended.len() * BROWSERS * 9 / 10 {
        return Err(format!("only {} changes arrived", delays.len()).into());
    }
    Ok(delays)
}

/// Returns the CPU milliseconds of loading the page once for each browser.
fn poll_cost(address: &str, running: &Running) -> Result<f64, Box<dyn Error>> {
    // The kernel counts CPU time in hundredths of a second.
    const ROUNDS: u32 = 40;
    let before = cpu_time(std::slice::from_ref(running))?;
    for _ in 0..ROUNDS {
        for _ in 0..BROWSERS {
            load(address)?;
        }
    }
    let used = cpu_time(std::slice::from_ref(running))?.saturating_sub(before);
    Ok(used.as_secs_f64() * 1e3 / f64::from(ROUNDS))
}

/// Returns the share of one core that the server uses.
fn cpu_over(running: &mut Running, time: Duration) -> Result<f64, Box<dyn Error>> {
    let before = cpu_time(std::slice::from_ref(running))?;
    thread::sleep(time);
    let used = cpu_time(std::slice::from_ref(running))?.saturating_sub(before);
    Ok(used.as_secs_f64() / time.as_secs_f64())
}

#[allow(clippy::cast_precision_loss, reason = "the number is small")]
fn u64_to_f64(number: u64) -> f64 {
    number as f64
}
