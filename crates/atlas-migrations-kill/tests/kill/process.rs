//! One start of the program.

use std::{
    fs::File,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use atlas_migrations_journal::StreamId;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{process::Command, sync::watch};

use crate::{child, command, driver::Badness, plan_file, world::World};

static STARTS: AtomicU32 = AtomicU32::new(0);

/// A process, which may be dead.
#[derive(Clone, Debug)]
pub struct Process {
    pid: watch::Receiver<Option<Pid>>,
    end: watch::Receiver<Option<End>>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// The migration ended.
    Done,
    Killed,
    /// It failed. Two that start a plan at once can get in each other's way; once more it must go on.
    Failed,
}

/// How a process is started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    pub base_url: String,
    pub kill_at: Option<String>,
    pub stop_at: Option<String>,
    pub take_over: bool,
    pub badness: Option<Badness>,
    /// Of the command, if it does not run the plan.
    pub arguments: Vec<&'static str>,
}

/// Sets up a process that is not started yet, so that its proxy can know it.
pub fn prepare() -> (Process, Starter) {
    let (pid, pid_receiver) = watch::channel(None);
    let (end, end_receiver) = watch::channel(None);
    (Process { pid: pid_receiver, end: end_receiver }, Starter { pid, end })
}

pub struct Starter {
    pid: watch::Sender<Option<Pid>>,
    end: watch::Sender<Option<End>>,
}

impl Starter {
    pub fn start(self, world: &World, start: &Start) {
        let number = STARTS.fetch_add(1, Ordering::SeqCst);
        let log = File::create(world.path(&format!("{number}.log"))).unwrap();
        let mut command = match (world.stream, command::path()) {
            (None, Some(path)) if !start.arguments.is_empty() => {
                command::with_arguments(path, world, &start.base_url, &start.arguments)
            }
            (None, Some(path)) => command::run_plan(path, world, &start.base_url, start.take_over),
            (stream, _) => this_program(world, start, stream),
        };
        command
            .env("RUST_BACKTRACE", "0")
            .kill_on_drop(true)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let (name, password) = plan_file::environment();
        command.env(name, password);
        if let Some(kill_at) = &start.kill_at {
            command.env(atlas_migrations_runs::kill_points::VARIABLE, kill_at);
        }
        if let Some(stop_at) = &start.stop_at {
            command.env(atlas_migrations_runs::kill_points::STOP_VARIABLE, stop_at);
        }
        let mut child = command.spawn().unwrap();
        let pid = i32::try_from(child.id().unwrap()).unwrap();
        self.pid.send_replace(Pid::from_raw(pid));
        let end = self.end;
        tokio::spawn(async move {
            let status = child.wait().await.unwrap();
            let how = match status.code() {
                Some(0) => End::Done,
                Some(_) => End::Failed,
                None => End::Killed,
            };
            end.send_replace(Some(how));
        });
    }
}

/// Returns a start of this test program as the program that is killed.
fn this_program(world: &World, start: &Start, stream: Option<StreamId>) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child::child", "--nocapture"])
        .env(child::LOCATION, world.location_text())
        .env(child::BASE_URL, &start.base_url)
        .env(child::FOLDER, world.folder.path());
    if let Some(stream) = stream {
        command.env(child::STREAM, stream.to_string());
    }
    if start.take_over {
        command.env(child::TAKE_OVER, "1");
    }
    if let Some(badness) = start.badness {
        command.env(child::BADNESS, format!("{badness:?}"));
    }
    command
}

impl Process {
    async fn pid(&self) -> Pid {
        let mut pid = self.pid.clone();
        pid.wait_for(Option::is_some).await.unwrap().unwrap()
    }

    pub async fn signal(&self, signal: Signal) {
        let pid = self.pid().await;
        // A dead process is reaped at once, and its number may be another's.
        if self.end.borrow().is_none() {
            let _ = kill_process(pid, signal);
        }
    }

    /// Kills it and waits until it is dead.
    pub async fn kill(&self) {
        self.signal(Signal::KILL).await;
        self.ended().await;
    }

    pub async fn ended(&self) -> End {
        let mut end = self.end.clone();
        let end = end.wait_for(Option::is_some).await.unwrap();
        end.unwrap()
    }

    /// Returns whether it is stopped by a signal.
    pub async fn is_stopped(&self) -> bool {
        let pid = self.pid().await.as_raw_nonzero();
        std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')))
    }
}

/// Counts kills that happened.
#[derive(Clone, Debug, Default)]
pub struct Count(Arc<AtomicU32>);

impl Count {
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}
