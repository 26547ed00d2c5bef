//! A command that follows migrations, and a simulated Atlas that is moved while it does.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use atlas_simulator::{Clock, Control, LiveMigration, Project, Scenario, Simulator, Timeline};
use serde_json::Value;

use crate::{GROUP, configured};

/// Polls as often as the command may.
pub const OFTEN: [&str; 2] = ["--interval", "10ms"];

pub fn id(index: usize) -> String {
    format!("6296fb4c7c7aa997cf94e{index:03x}")
}

/// So many migrations that are new for 10 s, replicate for 100 s, are cut over in 30 s, and expire an hour
/// after they are ready, at a time that is moved by hand.
pub async fn atlas(migrations: usize) -> Simulator {
    let timeline = Timeline {
        new_seconds: 10,
        initial_lag_seconds: 200,
        replication_seconds: 100,
        cutover_seconds: 30,
        expires_after_ready_seconds: 3600,
        fails_after_seconds: None,
    };
    let migration =
        |index| LiveMigration { id: id(index), timeline: timeline.clone(), ..Default::default() };
    let live_migrations = (0..migrations).map(migration).collect();
    let project = Project { live_migrations, ..Project::default() };
    let scenario = Scenario { projects: vec![project], ..Scenario::default() };
    Simulator::builder().scenario(scenario).clock(Clock::manual()).start().await.unwrap()
}

pub fn advance(simulator: &Simulator, seconds: u64) {
    simulator.control().advance(Duration::from_secs(seconds)).unwrap();
}

/// Waits until whoever watches has seen how it stands now.
pub async fn looked_at(simulator: &Simulator) {
    let control = simulator.control();
    let before = control.request_count();
    // The first may have been answered before now.
    while control.request_count() < before + 2 {
        tokio::task::yield_now().await;
    }
}

/// How many cutovers were asked for.
pub fn cutovers(control: &Control) -> usize {
    let requests = control.requests();
    requests.iter().filter(|request| request.method() == "PUT").count()
}

pub fn cut_over(simulator: &Simulator, index: usize) {
    simulator.control().cut_over(GROUP, id(index)).unwrap();
}

/// The command while it runs.
pub struct Following {
    pub child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    seen: Vec<String>,
}

impl Following {
    /// What goes wrong does not go on for ever.
    pub fn start(simulator: &Simulator, arguments: &[&str]) -> Self {
        let mut command = configured(simulator.base_url(), arguments);
        if !arguments.contains(&"--timeout") {
            command.args(["--timeout", "1m"]);
        }
        Self::run(command)
    }

    pub fn run(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for a line that is so. What comes before it is passed over.
    pub fn until_line(&mut self, is_so: impl Fn(&str) -> bool) -> String {
        for line in &mut self.lines {
            let line = line.unwrap();
            self.seen.push(line.clone());
            if is_so(&line) {
                return line;
            }
        }
        panic!("it ended: {:#?}", self.seen);
    }

    /// Waits for an event that is so.
    pub fn until(&mut self, is_so: impl Fn(&Value) -> bool) -> Value {
        let line = self.until_line(|line| is_so(&serde_json::from_str(line).unwrap()));
        serde_json::from_str(&line).unwrap()
    }

    /// Waits until a migration is seen in a status.
    pub fn until_status(&mut self, status: &str) -> Value {
        self.until(|event| event["job"]["status"] == status)
    }

    /// Waits until a migration is seen ready.
    pub fn until_ready(&mut self) -> Value {
        self.until(|event| event["job"]["readyForCutover"] == true)
    }

    #[cfg(unix)]
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }

    /// The command with nobody to read what it says.
    pub fn stop_reading(self) -> Child {
        self.child
    }

    /// Waits for its end: all that it said.
    pub fn end(mut self) -> Output {
        self.seen.extend(self.lines.by_ref().map(Result::unwrap));
        let mut output = self.child.wait_with_output().unwrap();
        output.stdout =
            self.seen.iter().flat_map(|line| [line, "\n"].concat().into_bytes()).collect();
        output
    }
}

/// The events of an output in JSON, each of which says of what it is.
pub fn events(output: &Output) -> Vec<Value> {
    let lines = crate::text(&output.stdout).lines();
    let events: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &events {
        for name in ["event", "name", "group_id", "live_migration_id"] {
            assert!(event[name].is_string(), "{event}");
        }
    }
    events
}
