//! The settings of the server.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use jiff::tz::TimeZone;
use subtle::ConstantTimeEq as _;

/// A token that a client has to send. It is never shown.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The number of characters of a token, at least.
    pub const MIN_LENGTH: usize = 16;

    /// Creates a token. Returns `None` if it is shorter than [`MIN_LENGTH`](Self::MIN_LENGTH), or has characters that a
    /// header cannot have.
    pub fn new(text: &str) -> Option<Self> {
        let is_valid = text.len() >= Self::MIN_LENGTH && text.bytes().all(|b| b.is_ascii_graphic());
        is_valid.then(|| Self(text.to_owned()))
    }

    /// Compares in a time that does not depend on where the texts differ.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        bool::from(self.0.as_bytes().ct_eq(given))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(..)")
    }
}

/// Who may read the page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Access {
    /// Every process of this computer. Only a loopback address can be listened on.
    ThisComputer,
    /// Who has the token: as bearer token, or as the password that a browser asks for.
    Token(Token),
    /// Who a proxy let through, by the header in which it names the user. The proxy has to remove that header from what
    /// clients send, and clients must not reach the server without the proxy.
    ProxyHeader(String),
}

/// The settings of the server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The address to listen on. Port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Who may read the page.
    pub access: Access,
    /// The host names under which browsers reach the server, beside IP addresses and `localhost`.
    pub hosts: Vec<String>,
    /// Only this plan and its migrations.
    pub plan: Option<String>,
    /// The zone of the times on the page.
    pub zone: TimeZone,
    /// The time between looks at the journal.
    pub refresh: Duration,
    /// How long one look at the journal may take.
    pub read_timeout: Duration,
    /// The time between signs of life to a page that is open.
    pub heartbeat: Duration,
    /// How long a client may read nothing of a response.
    pub write_timeout: Duration,
    /// The number of connections, at most. One more closes the oldest.
    pub max_connections: usize,
    /// The number of open pages that get changes by themselves, at most.
    pub max_streams: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            access: Access::ThisComputer,
            hosts: Vec::new(),
            plan: None,
            zone: TimeZone::UTC,
            refresh: Duration::from_secs(1),
            read_timeout: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            write_timeout: Duration::from_secs(20),
            max_connections: 256,
            max_streams: 128,
        }
    }
}
