//! Mutated responses: a call always ends in bounded time with a value or an error that is safe to show.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use atlas_hostile_inputs::{check, documents};
use atlas_migrations::{Client, Credentials, ManualClock};
use proptest::prelude::*;

const RESPONSES: &[&str] = &[
    "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.atlas.2023-01-01+json\r\nratelimit-limit: 1200\r\nratelimit-remaining: 1199\r\ncontent-length: 94\r\n\r\n{\"_id\":\"6296fb4c7c7aa997cf94e9a8\",\"lagTimeSeconds\":42,\"readyForCutover\":false,\"status\":\"WORKING\"}",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n11\r\n{\"status\":\"NEW\", \r\n9\r\n\"x\":[{}]}\r\n0\r\n\r\n",
    "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Digest realm=\"MMS Public API\", domain=\"\", nonce=\"abc\", algorithm=MD5, qop=\"auth\", stale=false\r\ncontent-length: 13\r\n\r\n{\"error\":401}",
    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ndate: Mon, 10 Aug 2026 03:03:05 GMT\r\ncontent-length: 54\r\n\r\n{\"errorCode\":\"RATE_LIMITED\",\"error\":429,\"parameters\":[]}",
    "HTTP/1.1 200 OK\r\ncontent-length: 45\r\n\r\n{\"access_token\":\"t\",\"expires_in\":3600,\"x\":0}  ",
    "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ndeprecation: Mon, 1 Jun 2026 00:00:00 GMT\r\nsunset: Thu, 1 Jul 2027 00:00:00 GMT\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 X\r\nretry-after: Mon, 10 Aug 2026 03:04:05 GMT\r\nconnection: close\r\n\r\n<html>",
    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\u{8b}",
];

/// Serves the current response to every request.
fn serve(response: Arc<Mutex<Vec<u8>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let bytes = response.lock().unwrap().clone();
            // The client may close the connection at any time.
            let _ = respond(&mut stream, &bytes);
        }
    });
    url
}

fn respond(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part)? {
            0 => return Ok(()),
            length => request.extend_from_slice(&part[..length]),
        }
    }
    stream.write_all(bytes)
}

#[test]
fn hostile_responses_end_in_a_value_or_an_error() {
    let response = Arc::new(Mutex::new(Vec::new()));
    let url = serve(Arc::clone(&response));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let inputs = (documents(RESPONSES), 0..3_usize);
    check("response head and body", &inputs, |(bytes, kind)| {
        *response.lock().unwrap() = bytes;
        let credentials = match kind {
            0 => Credentials::bearer_token("token"),
            1 => Credentials::api_key("public", "private"),
            _ => Credentials::service_account("id", "secret"),
        };
        let client = Client::builder()
            .base_url(&url)
            .credentials(credentials)
            .clock(ManualClock::default())
            .max_body_bytes(100_000)
            .attempt_timeout(Duration::from_secs(5))
            .build()
            .unwrap();
        let id = "32b6e34b3d91647abb20e7b8";
        let (group, id) = (id.parse().unwrap(), id.parse().unwrap());
        let began = Instant::now();
        let outcome = runtime.block_on(async { client.cut_over(group, id).await });
        prop_assert!(began.elapsed() < Duration::from_secs(60));
        if let Err(error) = outcome {
            let text = error.to_string();
            prop_assert!(!text.chars().any(char::is_control), "{text:?}");
            prop_assert!(
                !(error.may_have_taken_effect() && text.contains("try again")),
                "{text:?}"
            );
            prop_assert!(!error.may_have_taken_effect() || error.attempts() == 1 || kind != 0);
        }
        let _ = runtime.block_on(async { client.live_migration(group, id).await });
        Ok(())
    });
}
