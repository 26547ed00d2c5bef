//! The metrics that the command serves.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use atlas_migrations_metrics::{Exporter, MetricType, families};
use atlas_simulator::Simulator;

use crate::GROUP;
use crate::atlas::{LIMIT, advance, atlas, cut_over, http, id};
use crate::journal::TestJournal;
use crate::process::{OFTEN, Process, code, configured, text};
use crate::promtool::promtool;
use crate::run_plan::{World, plan_text};

/// A command that serves metrics.
struct Served {
    going: Process,
    address: String,
}

impl Served {
    fn start(simulator: &Simulator, arguments: &[&str]) -> Self {
        let more = ["-o", "json", "--metrics", "0"];
        let arguments = [arguments, &OFTEN[..], &more].concat();
        Self::of(Process::start(simulator, &arguments))
    }

    fn of(mut going: Process) -> Self {
        let note = going.stderr.until_line(|line| line.contains("/metrics"));
        let url = note.strip_prefix("metrics are served at http://").unwrap();
        let address = url.strip_suffix("/metrics").unwrap().to_owned();
        Self { going, address }
    }

    fn scrape(&self) -> String {
        http(&self.address, "GET /metrics", "")
    }
}

/// Returns the value of a metric of the first migration of a watch.
pub fn value(response: &str, name: &str, more: &str) -> Option<f64> {
    let of =
        format!("plan=\"\",name=\"{0}\",project_id=\"{GROUP}\",live_migration_id=\"{0}\"", id(0));
    sample(response, &format!("atlas_live_migration_{name}{{{of}{more}}}"))
}

/// Returns the value of a series.
fn sample(response: &str, series: &str) -> Option<f64> {
    let line = response.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

/// Returns the state of the migration with a name, and checks that it is in no other.
pub fn state(response: &str, name: &str) -> Option<String> {
    let named = format!(",name=\"{name}\",");
    let is_state =
        |line: &&str| line.starts_with("atlas_live_migration_state{") && line.contains(&named);
    let mut current = response.lines().filter(is_state).filter(|line| line.ends_with(" 1"));
    let state = current.next()?.split("state=\"").nth(1)?.split('"').next()?;
    assert_eq!(current.next(), None, "{response}");
    Some(state.to_owned())
}

/// Returns the metrics of a response.
fn families_of(response: &str) -> BTreeSet<String> {
    let types = response.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

/// Checks that responses have all metrics of a command, no others, and that Prometheus accepts them.
fn check_scrapes(exporter: Exporter, responses: &[&str]) {
    let found: BTreeSet<_> = responses.iter().flat_map(|response| families_of(response)).collect();
    let of_exporter = families::ALL.iter().filter(|family| family.exporters.contains(&exporter));
    let expected: BTreeSet<_> = of_exporter.map(|family| family.name.to_owned()).collect();
    assert_eq!(found, expected);
    for response in responses {
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
        promtool(&["check", "metrics"], body);
        for family in families::ALL.iter().filter(|_| exporter == Exporter::Run) {
            let is_histogram = family.metric_type == MetricType::Histogram;
            let end = if is_histogram { "_bucket{" } else { "" };
            let series = format!("\n{}{end}", family.name);
            assert_eq!(body.contains(&series), families_of(response).contains(family.name));
        }
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_was_already_ready_has_only_a_latest_deadline_metric() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let mut served = Served::start(&simulator, &["watch", &id(0), "--linger", "0s"]);
    served.going.until_ready();
    let response = served.scrape();
    let deadline = "deadline_timestamp_seconds";
    let latest = value(&response, deadline, ",bound=\"latest\"").unwrap() - now();
    assert!((431_000.0..=432_000.0).contains(&latest), "{response}");
    assert_eq!(value(&response, deadline, ",bound=\"earliest\""), None, "{response}");
    let ready = value(&response, "ready_since_timestamp_seconds", "").unwrap();
    assert!((now() - ready).abs() < 900.0, "{response}");
    assert_eq!(state(&response, &id(0)).as_deref(), Some("ready"));
    assert_eq!(value(&response, "needs_person", ""), Some(1.0));
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(code(&served.going.end()), 8);
}

/// The bug: Prometheus never sees how a migration ended.
#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn the_last_state_is_served_while_it_lingers() {
    for (fate, expected, linger) in
        [("complete", 0, "2m"), ("failed", 8, "10m"), ("expired", 9, "10m")]
    {
        let simulator = atlas(1).await;
        advance(&simulator, 110);
        let id = id(0);
        let mut arguments = vec!["watch", &id];
        if linger != "2m" {
            arguments.extend(["--linger", linger]);
        }
        let mut served = Served::start(&simulator, &arguments);
        served.going.until_ready();
        match fate {
            "complete" => {
                cut_over(&simulator, 0);
                advance(&simulator, 30);
            }
            "failed" => simulator.control().fail(GROUP, &id).unwrap(),
            _ => advance(&simulator, 3600),
        }
        served.going.until(|event| event["event"] == "end");
        served.going.stderr.until(&format!("metrics are served for {linger} more"));
        let response = served.scrape();
        assert_eq!(state(&response, &id).as_deref(), Some(fate), "{response}");
        let needs_person = if fate == "complete" { 0.0 } else { 1.0 };
        assert_eq!(value(&response, "needs_person", ""), Some(needs_person), "{response}");
        for bound in [",bound=\"latest\"", ",bound=\"earliest\""] {
            assert_eq!(value(&response, "deadline_timestamp_seconds", bound), None, "{response}");
        }
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
    let mut served = Served::start(&simulator, &["watch", &id(0), "--linger", "0s"]);
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
    assert_eq!(state(&served.scrape(), &id(0)).as_deref(), Some("replicating"));
    drop(slow);
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(code(&served.going.end()), 8);
}

/// The bug: a page of another site reads the metrics of this computer, by a name that leads here.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_name_that_another_site_can_have_is_refused() {
    let simulator = atlas(1).await;
    let served = Served::start(&simulator, &["watch", &id(0), "--linger", "0s"]);
    let ask = |host: &str| {
        let mut stream = TcpStream::connect(&served.address).unwrap();
        write!(stream, "GET /metrics HTTP/1.1\r\nhost: {host}\r\n\r\n").unwrap();
        std::io::read_to_string(stream).unwrap()
    };
    for host in ["localhost:9464", "127.0.0.1", "[::1]:80"] {
        assert!(ask(host).starts_with("HTTP/1.1 200 "), "{host}");
    }
    for host in ["evil.example", "localhost.evil.example:9464", ""] {
        assert!(ask(host).starts_with("HTTP/1.1 421 "), "{host}");
    }
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(code(&served.going.end()), 8);
}

/// The bug: the table of metrics, the alerts and the dashboard promise a metric that is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_exports_the_metrics_that_are_documented() {
    let simulator = atlas(1).await;
    let mut served = Served::start(&simulator, &["watch", &id(0), "--linger", "0s"]);
    served.going.until_status("NEW");
    advance(&simulator, 110);
    served.going.until_ready();
    check_scrapes(Exporter::Watch, &[&served.scrape()]);
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(code(&served.going.end()), 8);
}

/// The bug: a migration that a run and a watch export is two alerts.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_by_name_has_the_plan_and_measures_the_journal() {
    let simulator = atlas(1).await;
    let journal = TestJournal::new();
    let plan = journal.start_plan(&plan_text(1, 0)).await;
    journal.adopt_in_plan(plan, "orders", &id(0)).await;
    let arguments = ["watch", "orders", "-o", "json", "--metrics", "0", "--linger", "0s"];
    let command = journal.command(&simulator, &[&arguments[..], &OFTEN].concat());
    let mut served = Served::of(Process::run(command, Stdio::null()));
    served.going.until_status("NEW");
    advance(&simulator, 110);
    served.going.until_ready();
    let labels = format!("plan=\"weekend\",name=\"orders\",project_id=\"{GROUP}\"");
    let series = format!("needs_person{{{labels},live_migration_id=\"{}\"}}", id(0));
    let count = "atlas_migrations_journal_append_duration_seconds_count";
    // The journal takes what the watch saw a moment later.
    let deadline = Instant::now() + LIMIT;
    loop {
        let response = served.scrape();
        let needs_person = sample(&response, &format!("atlas_live_migration_{series}"));
        assert_eq!(needs_person, Some(1.0), "{response}");
        if sample(&response, count) >= Some(2.0) {
            break;
        }
        assert!(Instant::now() < deadline, "{response}");
    }
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(code(&served.going.end()), 8);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_exports_the_metrics_that_are_documented_and_its_end_while_it_lingers() {
    let world = World::new(1, 1).await;
    world.add_hook("true");
    let run = world.run(&["--start", "-o", "json", "--metrics", "0"]);
    let mut served = Served::of(Process::run(run, Stdio::null()));
    let approve = |event: &serde_json::Value| {
        event["event"] == "waits" && event["waits_for"].as_str().unwrap().contains("approvals")
    };
    served.going.until(approve);
    let ready = served.scrape();
    assert_eq!(state(&ready, "orders").as_deref(), Some("waiting_for_approval"), "{ready}");
    let verdict = |verdict: &str| {
        sample(
            &ready,
            &format!("atlas_migrations_plan_verdict{{plan=\"weekend\",verdict=\"{verdict}\"}}"),
        )
    };
    assert_eq!((verdict("wait"), verdict("go")), (Some(1.0), Some(0.0)), "{ready}");
    assert_eq!(sample(&ready, "atlas_migrations_journal_up"), Some(1.0));
    let planned = sample(&ready, "atlas_migrations_journal_events_total{type=\"planned\"}");
    assert_eq!(planned, Some(1.0), "{ready}");
    assert!(sample(&ready, "atlas_migrations_journal_append_duration_seconds_count") > Some(3.0));

    let output = world.journal.run(&world.simulator, &["approve", "orders"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    served.going.stderr.until("metrics are served for 2m more");
    let ended = served.scrape();
    assert_eq!(state(&ended, "orders").as_deref(), Some("complete"), "{ended}");
    let over = sample(&ended, "atlas_migrations_plan_verdict{plan=\"weekend\",verdict=\"over\"}");
    assert_eq!(over, Some(1.0), "{ended}");
    let hook = "atlas_migrations_hook_deliveries_total{plan=\"weekend\",hook=\"true\",result=\"delivered\"}";
    assert!(sample(&ended, hook) >= Some(1.0), "{ended}");
    check_scrapes(Exporter::Run, &[&ready, &ended]);
    // Another run need not wait for the end of this one.
    assert!(world.journal.streams().await.iter().all(|row| row.owner.is_none()));
    served.going.signal("INT");
    assert_eq!(code(&served.going.end()), 0);
}

/// The bug: an alert in the night names a command that does not exist.
#[test]
fn the_commands_in_alerts_exist() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contrib/prometheus/alerts.yml");
    let alerts = std::fs::read_to_string(path).unwrap();
    let words: Vec<_> = alerts.split_whitespace().collect();
    let alerts = words.join(" ");
    let commands: BTreeSet<_> = alerts
        .split("`atlas-migrations ")
        .skip(1)
        .map(|rest| rest.split('`').next().unwrap().replace("{{ $labels.name }}", "orders"))
        .collect();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let arguments: Vec<_> = command.split(' ').collect();
        let mut command_line = configured("http://127.0.0.1:1", &arguments);
        // `serve` alone stays up; its help tells whether it exists.
        let output = command_line.arg("--help").output().unwrap();
        assert_eq!(code(&output), 0, "{command}: {}", text(&output.stderr));
    }
}
