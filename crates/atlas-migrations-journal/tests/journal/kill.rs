//! A process is killed around each commit, again and again: nothing that was acknowledged is lost.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

use atlas_migrations_journal::{
    Error, Location, Options, StreamId,
    event::{Event, Operation},
    open,
    state::Rejection,
    store::{Append, StreamFilter},
};
use rustix::process::{Signal, getpid, kill_process};

use crate::{
    contract::on_both_stores,
    races::check_invariants,
    support::{
        events,
        journal::{Kind, TestJournal, Worker},
    },
};

pub const LOCATION: &str = "JOURNAL_TEST_LOCATION";
const KILL_AT: &str = "JOURNAL_TEST_KILL_AT";
const ROUND: &str = "JOURNAL_TEST_ROUND";
/// How many passes of three kills are made on each store; the long version sets more.
const PASSES: &str = "JOURNAL_TEST_KILL_PASSES";
const POINTS: [&str; 3] = ["append.begin", "append.written", "append.committed"];

on_both_stores! {
    nothing_acknowledged_is_lost_when_the_process_is_killed,
    two_processes_that_run_at_once_allow_each_request_once,
}

/// Kills this process at the n-th pass of a point.
fn kill_at(point: &'static str) {
    static PASSES: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];
    let wanted = env::var(KILL_AT).unwrap_or_default();
    let Some((name, number)) = wanted.split_once(':') else { return };
    let place = POINTS.iter().position(|known| *known == point).expect("a known point");
    let pass = PASSES[place].fetch_add(1, Ordering::SeqCst) + 1;
    if name == point && number == pass.to_string() {
        kill_process(getpid(), Signal::KILL).unwrap();
    }
}

/// The program that is killed. Run as a test it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(location) = env::var(LOCATION) else { return };
    let location: Location = location.parse().unwrap();
    let mut options = Options::default();
    options.probe = Some(kill_at);
    let store = open(&location, options).await.unwrap();
    let runner = store.register(events::runner()).await.unwrap();
    let round: u32 = env::var(ROUND).unwrap_or_default().parse().unwrap_or(0);
    for number in 0..4 {
        let name = format!("r{round}m{number}");
        let (stream, first) = events::migration(&name);
        match store.create(stream, first).await {
            Ok(stored) => acknowledge(stored.stream, stored.seq),
            Err(Error::NameTaken { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        let mut filter = StreamFilter::default();
        filter.name = Some(name);
        let row = store.streams(filter).await.unwrap().remove(0);
        let claim = atlas_migrations_journal::store::Claim::these(runner, [row.id]).taking_over();
        // Another process may be faster by a moment.
        let Some(fence) = store.claim(claim).await.unwrap().fence(row.id) else { continue };
        let fence = atlas_migrations_journal::store::Fence { runner, fence };
        for op in [Operation::Create, Operation::Cutover] {
            let (row, _) = store.state(row.id).await.unwrap();
            match store.append(Append::intent(row.id, row.head, fence, events::intent(op))).await {
                Ok(stored) => {
                    acknowledge(row.id, stored.seq);
                    // Here the request would be sent.
                    println!("\nSENT {} {}", row.id, stored.seq);
                    let outcome = events::accepted(stored.seq, &events::id(round * 4 + number));
                    let outcome = store.append(Append::fact(row.id, outcome)).await.unwrap();
                    acknowledge(row.id, outcome.seq);
                }
                Err(Error::Rejected(_) | Error::Conflict { .. } | Error::FenceLost { .. }) => {}
                Err(error) => panic!("{error}"),
            }
            let ready = store.append(Append::fact(row.id, events::ready())).await.unwrap();
            acknowledge(row.id, ready.seq);
        }
    }
    println!("\nFINISHED");
}

/// Says that the journal acknowledged an event. A line that was written survives the process.
fn acknowledge(stream: StreamId, seq: u64) {
    println!("\nACK {stream} {seq}");
    std::io::stdout().flush().unwrap();
}

/// What a child said before it ended.
#[derive(Default)]
struct Said {
    acknowledged: BTreeMap<StreamId, u64>,
    sent: Vec<(StreamId, u64)>,
    finished: bool,
}

fn start(journal: &TestJournal, round: u32, kill_at: &str) -> std::process::Child {
    let location = match &journal.location {
        Location::Postgres(url) => url.clone(),
        _ => journal.path().display().to_string(),
    };
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture"])
        .env(LOCATION, location)
        .env(KILL_AT, kill_at)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn listen(child: &mut std::process::Child) -> Said {
    let mut said = Said::default();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["ACK", stream, seq] => {
                said.acknowledged.insert(stream.parse().unwrap(), seq.parse().unwrap());
            }
            ["SENT", stream, seq] => {
                said.sent.push((stream.parse().unwrap(), seq.parse().unwrap()));
            }
            ["FINISHED"] => said.finished = true,
            _ => {}
        }
    }
    child.wait().unwrap();
    said
}

async fn nothing_acknowledged_is_lost_when_the_process_is_killed(journal: TestJournal) {
    let store = journal.open().await;
    let (mut acknowledged, mut sent) = (BTreeMap::new(), Vec::new());
    let mut kills: u32 = 0;
    let passes: u32 = env::var(PASSES).ok().and_then(|passes| passes.parse().ok()).unwrap_or(10);
    for pass in 0..passes {
        for point in POINTS {
            // New migrations every few kills, so that each kind of event is met by a kill; each child goes on where the
            // last one died.
            let at = format!("{point}:{}", 1 + pass % 12);
            let said = listen(&mut start(&journal, pass / 3, &at));
            kills += u32::from(!said.finished);
            acknowledged.extend(said.acknowledged);
            sent.extend(said.sent);
            for (stream, seq) in &acknowledged {
                let records = store.read(*stream, 0).await.unwrap();
                assert!(records.len() as u64 >= *seq, "{at} lost event {seq} of {stream}");
                check_invariants(&records);
            }
        }
    }
    assert!(kills >= passes, "only {kills} children were killed");
    let report = store.verify().await.unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    check_sent(&store, &sent).await;
    store.quick_check().await.unwrap();
    eprintln!("{kills} kills, {} events, {} requests", report.events, sent.len());
}

/// Invariant 2: each request that was sent has an intent of its own that was committed before.
async fn check_sent(
    store: &std::sync::Arc<dyn atlas_migrations_journal::store::Store>,
    sent: &[(StreamId, u64)],
) {
    for (stream, seq) in sent {
        let record =
            store.read_one(*stream, *seq).await.unwrap().expect("the intent is in the journal");
        assert!(matches!(record.event, Event::Intent(_)));
        assert_eq!(sent.iter().filter(|other| **other == (*stream, *seq)).count(), 1);
        // One create and one cutover.
        assert!(sent.iter().filter(|(other, _)| other == stream).count() <= 2);
    }
}

async fn two_processes_that_run_at_once_allow_each_request_once(journal: TestJournal) {
    let store = journal.open().await;
    let mut sent = Vec::new();
    for round in 1..=4 {
        // One of the two dies in the middle, the other one goes on.
        let mut one = start(&journal, round, &format!("append.committed:{}", round * 2));
        let mut two = start(&journal, round, "");
        let listener = std::thread::spawn(move || listen(&mut one));
        let said = listen(&mut two);
        assert!(said.finished);
        sent.extend(said.sent);
        sent.extend(listener.join().unwrap().sent);
    }
    let rows = store.streams(StreamFilter::default()).await.unwrap();
    assert_eq!(rows.len(), 16);
    for row in rows {
        let records = store.read(row.id, 0).await.unwrap();
        check_invariants(&records);
        let requests = sent.iter().filter(|(stream, _)| *stream == row.id).count();
        assert!(requests <= 2, "{requests} requests for {}", row.name);
    }
    check_sent(&store, &sent).await;
    let report = store.verify().await.unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}

/// A lock of the operating system ends with its process, however that ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_of_a_killed_process_is_taken_over_at_once_on_sqlite() {
    let Some(journal) = TestJournal::new(Kind::Sqlite).await else { return };
    // By the clock of the killed process.
    let store = open(&journal.location, Options::default()).await.unwrap();
    let said = listen(&mut start(&journal, 0, "append.committed:2"));
    assert!(!said.finished);
    let stream = *said.acknowledged.keys().next().unwrap();
    let owner = store.state(stream).await.unwrap().0.owner.unwrap();
    let worker = Worker::claiming(&store, stream, false).await;
    assert_ne!(worker.runner(), owner);
    // The killed process may have sent its request: that stays so for 60 s.
    let error = worker.fact(events::runner_gone(2)).await.unwrap_err();
    assert!(matches!(error, Error::Rejected(Rejection::TooEarly { .. })), "{error}");
    assert!(worker.intent(events::intent(Operation::Create)).await.is_err());
}
