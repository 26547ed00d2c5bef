//! The metrics that the command serves.

use std::io::Write as _;
use std::net::TcpStream;

use atlas_simulator::Simulator;

use crate::GROUP;
use crate::atlas::{advance, atlas, cut_over, http, id};
use crate::process::{OFTEN, Process, code};

/// A command that serves metrics.
struct Served {
    going: Process,
    address: String,
}

impl Served {
    fn start(simulator: &Simulator, arguments: &[&str]) -> Self {
        let more = ["-o", "json", "--metrics", "0"];
        let arguments = [arguments, &OFTEN[..], &more].concat();
        let mut going = Process::start(simulator, &arguments);
        let note = going.stderr.until_line(|_| true);
        let url = note.strip_prefix("metrics are served at http://").unwrap();
        let address = url.strip_suffix("/metrics").unwrap().to_owned();
        Self { going, address }
    }

    fn scrape(&self) -> String {
        http(&self.address, "GET /metrics", "")
    }
}

/// Returns the value of a metric of the first migration.
pub fn value(response: &str, name: &str, more: &str) -> Option<f64> {
    let of = format!("project_id=\"{GROUP}\",live_migration_id=\"{0}\",name=\"{0}\"", id(0));
    let start = format!("atlas_live_migration_{name}{{{of}{more}}} ");
    let line = response.lines().find_map(|line| line.strip_prefix(&start));
    line.map(|value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_was_already_ready_has_only_a_latest_deadline_metric() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let mut served = Served::start(&simulator, &["watch", &id(0)]);
    served.going.until_ready();
    let response = served.scrape();
    let at_most = value(&response, "time_to_deadline_at_most_seconds", "").unwrap();
    assert!((431_000.0..=432_000.0).contains(&at_most), "{response}");
    assert_eq!(value(&response, "time_to_deadline_at_least_seconds", ""), None, "{response}");
    assert!(!response.contains("time_to_deadline_seconds"), "{response}");
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
        served.going.stderr.until("metrics are served for 10m more");
        let response = served.scrape();
        let status = format!(",status=\"{fate}\"");
        assert_eq!(value(&response, "status", &status), Some(1.0), "{response}");
        assert_eq!(value(&response, "ready_for_cutover", ""), Some(0.0), "{response}");
        assert_eq!(value(&response, "time_to_deadline_at_most_seconds", ""), None, "{response}");
        served.going.signal("TERM");
        assert_eq!(code(&served.going.end()), expected, "the outcome decides the exit code");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_signal_ends_the_command_without_lingering() {
    let simulator = atlas(1).await;
    let mut served = Served::start(&simulator, &["watch", &id(0), "--linger", "10m"]);
    served.going.until_status("NEW");
    served.going.signal("INT");
    assert_eq!(code(&served.going.end()), 130);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lingers_no_longer_than_requested() {
    let simulator = atlas(1).await;
    simulator.control().fail(GROUP, id(0)).unwrap();
    let served = Served::start(&simulator, &["watch", &id(0), "--linger", "20ms"]);
    assert_eq!(code(&served.going.end()), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_connections_do_not_delay_a_scrape() {
    let simulator = atlas(1).await;
    let mut served = Served::start(&simulator, &["watch", &id(0)]);
    served.going.until_status("NEW");
    let slow: Vec<TcpStream> = (0..300)
        .map(|number| {
            let mut stream = TcpStream::connect(&served.address).unwrap();
            // Some send nothing, some a part of a request.
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
