//! The HTTP requests of the web page.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use atlas_migrations_journal::{Location, Options, open};
use atlas_migrations_page::{Access, PageServer, Settings, Token};

/// Who does not know it must not read the page.
const TOKEN: &str = "not-a-real-token-of-the-page";
/// The longest response to a request without the token.
const MAX_RESPONSE: usize = 4096;

/// Sends the bytes as a request to a page that needs a token. Without it no more than a refusal is returned.
pub(crate) fn request(input: &[u8]) {
    static ADDRESS: OnceLock<Option<SocketAddr>> = OnceLock::new();
    let Some(address) = *ADDRESS.get_or_init(serve) else { return };
    let response = exchange(address, input).unwrap_or_default();
    let knows_token = input.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes());
    // A browser sends the token in Base64.
    let is_basic = input.windows(5).any(|part| part.eq_ignore_ascii_case(b"basic"));
    if !knows_token && !is_basic {
        let text = String::from_utf8_lossy(&response);
        assert!(response.len() <= MAX_RESPONSE, "{text}");
        assert!(!text.contains("<table"), "{text}");
    }
}

fn exchange(address: SocketAddr, input: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(input)?;
    // A request without an end gets no response.
    stream.shutdown(Shutdown::Write)?;
    let mut response = Vec::new();
    stream.take(1 << 20).read_to_end(&mut response)?;
    Ok(response)
}

/// Serves an empty journal as long as this process lives.
fn serve() -> Option<SocketAddr> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .ok()?;
        runtime.block_on(async {
            let folder = tempfile::tempdir().ok()?;
            let location = Location::File(folder.path().join("journal.db"));
            let store = open(&location, Options::default()).await.ok()?;
            let mut settings = Settings::default();
            settings.access = Access::Tokens(vec![Token::new(TOKEN)?]);
            let server = PageServer::bind(store, settings).await.ok()?;
            sender.send(server.address()).ok()?;
            server.run(std::future::pending()).await;
            Some(())
        })
    });
    receiver.recv().ok()
}
