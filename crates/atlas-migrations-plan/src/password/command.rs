//! Reads a password from the standard output of a program.

use std::{path::Path, process::Stdio, time::Duration};

use atlas_migrations::Secret;
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
    time::timeout,
};

use crate::{
    secret_error::SecretProblem,
    secret_source::{MAX_SECRET_BYTES, checked, without_newline},
};

/// The time limit of a program.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs a program without a shell and returns what it writes to its standard output.
pub(super) async fn read(argv: &[String], folder: &Path) -> Result<Secret, SecretProblem> {
    let mut group = ProcessGroup::start(argv, folder).map_err(SecretProblem::Io)?;
    match timeout(LIMIT, group.output()).await {
        Ok(result) => checked(without_newline(result?)),
        Err(_) => Err(SecretProblem::Timeout(LIMIT.as_secs())),
    }
}

/// A program and what it starts. They are killed on drop, unless the program has ended.
struct ProcessGroup(Child);

impl ProcessGroup {
    fn start(argv: &[String], folder: &Path) -> std::io::Result<Self> {
        let (program, arguments) = argv.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program_path(program, folder));
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // It could have the password, for example in a trace of a script.
            .stderr(Stdio::null())
            .kill_on_drop(true);
        if !folder.as_os_str().is_empty() {
            command.current_dir(folder);
        }
        #[cfg(unix)]
        command.process_group(0);
        command.spawn().map(Self)
    }

    /// Reads the output to its end, and waits for the end of the program.
    async fn output(&mut self) -> Result<Vec<u8>, SecretProblem> {
        let mut bytes = Vec::new();
        if let Some(output) = self.0.stdout.take() {
            let limit = MAX_SECRET_BYTES + 3;
            output.take(limit).read_to_end(&mut bytes).await.map_err(SecretProblem::Io)?;
            if bytes.len() as u64 == limit {
                return Err(SecretProblem::TooLong(MAX_SECRET_BYTES));
            }
        }
        let status = self.0.wait().await.map_err(SecretProblem::Io)?;
        if status.success() { Ok(bytes) } else { Err(SecretProblem::Failed(status.code())) }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        // None after the program has ended: its number may belong to another process by now.
        #[cfg(unix)]
        if let Some(id) = self.0.id()
            && let Ok(id) = i32::try_from(id)
            && let Some(id) = rustix::process::Pid::from_raw(id)
        {
            // The group can be gone already; there is nobody to tell about it.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

/// Returns a relative program with a separator in the folder of the plan; others are looked up on `PATH`.
fn program_path(program: &str, folder: &Path) -> std::path::PathBuf {
    if program.contains(std::path::is_separator) {
        // An absolute folder, since the program is looked up after the change of the working folder.
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        folder.join(program)
    } else {
        program.into()
    }
}
