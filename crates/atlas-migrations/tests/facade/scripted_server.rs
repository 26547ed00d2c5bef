//! A server that sends scripted responses and keeps the requests byte for byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use atlas_migrations::{Client, ClientBuilder};

/// Returns a response with a digest challenge.
pub fn challenge(nonce: &str) -> String {
    let header = format!(r#"Digest realm="r", nonce="{nonce}", algorithm=MD5, qop="auth""#);
    response(401, &format!("www-authenticate: {header}\r\n"), "{}")
}

/// Returns a complete response.
pub fn response(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// A received request.
#[derive(Clone, Debug)]
pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
}

pub struct ScriptedServer {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl ScriptedServer {
    /// Sends one response per request, and repeats the last one.
    pub fn new(responses: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let count = record.lock().unwrap().len();
                let response = &responses[count.min(responses.len() - 1)];
                // A client that closes the connection has not sent a whole request.
                let _ = serve(stream, response, &record);
            }
        });
        Self { url, received }
    }

    /// Returns a client of this server.
    pub fn client(&self) -> ClientBuilder {
        Client::builder().base_url(&self.url)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    response: &str,
    record: &Mutex<Vec<Received>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let length = head.lines().find_map(|line| {
        line.to_lowercase().strip_prefix("content-length: ").and_then(|text| text.parse().ok())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    record.lock().unwrap().push(Received { head, body });
    stream.write_all(response.as_bytes())
}
