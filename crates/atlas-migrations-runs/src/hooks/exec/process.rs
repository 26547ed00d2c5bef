//! One run of a program: bounded in time and in output, alone in its process group.

use std::{ffi::OsString, io, path::Path, process::ExitStatus, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::unix::pipe,
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::hooks::run::{HookRun, RunEnd};

/// How long a program has to end after SIGTERM.
const KILL_AFTER: Duration = Duration::from_secs(5);

/// How long output is read after the end of the program: a process that it leaves behind may keep the pipe open.
const DRAIN: Duration = Duration::from_millis(500);

/// How much output is kept. The rest is read and dropped, so that the program does not wait.
const MAX_OUTPUT_BYTES: usize = 16 * 1024;

/// Sends a signal to a process group. On drop it kills the group, unless the program ended by itself.
struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // The group may have ended.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Runs a program in a folder and waits for its end. Processes that it leaves behind after it ended in time go on.
pub(crate) async fn run(
    argv: &[String],
    folder: &Path,
    environment: Vec<(OsString, OsString)>,
    input: &[u8],
    limit: Duration,
) -> HookRun {
    match start(argv, folder, environment) {
        Ok((child, output)) => follow(child, output, input, limit).await,
        Err(error) => {
            let program = argv.first().map_or("", String::as_str);
            let output = format!("cannot start `{program}`: {error}");
            HookRun { end: RunEnd::Failed, output }
        }
    }
}

fn start(
    argv: &[String],
    folder: &Path,
    environment: Vec<(OsString, OsString)>,
) -> io::Result<(Child, pipe::Receiver)> {
    let (program, arguments) =
        argv.split_first().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let (output, writer) = io::pipe()?;
    // A relative path with a slash would otherwise start at this process's folder.
    let program = if program.contains('/') { folder.join(program) } else { program.into() };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(environment)
        .process_group(0)
        .stdin(std::process::Stdio::piped())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    // The folder of a plan that is named without one is empty, and means this process's folder.
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let child = command.spawn()?;
    // The command holds the other ends of the pipe.
    drop(command);
    Ok((child, pipe::Receiver::from_owned_fd(output.into())?))
}

async fn follow(
    mut child: Child,
    mut pipe: pipe::Receiver,
    input: &[u8],
    limit: Duration,
) -> HookRun {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let mut group = ProcessGroup(pid);
    let stdin = child.stdin.take();
    let mut kept = Vec::new();
    let end = {
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program need not read its input.
                let _ = stdin.write_all(input).await;
            }
        };
        let exchange = async { tokio::join!(feed, collect(&mut pipe, &mut kept)) };
        let end = wait(&mut child, &group, limit);
        tokio::pin!(exchange, end);
        let mut exchanged = false;
        let end = loop {
            tokio::select! {
                end = &mut end => break end,
                _ = &mut exchange, if !exchanged => exchanged = true,
            }
        };
        if !exchanged {
            let _ = timeout(DRAIN, exchange).await;
        }
        end
    };
    // It ended by itself, or was killed.
    group.0 = None;
    let mut output = String::from_utf8_lossy(&kept).into_owned();
    if end == RunEnd::TimedOut {
        output = format!("stopped after {}; {output}", humantime::format_duration(limit));
    }
    HookRun { end, output }
}

/// Waits for the end of a program. At the time limit the whole group is asked to end, and killed if it does not.
async fn wait(child: &mut Child, group: &ProcessGroup, limit: Duration) -> RunEnd {
    tokio::select! {
        biased;
        status = child.wait() => return status.map_or(RunEnd::Failed, end_of),
        () = sleep(limit) => {}
    }
    group.signal(Signal::TERM);
    let _ = timeout(KILL_AFTER, child.wait()).await;
    group.signal(Signal::KILL);
    let _ = child.wait().await;
    RunEnd::TimedOut
}

fn end_of(status: ExitStatus) -> RunEnd {
    status.code().map_or(RunEnd::Signaled, RunEnd::Exited)
}

async fn collect(pipe: &mut pipe::Receiver, kept: &mut Vec<u8>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        let room = MAX_OUTPUT_BYTES.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(&buffer[..room]);
    }
}
