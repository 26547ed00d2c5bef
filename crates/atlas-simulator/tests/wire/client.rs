//! A small HTTP/1.1 client on a socket, and common requests.

use std::io;
use std::time::Duration;

use atlas_simulator::{Clock, Control, Scenario, Simulator, SimulatorBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub const GROUP: &str = "32b6e34b3d91647abb20e7b8";
pub const MIGRATION: &str = "6296fb4c7c7aa997cf94e9a8";
pub const PATH: &str =
    "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/liveMigrations/6296fb4c7c7aa997cf94e9a8";
pub const ACCEPT: &str = "Accept: application/vnd.atlas.2023-01-01+json";

/// The headers of every response of the service but the challenge.
pub const SERVICE_HEADERS: &[&str] = &[
    "date",
    "referrer-policy: strict-origin-when-cross-origin",
    "server: mdbws",
    "strict-transport-security: max-age=31536000; includeSubdomains;",
    "upstream time",
    "x-content-type-options: nosniff",
    "x-permitted-cross-domain-policies: none",
];

/// Returns a builder with a manual clock.
pub fn manual() -> SimulatorBuilder {
    Simulator::builder().clock(Clock::manual())
}

pub async fn start(json: &str) -> Simulator {
    manual().scenario(Scenario::from_json(json).unwrap()).start().await.unwrap()
}

pub fn authorization(simulator: &Simulator) -> String {
    format!("Authorization: Bearer {}", simulator.scenario().bearer_token().unwrap())
}

pub fn advance(control: &Control, seconds: u64) {
    control.advance(Duration::from_secs(seconds)).unwrap();
}

/// Gets the default migration on a new connection.
pub async fn get(simulator: &Simulator) -> Response {
    request(simulator, "GET", PATH).await
}

/// Sends a request with the default bearer token on a new connection.
pub async fn request(simulator: &Simulator, method: &str, target: &str) -> Response {
    request_with(simulator, method, target, &[&authorization(simulator), ACCEPT]).await
}

/// Sends a request with only these headers on a new connection.
pub async fn request_with(
    simulator: &Simulator,
    method: &str,
    target: &str,
    headers: &[&str],
) -> Response {
    let mut connection = Connection::open(simulator).await;
    connection.send(method, target, headers).await;
    connection.receive(method).await.unwrap()
}

/// Posts a form with only these headers on a new connection.
pub async fn post(simulator: &Simulator, target: &str, headers: &[&str], form: &str) -> Response {
    let mut connection = Connection::open(simulator).await;
    let form_type = "Content-Type: application/x-www-form-urlencoded";
    connection.send_with_body("POST", target, &[headers, &[form_type]].concat(), form).await;
    connection.receive("POST").await.unwrap()
}

pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub async fn open(simulator: &Simulator) -> Self {
        Self::open_at(simulator.base_url()).await
    }

    pub async fn open_at(url: &str) -> Self {
        let address = url.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream, received: Vec::new() }
    }

    pub async fn send(&mut self, method: &str, target: &str, headers: &[&str]) {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        self.send_raw(head.as_bytes()).await.unwrap();
    }

    pub async fn send_with_body(
        &mut self,
        method: &str,
        target: &str,
        headers: &[&str],
        body: &str,
    ) {
        let length = format!("Content-Length: {}", body.len());
        self.send(method, target, &[headers, &[&length]].concat()).await;
        self.send_raw(body.as_bytes()).await.unwrap();
    }

    pub async fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Reads a whole response. A response to `HEAD` has no body.
    pub async fn receive(&mut self, method: &str) -> io::Result<Response> {
        let mut response = self.receive_head().await?;
        if method == "HEAD" {
            return Ok(response);
        }
        if let Some(length) = response.header("content-length") {
            response.body = self.take(length.parse().unwrap()).await?;
        } else if response.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.receive_chunk().await? {
                response.body.extend(chunk);
            }
        }
        Ok(response)
    }

    pub async fn receive_head(&mut self) -> io::Result<Response> {
        let head = self.line_up_to("\r\n\r\n").await?;
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().unwrap().to_owned();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_owned(), value.to_owned())
        });
        Ok(Response { headers: headers.collect(), status_line, body: Vec::new() })
    }

    /// Reads one chunk, or `None` at the end of the body.
    pub async fn receive_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let size = self.line_up_to("\r\n").await?;
        let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
        let mut chunk = self.take(size + 2).await?;
        chunk.truncate(size);
        Ok((size > 0).then_some(chunk))
    }

    /// Reads that many bytes.
    pub async fn receive_exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        self.take(length).await
    }

    /// Reads what has arrived, or waits for more.
    pub async fn receive_some(&mut self) -> io::Result<Vec<u8>> {
        if self.received.is_empty() {
            self.read_more().await?;
        }
        Ok(std::mem::take(&mut self.received))
    }

    /// Reads until the connection is closed.
    pub async fn receive_rest(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = std::mem::take(&mut self.received);
        in_time(self.stream.read_to_end(&mut rest)).await?;
        Ok(rest)
    }

    async fn line_up_to(&mut self, end: &str) -> io::Result<String> {
        let end = end.as_bytes();
        loop {
            if let Some(at) = self.received.windows(end.len()).position(|part| part == end) {
                return Ok(String::from_utf8(self.take(at + end.len()).await?).unwrap());
            }
            self.read_more().await?;
        }
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.received.len() < length {
            self.read_more().await?;
        }
        let rest = self.received.split_off(length);
        Ok(std::mem::replace(&mut self.received, rest))
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match in_time(self.stream.read_buf(&mut self.received)).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Fails a test that would otherwise wait forever.
pub async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.unwrap()
}

#[derive(Debug)]
pub struct Response {
    status_line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    pub fn status(&self) -> u16 {
        self.status_line.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub fn status_line(&self) -> &str {
        &self.status_line
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the values of all headers with that name.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).collect()
    }

    pub fn body(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Asserts that the headers are these and [`SERVICE_HEADERS`].
    #[track_caller]
    pub fn assert_service_headers(&self, expected: &[&str]) {
        self.assert_headers(&[SERVICE_HEADERS, expected].concat());
    }

    /// Asserts that these are all headers, in any order. Changing values are checked for their format
    /// and written as `date`, `upstream time` and `nonce`.
    #[track_caller]
    pub fn assert_headers(&self, expected: &[&str]) {
        let mut lines: Vec<_> =
            self.headers.iter().map(|(name, value)| format(name, value)).collect();
        lines.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(lines, expected);
    }
}

fn format(name: &str, value: &str) -> String {
    match name {
        "date" if is_date(value) => "date".to_owned(),
        "x-envoy-upstream-service-time" if value.parse::<u16>().is_ok() => {
            "upstream time".to_owned()
        }
        "www-authenticate" => {
            let (before, rest) = value.split_once("nonce=\"").unwrap();
            let (nonce, after) = rest.split_once('"').unwrap();
            let base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
            assert!(nonce.len() == 32 && nonce.chars().all(base64), "{nonce}");
            format!("{name}: {before}nonce{after}")
        }
        _ => format!("{name}: {value}"),
    }
}

/// Returns whether the value is a date such as `Mon, 10 Aug 2026 03:03:05 GMT`.
fn is_date(value: &str) -> bool {
    let shape = value.chars().map(|c| match c {
        '0'..='9' => '0',
        'a'..='z' | 'A'..='Z' => 'a',
        other => other,
    });
    shape.eq("aaa, 00 aaa 0000 00:00:00 aaa".chars()) && value.ends_with("GMT")
}
