//! A proxy before a PostgreSQL server that loses the response to one commit.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::Notify,
};

/// What the proxy does with the next commit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Loss {
    /// The server commits; the client never hears of it.
    Response,
    /// The client loses its connection; the commit reaches the server only when the client asks for its fate.
    Late,
    /// The commit never reaches the server.
    Request,
    /// The server commits, and no later connection gets through until [`Proxy::open_again`].
    ResponseAndMore,
}

pub struct Proxy {
    folder: TempDir,
    state: Arc<State>,
}

struct State {
    loss: Loss,
    armed: AtomicBool,
    closed: AtomicBool,
    asked: Notify,
}

impl Proxy {
    pub fn start(server: &Path, loss: Loss) -> Self {
        let folder = tempfile::Builder::new().prefix("px").tempdir_in("/tmp").unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let state = Arc::new(State {
            loss,
            armed: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            asked: Notify::new(),
        });
        let (server, shared) = (server.join(".s.PGSQL.5432"), state.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if shared.closed.load(Ordering::SeqCst) {
                    continue;
                }
                let server = UnixStream::connect(&server).await.unwrap();
                tokio::spawn(forward(client, server, shared.clone()));
            }
        });
        Self { folder, state }
    }

    /// Loses the next commit.
    pub fn arm(&self) {
        self.state.armed.store(true, Ordering::SeqCst);
    }

    pub fn open_again(&self) {
        self.state.closed.store(false, Ordering::SeqCst);
    }

    pub fn url(&self, url: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        let database = url.rsplit('/').next().unwrap();
        format!("postgres://owner@{folder}/{database}")
    }
}

async fn forward(mut client: UnixStream, mut server: UnixStream, state: Arc<State>) {
    let (mut up, mut down) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(length @ 1..) = read else { return };
                if state.closed.load(Ordering::SeqCst) {
                    return;
                }
                let message = &up[..length];
                let says = |word: &[u8]| message.windows(word.len()).any(|window| window == word);
                // The statement by which the client asks under the lock.
                if says(b"SET events = events WHERE") {
                    state.asked.notify_one();
                }
                if says(b"COMMIT\0") && state.armed.swap(false, Ordering::SeqCst) {
                    if state.loss == Loss::Request {
                        return;
                    }
                    if state.loss == Loss::ResponseAndMore {
                        state.closed.store(true, Ordering::SeqCst);
                    }
                    if state.loss == Loss::Late {
                        drop(client);
                        state.asked.notified().await;
                    }
                    server.write_all(message).await.unwrap();
                    // The server has committed when it says something.
                    let _ = server.read(&mut down).await;
                    return;
                }
                if server.write_all(message).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&down[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
