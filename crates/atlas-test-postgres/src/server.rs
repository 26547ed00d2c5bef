//! A real PostgreSQL server in a temporary folder, ended with this process.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use rustix::process::{Pid, Signal};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

static SHARED: OnceCell<Option<Server>> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Set to `1` where a missing PostgreSQL is a failure.
const REQUIRED: &str = "ATLAS_REQUIRE_POSTGRES";

/// A server. It ends, and its folder is removed, when it is dropped or this process ends.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    settings: &'static str,
    /// The shell that started the server and ends it when its input closes.
    shell: Option<Child>,
}

/// Returns the server that the tests of this process share, or `None` where there is no PostgreSQL.
pub async fn shared() -> Option<&'static Server> {
    // Durability is not what these tests are about.
    SHARED.get_or_init(|| Server::start("-c fsync=off")).await.as_ref()
}

impl Server {
    /// Starts a server of its own, or says loudly that there is none.
    pub async fn start(settings: &'static str) -> Option<Self> {
        let Some(programs) = find_programs() else {
            assert!(
                std::env::var_os(REQUIRED).is_none_or(|value| value != "1"),
                "{REQUIRED}=1, and neither PATH nor /usr/lib/postgresql has `initdb` and `postgres`"
            );
            eprintln!(
                "SKIPPED: no PostgreSQL on PATH or in /usr/lib/postgresql ({REQUIRED}=1 makes this a failure)"
            );
            return None;
        };
        let folder = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp").unwrap();
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let mut server = Self { folder, programs, user, settings, shell: None };
        let init = "initdb --pgdata=data --auth=trust --username=owner --encoding=UTF8 --locale=C --no-sync --no-instructions";
        let output = server.command(init).output().unwrap();
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        server.run().await;
        Some(server)
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).current_dir(self.folder.path());
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.programs.display()));
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Starts the server and waits until it takes connections.
    pub async fn run(&mut self) {
        // The server ends when this process does, in whatever way: then the input of the shell closes.
        let script = format!(
            "exec 3<&0; postgres -D data -k \"$PWD\" -c listen_addresses='' {} >>log 2>&1 & server=$!; \
             (read _ <&3; kill -QUIT $server; while kill -0 $server; do sleep 0.1; done; [ -e keep ] || rm -rf \"$PWD\") >/dev/null 2>&1 & wait $server",
            self.settings
        );
        let shell = self
            .command(&script)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.shell = Some(shell.unwrap());
        let mut last = String::new();
        for _ in 0..300 {
            match PgConnection::connect(&self.url("postgres")).await {
                Ok(_) => return,
                Err(error) => last = error.to_string(),
            }
            // A real process starts in its own time.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!(
            "the server does not start: {last}\n{}",
            fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
        );
    }

    /// Returns the URL of a database, by the socket.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://owner@{folder}/{database}")
    }

    /// Creates an empty database and returns its URL.
    pub async fn new_database(&self) -> String {
        let name =
            format!("test{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::SeqCst));
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        let sql = format!("CREATE DATABASE {name}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        self.url(&name)
    }

    /// Returns the folder of the socket.
    pub fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of the data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Ends the server at once, as a crash does, and waits for its end.
    pub fn crash(&mut self) {
        // Without this the shell removes the data when it ends.
        fs::write(self.folder.path().join("keep"), "").unwrap();
        let pid = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid: i32 = pid.lines().next().unwrap().trim().parse().unwrap();
        rustix::process::kill_process(Pid::from_raw(pid).unwrap(), Signal::QUIT).unwrap();
        self.shell.take().unwrap().wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            let _ = shell.wait();
        }
    }
}

fn find_programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let has = |folder: &Path, program: &str| folder.join(program).exists();
    folders.into_iter().find(|folder| has(folder, "initdb") && has(folder, "postgres"))
}

/// PostgreSQL refuses to run as root.
fn unprivileged() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let fields: Vec<_> = users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|line| line[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).or(Some((65534, 65534)))
}
