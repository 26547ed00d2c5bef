//! The metrics that the command serves.

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::TcpStream;
use std::process::ChildStderr;
use std::time::Duration;

use atlas_simulator::Simulator;

use crate::following::{Following, OFTEN, advance, atlas, cut_over, id};
use crate::{GROUP, code};

/// A command that serves metrics.
struct Served {
    going: Following,
    notes: Lines<BufReader<ChildStderr>>,
    address: String,
}

impl Served {
    fn start(simulator: &Simulator, arguments: &[&str]) -> Self {
        let more = ["-o", "json", "--metrics", "0"];
        let arguments = [arguments, &OFTEN[..], &more].concat();
        let mut going = Following::start(simulator, &arguments);
        let mut notes = BufReader::new(going.child.stderr.take().unwrap()).lines();
        let note = notes.next().unwrap().unwrap();
        let url = note.strip_prefix("metrics are served at http://").unwrap();
        let address = url.strip_suffix("/metrics").unwrap().to_owned();
        Self { going, notes, address }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    fn scrape(&self) -> String {
        let mut stream = self.connect();
        // Far less than slow connections may take.
        stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        write!(stream, "GET /metrics HTTP/1.1\r\nhost: {}\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Waits until stderr says so.
    fn until_note(&mut self, part: &str) {
        assert!(self.notes.any(|note| note.unwrap().contains(part)), "{part}");
    }
}

/// The value of a metric of the first migration.
fn value(answer: &str, name: &str, more: &str) -> Option<f64> {
    let of = format!("project_id=\"{GROUP}\",live_migration_id=\"{0}\",name=\"{0}\"", id(0));
    let start = format!("atlas_live_migration_{name}{{{of}{more}}} ");
    let line = answer.lines().find_map(|line| line.strip_prefix(&start));
    line.map(|value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_that_was_ready_before_only_the_most_that_is_left_is_told() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let mut served = Served::start(&simulator, &["watch", &id(0)]);
    served.going.until_ready();
    let answer = served.scrape();
    let at_most = value(&answer, "time_to_deadline_at_most_seconds", "").unwrap();
    assert!((431_000.0..=432_000.0).contains(&at_most), "{answer}");
    assert_eq!(value(&answer, "time_to_deadline_at_least_seconds", ""), None, "{answer}");
    assert!(!answer.contains("time_to_deadline_seconds"), "{answer}");
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(code(&served.going.end()), 8);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn the_last_state_is_served_while_it_lingers() {
    for (fate, expected) in [("COMPLETE", 0), ("FAILED", 8), ("EXPIRED", 9)] {
        let simulator = atlas(1).await;
        advance(&simulator, 110);
        let mut served = Served::start(&simulator, &["watch", &id(0), "--linger", "10m"]);
        served.going.until_ready();
        match fate {
            "COMPLETE" => {
                cut_over(&simulator, 0);
                advance(&simulator, 30);
            }
            "FAILED" => simulator.control().fail(GROUP, id(0)).unwrap(),
            _ => advance(&simulator, 3600),
        }
        served.going.until(|event| event["event"] == "end");
        served.until_note("metrics are served for 10m more");
        let answer = served.scrape();
        let status = format!(",status=\"{fate}\"");
        assert_eq!(value(&answer, "status", &status), Some(1.0), "{answer}");
        assert_eq!(value(&answer, "ready_for_cutover", ""), Some(0.0), "{answer}");
        assert_eq!(value(&answer, "time_to_deadline_at_most_seconds", ""), None, "{answer}");
        served.going.signal("TERM");
        assert_eq!(code(&served.going.end()), expected, "what became of it decides");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn who_was_told_to_stop_does_not_linger() {
    let simulator = atlas(1).await;
    let mut served = Served::start(&simulator, &["watch", &id(0), "--linger", "10m"]);
    served.going.until_status("NEW");
    served.going.signal("INT");
    assert_eq!(code(&served.going.end()), 130);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lingers_no_longer_than_told() {
    let simulator = atlas(1).await;
    simulator.control().fail(GROUP, id(0)).unwrap();
    let served = Served::start(&simulator, &["watch", &id(0), "--linger", "20ms"]);
    assert_eq!(code(&served.going.end()), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_connections_delay_no_scrape() {
    let simulator = atlas(1).await;
    let mut served = Served::start(&simulator, &["watch", &id(0)]);
    served.going.until_status("NEW");
    let slow: Vec<TcpStream> = (0..300)
        .map(|number| {
            let mut stream = served.connect();
            // Some say nothing, some begin.
            if number % 2 == 0 {
                stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\n").unwrap();
            }
            stream
        })
        .collect();
    assert_eq!(value(&served.scrape(), "status", ",status=\"NEW\""), Some(1.0));
    drop(slow);
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(code(&served.going.end()), 8);
}
