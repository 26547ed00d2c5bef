//! An HTTP client that sends what it is told, and a page that is served for a test.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use atlas_migrations_journal::{
    StreamId,
    event::{Event, EventRecord},
};
use atlas_migrations_page::{PageServer, Settings};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::sample::Sample;

/// How long a test waits for what has to happen.
pub const LIMIT: Duration = Duration::from_mins(1);

/// A page over a journal.
pub struct Page {
    pub sample: Sample,
    pub address: SocketAddr,
    pub stop: Option<oneshot::Sender<()>>,
    pub task: JoinHandle<()>,
    settings: Settings,
    _folder: TempDir,
}

/// Returns settings with which tests do not wait.
pub fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.refresh = Duration::from_millis(20);
    settings
}

impl Page {
    /// Serves a journal with this many migrations.
    pub async fn serve(count: usize, settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sample = Sample::open(&folder.path().join("state/journal.db")).await;
        if count > 0 {
            sample.fill(count).await;
        }
        Self::over(sample, folder, settings).await
    }

    async fn over(sample: Sample, folder: TempDir, settings: Settings) -> Self {
        let (address, stop, task) = start(&sample, settings.clone()).await;
        Self { sample, address, stop: Some(stop), task, settings, _folder: folder }
    }

    /// Ends the server.
    pub async fn end(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        timeout(LIMIT, &mut self.task).await.unwrap().unwrap();
    }

    /// Starts the server again at the same address.
    pub async fn begin_again(&mut self) {
        let mut settings = self.settings.clone();
        settings.listen = self.address;
        let (_, stop, task) = start(&self.sample, settings).await;
        (self.stop, self.task) = (Some(stop), task);
    }

    /// Returns the address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Returns the approvals of a migration.
    pub async fn approvals(&self, stream: StreamId) -> Vec<EventRecord> {
        let records = self.sample.store.read(stream, 0).await.unwrap();
        let is_approval = |record: &EventRecord| matches!(record.event, Event::Approved(_));
        records.into_iter().filter(is_approval).collect()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address)).await
    }

    /// Sends a request with these header lines after the host.
    pub async fn get_with(&self, path: &str, headers: &str) -> Response {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n")).await
    }

    pub async fn send(&self, request: &str) -> Response {
        Response::read(self.connect(request).await).await
    }

    pub async fn connect(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Sends a request from this address of this computer, with these header lines after the host.
    pub async fn get_from(&self, from: &str, path: &str, headers: &str) -> Response {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
        let mut stream = socket.connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Response::read(stream).await
    }

    /// Opens the events of a page.
    pub async fn events(&self, path: &str) -> Events {
        self.events_with(path, "X: y").await
    }

    /// Opens the events of a page, with these header lines after the host.
    pub async fn events_with(&self, path: &str, headers: &str) -> Events {
        let host = self.address;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n\r\n");
        Events { stream: self.connect(&request).await, read: String::new() }
    }

    /// Opens the events of a page, with a buffer of this size.
    pub async fn events_in(&self, path: &str, buffer: u32) -> Events {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(buffer).unwrap();
        let mut stream = socket.connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Events { stream, read: String::new() }
    }

    /// Returns the stream of a migration.
    pub async fn stream_of(&self, name: &str) -> StreamId {
        let rows = self.sample.store.streams(<_>::default()).await.unwrap();
        rows.into_iter().find(|row| row.name == name).unwrap().id
    }
}

async fn start(
    sample: &Sample,
    settings: Settings,
) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let server = PageServer::bind(Arc::clone(&sample.store), settings).await.unwrap();
    let (address, (stop, stopped)) = (server.address(), oneshot::channel());
    (address, stop, tokio::spawn(server.run(async { drop(stopped.await) })))
}

pub struct Response {
    pub status: u16,
    /// In lower case.
    pub head: String,
    pub body: String,
    lines: Vec<String>,
}

impl Response {
    async fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        timeout(LIMIT, stream.read_to_end(&mut bytes)).await.unwrap().unwrap();
        Self::parse(&String::from_utf8(bytes).unwrap())
    }

    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let lines = head.lines().map(str::to_owned).collect();
        Self { status, head: head.to_lowercase(), body: body.to_owned(), lines }
    }

    /// Returns the value of a header.
    pub fn header(&self, name: &str) -> Option<String> {
        self.lines.iter().find_map(|line| {
            let (other, value) = line.split_once(':')?;
            other.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

pub struct Events {
    stream: TcpStream,
    read: String,
}

impl Events {
    /// Reads until a text comes, and returns all since the last call.
    pub async fn until(&mut self, text: &str) -> String {
        let read = async {
            let mut buffer = [0; 4096];
            while !self.read.contains(text) {
                let count = self.stream.read(&mut buffer).await.unwrap();
                assert!(count > 0, "ended before `{text}` came: {}", self.read);
                self.read.push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        };
        timeout(LIMIT, read).await.unwrap();
        std::mem::take(&mut self.read)
    }
}
