//! A proxy between one process and Atlas, which forwards a request or a response up to a place and then kills the process.

use std::sync::Arc;

use tokio::{
    io::{AsyncRead, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{
    exchange::Message,
    oracle::Oracle,
    process::{Count, Process},
    scenario::{Kill, Rest},
};

/// The proxy of one process. It ends when it is dropped, but for what it forwards.
pub struct Proxy {
    pub base_url: String,
    task: JoinHandle<()>,
}

struct Shared {
    atlas: String,
    process: Process,
    oracle: Oracle,
    kill: Option<Kill>,
    fired: Count,
}

impl Proxy {
    pub async fn start(atlas: &str, process: Process, oracle: Oracle, kill: Option<Kill>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let atlas = atlas.trim_start_matches("http://").to_owned();
        let shared = Arc::new(Shared { atlas, process, oracle, kill, fired: Count::default() });
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { shared.forward(client).await });
            }
        });
        Self { base_url, task }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Forwards requests and their responses, one after the other, until one side closes or the process is killed.
    async fn forward(&self, mut client: TcpStream) {
        let Ok(mut atlas) = TcpStream::connect(&self.atlas).await else { return };
        let _ = (client.set_nodelay(true), atlas.set_nodelay(true));
        let (mut from_client, mut from_atlas) = (Vec::new(), Vec::new());
        while let Ok(request) = Message::read(&mut client, &mut from_client, false).await {
            let operation = request.operation();
            if let Some(operation) = &operation {
                self.oracle.sends(operation, &request).await;
            }
            let (in_request, in_response) = match (&self.kill, &operation) {
                (Some(Kill::Request(op, place, rest)), Some(operation)) if op == operation => {
                    (Some((request.offset(*place), *rest)), None)
                }
                (Some(Kill::Response(op, place)), Some(operation)) if op == operation => {
                    (None, Some(*place))
                }
                _ => (None, None),
            };
            if let Some((bytes, rest)) = in_request.filter(|_| self.fired.get() == 0) {
                self.fired.add();
                let _ = atlas.write_all(&request.bytes[..bytes]).await;
                self.process.kill().await;
                if rest == Rest::Forwarded {
                    let _ = atlas.write_all(&request.bytes[bytes..]).await;
                    let _ = response(&mut atlas, &mut from_atlas).await;
                }
                return;
            }
            if atlas.write_all(&request.bytes).await.is_err() {
                return;
            }
            let Ok(response) = response(&mut atlas, &mut from_atlas).await else { return };
            if let Some(place) = in_response.filter(|_| self.fired.get() == 0) {
                self.fired.add();
                let _ = client.write_all(&response.bytes[..response.offset(place)]).await;
                return self.process.kill().await;
            }
            if client.write_all(&response.bytes).await.is_err() {
                return;
            }
        }
    }
}

async fn response(
    atlas: &mut (impl AsyncRead + Unpin),
    buffered: &mut Vec<u8>,
) -> Result<Message, Message> {
    Message::read(atlas, buffered, true).await
}
