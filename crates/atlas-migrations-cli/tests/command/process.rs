//! Runs the command as a process and reads what it prints.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;

use atlas_simulator::Simulator;
use serde_json::Value;

use crate::atlas::{GROUP, LIMIT, TOKEN};

/// The shortest poll interval that the command allows.
pub const OFTEN: [&str; 2] = ["--interval", "10ms"];

/// Returns the command, without Atlas settings in its environment.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-migrations"));
    let inherited = std::env::vars_os().map(|(name, _)| name);
    let is_ours =
        |name: &str| ["MONGODB_ATLAS_", "MCLI_"].iter().any(|ours| name.starts_with(ours));
    for name in inherited.filter(|name| is_ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    // There is no profile, and tests share no token cache.
    let nowhere = env!("CARGO_TARGET_TMPDIR");
    for folder in ["HOME", "XDG_CONFIG_HOME", "AppData"] {
        command.env(folder, format!("{nowhere}/no-such-folder"));
    }
    command.env_remove("ATLAS_MIGRATIONS_JOURNAL").env("XDG_STATE_HOME", new_state_folder());
    command.env("ATLAS_MIGRATIONS_TOKEN_CACHE", "none").args(arguments);
    command
}

/// Returns a folder in which there is no journal yet. Commands that share a journal get the same folder.
pub fn new_state_folder() -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("state-{number}"));
    // An earlier run of the tests may have left it.
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// Returns the command with a base URL, a token and a project in its environment.
pub fn configured(base_url: &str, arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command
        .env("MONGODB_ATLAS_BASE_URL", base_url)
        .env("MONGODB_ATLAS_ACCESS_TOKEN", TOKEN)
        .env("MONGODB_ATLAS_PROJECT_ID", GROUP);
    command
}

/// Returns the same without a project.
pub fn without_project(base_url: &str, arguments: &[&str]) -> Command {
    let mut command = configured(base_url, arguments);
    command.env_remove("MONGODB_ATLAS_PROJECT_ID");
    command
}

/// Runs a command through another program, in the same environment.
#[cfg(unix)]
pub fn through(wrapper: &[&str], inner: &Command) -> Command {
    let mut command = Command::new(wrapper[0]);
    command.args(&wrapper[1..]).arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// Runs a command with this text on stdin.
pub fn with_stdin(command: &mut Command, text: &str) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read stdin may end first.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait_with_output().unwrap()
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Returns the exit code, and checks that the output contains no credential and no panic.
pub fn code(output: &Output) -> i32 {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(!out.contains(TOKEN) && !err.contains(TOKEN), "{out}{err}");
    assert!(!err.contains("panicked"), "{err}");
    output.status.code().unwrap()
}

/// Sends a signal, such as `INT`, to a process.
#[cfg(unix)]
pub fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
}

/// Reads the output of a process, and keeps all of it.
pub struct Reader<R> {
    pub source: R,
    seen: Vec<u8>,
    /// Where the next line starts.
    line: usize,
}

impl<R: Read> Reader<R> {
    pub fn new(source: R) -> Self {
        Self { source, seen: Vec::new(), line: 0 }
    }

    /// Returns everything that was read.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Reads more. Returns false at the end.
    pub fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        // Reading from a terminal fails once the other side is closed.
        let length = self.source.read(&mut bytes).unwrap_or(0);
        self.seen.extend(&bytes[..length]);
        length > 0
    }

    pub fn read_to_end(&mut self) {
        while self.read() {}
    }

    /// Waits for a text.
    pub fn until(&mut self, text: &str) {
        self.until_after(0, text);
    }

    /// Waits for a text after the first `start` bytes.
    pub fn until_after(&mut self, start: usize, text: &str) {
        while !String::from_utf8_lossy(&self.seen[start..]).contains(text) {
            assert!(self.read(), "the output ended before {text:?}: {}", self.text());
        }
    }

    /// Waits for a matching line. Skips the lines before it.
    pub fn until_line(&mut self, matches: impl Fn(&str) -> bool) -> String {
        loop {
            while let Some(length) = self.seen[self.line..].iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8_lossy(&self.seen[self.line..][..length]).into_owned();
                self.line += length + 1;
                if matches(&line) {
                    return line;
                }
            }
            assert!(self.read(), "the output ended: {}", self.text());
        }
    }
}

/// Kills a process that runs longer than [`LIMIT`], so that no test waits for it forever.
pub struct Watchdog {
    _ended: Sender<()>,
}

impl Watchdog {
    pub fn new(child: &Child) -> Self {
        let id = child.id().to_string();
        let (sender, ended) = channel();
        thread::spawn(move || {
            if ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                let _ = Command::new("kill").args(["-s", "KILL", &id]).status();
            }
        });
        Self { _ended: sender }
    }
}

/// The command while it runs.
pub struct Process {
    pub child: Child,
    pub stdout: Reader<ChildStdout>,
    pub stderr: Reader<ChildStderr>,
    _watchdog: Watchdog,
}

impl Process {
    /// Starts the command with an empty stdin.
    pub fn start(simulator: &Simulator, arguments: &[&str]) -> Self {
        Self::run(configured(simulator.base_url(), arguments), Stdio::null())
    }

    pub fn run(mut command: Command, stdin: Stdio) -> Self {
        let command = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        Self {
            stdout: Reader::new(child.stdout.take().unwrap()),
            stderr: Reader::new(child.stderr.take().unwrap()),
            _watchdog: Watchdog::new(&child),
            child,
        }
    }

    /// Waits for a matching line on stdout.
    pub fn until_line(&mut self, matches: impl Fn(&str) -> bool) -> String {
        self.stdout.until_line(matches)
    }

    /// Waits for a matching event on stdout.
    pub fn until(&mut self, matches: impl Fn(&Value) -> bool) -> Value {
        let line = self.until_line(|line| matches(&serde_json::from_str(line).unwrap()));
        serde_json::from_str(&line).unwrap()
    }

    /// Waits until a migration has a status.
    pub fn until_status(&mut self, status: &str) -> Value {
        self.until(|event| event["job"]["status"] == status)
    }

    /// Waits until a migration is ready.
    pub fn until_ready(&mut self) -> Value {
        self.until(|event| event["job"]["readyForCutover"] == true)
    }

    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Closes stdout.
    pub fn stop_reading(self) -> Child {
        let Self { mut child, stderr, .. } = self;
        child.stderr = Some(stderr.source);
        child
    }

    /// Waits for the end. Returns the whole output.
    pub fn end(mut self) -> Output {
        self.stdout.read_to_end();
        self.stderr.read_to_end();
        let status = self.child.wait().unwrap();
        Output { status, stdout: self.stdout.seen, stderr: self.stderr.seen }
    }

    /// Waits for the end. Returns the exit code, stdout and stderr.
    pub fn outcome(self) -> (i32, String, String) {
        let output = self.end();
        (code(&output), text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
    }
}

/// Returns the JSON events of an output, each of which names its migration.
pub fn events(output: &Output) -> Vec<Value> {
    let lines = text(&output.stdout).lines();
    let events: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &events {
        for name in ["event", "at", "name", "project_id", "live_migration_id"] {
            assert!(event[name].is_string(), "{event}");
        }
    }
    events
}
