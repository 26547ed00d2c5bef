//! Signals while something is sent that changes something, before that, and while migrations are followed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use atlas_simulator::{Fault, FaultRule, Simulator};
use serde_json::Value;

use crate::following::{Following, OFTEN, advance, atlas, cutovers, id};
use crate::requests::parts;
use crate::{MIGRATION, configured, simulator, text};

const NOTE: &str = "stopping once the answer is there; a second signal stops at once\n";
#[cfg(target_os = "linux")]
const SIGNALS: &[&str] = &["INT", "TERM", "HUP"];
/// Elsewhere a hang-up counts only where there is a terminal.
#[cfg(not(target_os = "linux"))]
const SIGNALS: &[&str] = &["INT", "TERM"];

/// A proxy before a service that lets each answer through once it is told to.
pub struct Gate {
    pub url: String,
    pub open: Sender<()>,
}

impl Gate {
    pub fn before(url: &str) -> Self {
        let service = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (open, opened) = channel();
        thread::spawn(move || {
            for client in listener.incoming() {
                let mut client = client.unwrap();
                let mut service = TcpStream::connect(&service).unwrap();
                let (mut from, mut to) =
                    (client.try_clone().unwrap(), service.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut from, &mut to));
                let mut answer = vec![0; 65_536];
                loop {
                    let read = service.read(&mut answer).unwrap_or(0);
                    if read == 0 || opened.recv().is_err() {
                        break;
                    }
                    client.write_all(&answer[..read]).unwrap();
                }
            }
        });
        Self { url, open }
    }
}

/// A command whose stderr is read while it runs.
struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    told: String,
}

impl Running {
    fn start(url: &str, arguments: &[&str]) -> Self {
        let mut command = configured(url, arguments);
        command.env("MONGODB_ATLAS_ORG_ID", "4888442a3354817a7320eb61");
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr, told: String::new() }
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }

    /// Waits until this is told on stderr.
    fn until(&mut self, text: &str) {
        let mut byte = [0];
        while !self.told.contains(text) {
            assert_eq!(self.stderr.read(&mut byte).unwrap(), 1, "it ended: {}", self.told);
            self.told.push(byte[0].into());
        }
    }

    /// Its exit code, what it said and what it told.
    fn end(mut self) -> (i32, String, String) {
        let mut line = String::new();
        while self.stderr.read_line(&mut line).unwrap() > 0 {}
        let output = self.child.wait_with_output().unwrap();
        let told = self.told + &line;
        assert!(!told.contains("panicked"), "{told}");
        (output.status.code().unwrap(), text(&output.stdout).to_owned(), told)
    }
}

/// How many requests of a method have arrived.
fn requests(simulator: &Simulator, method: &str) -> usize {
    let requests = simulator.control().requests();
    requests.iter().filter(|request| request.method() == method).count()
}

/// Waits until a first request of a method has arrived.
async fn arrived(simulator: &Simulator, method: &str) {
    while requests(simulator, method) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_signal_lets_a_change_come_to_its_end_and_tells_what_came_of_it() {
    let managed = [&parts()[..], &["--source-managed-authentication"]].concat();
    for signal in SIGNALS {
        let simulator = simulator().await;
        let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("body.json");
        std::fs::write(&file, "{\"accessListIps\": []}").unwrap();
        let file = file.to_str().unwrap().to_owned();
        let create = [&["create"], &managed[..]].concat();
        let validate = [&["validate"], &managed[..]].concat();
        for (arguments, method, shown, said) in [
            (&["link", "create"][..], "POST", "", "a link token was created"),
            (&["link", "delete", "--yes"], "DELETE", "removed", "the link of organization"),
            (&["cutover", &ready, "--yes"], "PUT", "started", "the cutover of migration"),
            (&create, "POST", "NEW", "was created in project"),
            (&validate, "POST", "PENDING", "was started"),
            (&["api", "createOrgLiveMigrationLinkToken", "--file", &file], "POST", "{", "201"),
        ] {
            let gate = Gate::before(simulator.base_url());
            let before = requests(&simulator, method);
            let mut running = Running::start(&gate.url, arguments);
            while requests(&simulator, method) == before {
                tokio::task::yield_now().await;
            }
            running.signal(signal);
            running.until(NOTE);
            gate.open.send(()).unwrap();
            let (code, out, told) = running.end();
            assert_eq!(code, 130, "{arguments:?} {told}");
            assert!(out.contains(shown), "{arguments:?} {out}");
            assert!(told.contains("error: interrupted; ") && told.contains(said), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_ends_it_and_says_how_to_find_out() {
    let simulator = simulator().await;
    let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
    simulator.control().inject(FaultRule::new(Fault::StallHeaders));
    let mut running = Running::start(simulator.base_url(), &["cutover", &ready, "--yes"]);
    arrived(&simulator, "PUT").await;
    running.signal("INT");
    running.until(NOTE);
    running.signal("TERM");
    let (code, out, told) = running.end();
    assert_eq!((code, out.as_str()), (130, ""), "{told}");
    assert!(told.contains("it may have taken effect"), "{told}");
    assert!(
        told.contains(&format!("hint: find out with `atlas-migrations describe {ready}")),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_signal_nothing_is_sent_again() {
    let simulator = simulator().await;
    let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
    let limited = Fault::RateLimited { retry_after: Some(60) };
    simulator.control().inject(FaultRule::new(limited));
    let running = Running::start(simulator.base_url(), &["cutover", &ready, "--yes"]);
    arrived(&simulator, "PUT").await;
    // It comes before the answer or while the program waits to send it again: either way it is not.
    running.signal("INT");
    let (code, _, told) = running.end();
    assert_eq!(code, 130, "{told}");
    assert!(told.contains("was sent again; nothing was changed"), "{told}");
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_is_sent_a_signal_ends_it_and_says_that_nothing_was_changed() {
    let simulator = simulator().await;
    let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
    let dropping =
        [&["create"], &parts()[..], &["--source-managed-authentication", "--drop"]].concat();
    for signal in SIGNALS {
        for arguments in [&["cutover", &ready][..], &["link", "delete"], &dropping] {
            let mut running = Running::start(simulator.base_url(), arguments);
            running.until("[y/N] ");
            running.signal(signal);
            let (code, out, told) = running.end();
            assert_eq!((code, out.as_str()), (130, ""), "{told}");
            assert!(told.ends_with("error: interrupted; nothing was changed\n"), "{told}");
        }
    }
    let requests = simulator.control().requests();
    assert!(requests.iter().all(|request| request.method() == "GET"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validation_that_is_waited_for_goes_on_and_no_migration_is_created() {
    let simulator = simulator().await;
    for (first, said) in [
        (&["create", "--validate-first"][..], "no migration was created, and validation"),
        (&["validate", "--wait"], "goes on"),
    ] {
        let before = simulator.control().request_count();
        let arguments = [first, &["--source-managed-authentication"], &parts()[..]].concat();
        let running = Running::start(simulator.base_url(), &arguments);
        // It asks for what came of it.
        while simulator.control().request_count() < before + 2 {
            tokio::task::yield_now().await;
        }
        running.signal("INT");
        let (code, _, told) = running.end();
        assert_eq!(code, 130, "{told}");
        assert!(told.contains(said) && told.contains("atlas-migrations validation "), "{told}");
    }
    assert!(simulator.control().created_live_migrations(crate::GROUP).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_json_an_interrupted_change_is_one_object() {
    let simulator = simulator().await;
    simulator.control().inject(FaultRule::new(Fault::StallHeaders));
    let arguments =
        [&["create", "-o", "json", "--source-managed-authentication"], &parts()[..]].concat();
    let running = Running::start(simulator.base_url(), &arguments);
    arrived(&simulator, "POST").await;
    running.signal("INT");
    running.signal("TERM");
    let (code, out, told) = running.end();
    assert_eq!((code, out.as_str()), (130, ""));
    let error: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&error["exit_code"], &error["may_have_taken_effect"]), (&130.into(), &true.into()));
    assert!(error["hint"].as_str().unwrap().contains("Atlas UI"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_shot_commands_heed_signals_while_nobody_reads_what_they_print() {
    let simulator = simulator().await;
    let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
    let body = format!("{{\"_id\": \"{MIGRATION}\", \"x\": \"{}\"}}", "x".repeat(1 << 20));
    let large = Fault::Respond { status: 200, content_type, body };
    simulator.control().inject(FaultRule::new(large));
    let mut running = Running::start(simulator.base_url(), &["describe", MIGRATION, "-o", "json"]);
    let mut byte = [0];
    running.child.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
    running.signal("TERM");
    running.until("interrupted; nothing was changed");
    assert_eq!(running.child.wait().unwrap().code(), Some(130));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn a_hang_up_ends_a_watch_as_other_signals_do() {
    let simulator = atlas(2).await;
    advance(&simulator, 60);
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("chart.svg");
    let (first, second) = (id(0), id(1));
    let arguments = ["watch", &first, &second, "--chart", chart.to_str().unwrap()];
    let mut watch = Following::start(&simulator, &[&arguments[..], &OFTEN[..]].concat());
    watch.until_line(|line| line.contains(&id(0)));
    watch.signal("HUP");
    let output = watch.end();
    assert_eq!(crate::code(&output), 130);
    let out = text(&output.stdout);
    assert!(out.ends_with("interrupted\n") && out.contains("100 s"), "{out}");
    assert!(std::fs::read_to_string(&chart).unwrap().contains("interrupted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn under_nohup_a_hang_up_is_nothing() {
    let simulator = atlas(1).await;
    let mut plain = configured(simulator.base_url(), &[]);
    let program = plain.get_program().to_owned();
    let first = id(0);
    let mut nohup = Command::new("nohup");
    nohup.arg(program).args(["watch", &first, "--timeout", "1m"]).args(OFTEN);
    for (name, value) in plain.env("NO_COLOR", "1").get_envs() {
        match value {
            Some(value) => nohup.env(name, value),
            None => nohup.env_remove(name),
        };
    }
    let mut watch = Following::run(nohup);
    watch.until_line(|line| line.contains("NEW"));
    watch.signal("HUP");
    advance(&simulator, 10);
    watch.until_line(|line| line.contains("WORKING"));
    simulator.control().fail(crate::GROUP, id(0)).unwrap();
    let output = watch.end();
    assert_eq!(crate::code(&output), 8, "{}", text(&output.stderr));
}
