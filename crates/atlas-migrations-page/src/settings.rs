//! The settings of the server.

use std::{
    collections::BTreeSet,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use atlas_migrations_journal::{Redactor, event::Actor};
use jiff::tz::TimeZone;
use subtle::ConstantTimeEq as _;

/// A token that a client has to send. It is never shown.
#[derive(Clone)]
pub struct Token {
    secret: String,
    name: Option<String>,
}

impl Token {
    /// The number of characters of a token, at least.
    pub const MIN_LENGTH: usize = 16;
    /// The number of characters of a name, at most.
    pub const MAX_NAME_CHARS: usize = 80;

    /// Creates a token. Returns `None` if it is shorter than [`MIN_LENGTH`](Self::MIN_LENGTH), or has characters that a
    /// header cannot have.
    pub fn new(secret: &str) -> Option<Self> {
        let is_valid =
            secret.len() >= Self::MIN_LENGTH && secret.bytes().all(|b| b.is_ascii_graphic());
        is_valid.then(|| Self { secret: secret.to_owned(), name: None })
    }

    /// Sets the name of the person who has the token. Only who has a name can decide. Returns `None` if the name is empty,
    /// too long, or has control characters.
    #[must_use]
    pub fn named(self, name: &str) -> Option<Self> {
        let name = name.trim();
        let is_valid = !name.is_empty()
            && name.chars().count() <= Self::MAX_NAME_CHARS
            && !name.chars().any(char::is_control);
        is_valid.then(|| Self { name: Some(name.to_owned()), ..self })
    }

    /// Returns the name of the person who has the token.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Compares in a time that does not depend on where the texts differ.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        bool::from(self.secret.as_bytes().ct_eq(given))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Token").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Who may read the page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Access {
    /// Every process of this computer. Only a loopback address can be listened on.
    ThisComputer,
    /// Who has one of the tokens: as bearer token, or as the password that a browser asks for.
    Tokens(Vec<Token>),
    /// Who a proxy let through, by the header in which it names the user. The proxy has to remove that header from what
    /// clients send, and clients must not reach the server without the proxy.
    ProxyHeader(String),
}

/// How decisions of readers are recorded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decisions {
    /// The user and the host of the server.
    pub actor: Actor,
    /// Replaces the secrets that this process knows in what readers write.
    pub redactor: Redactor,
}

impl Decisions {
    /// Records decisions in the name of a reader, at the page of this user and host.
    pub fn new(actor: Actor, redactor: Redactor) -> Self {
        Self { actor, redactor }
    }
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
    /// Lets readers approve, withdraw, hold and release. Each of them needs a name: of a token, or from the proxy. `None` makes
    /// the page read-only.
    pub decisions: Option<Decisions>,
    /// Only this plan and its migrations.
    pub plan: Option<String>,
    /// Only these migrations: their projects and their IDs in Atlas.
    pub migrations: Option<BTreeSet<(String, String)>>,
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
            decisions: None,
            plan: None,
            migrations: None,
            zone: TimeZone::UTC,
            refresh: Duration::from_millis(250),
            read_timeout: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            write_timeout: Duration::from_secs(20),
            max_connections: 256,
            max_streams: 128,
        }
    }
}
