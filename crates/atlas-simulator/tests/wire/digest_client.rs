//! A client's side of HTTP digest, written from the RFCs and apart from the simulator's.

use atlas_simulator::Simulator;
use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::client::{ACCEPT, PATH, Response, ask_with};

pub const USER: &str = "notareal";
pub const PASSWORD: &str = "deadbeef-dead-4bad-8bad-deadbeefdead";

/// What a client answers a challenge with. The tests change what they want to be otherwise.
#[derive(Clone)]
pub struct Digest {
    pub user: String,
    pub password: String,
    pub realm: String,
    pub nonce: String,
    pub method: String,
    pub uri: String,
    pub count: u32,
    /// How the count is written, where that is not as it should be.
    pub written_count: Option<String>,
    pub cnonce: String,
    pub algorithm: String,
    pub qop: bool,
}

impl Digest {
    /// The first answer to a challenge, for the default key and path.
    pub fn to(challenge: &Response) -> Self {
        Self::with(&nonce(challenge))
    }

    pub fn with(nonce: &str) -> Self {
        Self {
            user: USER.to_owned(),
            password: PASSWORD.to_owned(),
            realm: "MMS Public API".to_owned(),
            nonce: nonce.to_owned(),
            method: "GET".to_owned(),
            uri: PATH.to_owned(),
            count: 1,
            written_count: None,
            cnonce: "0a4f113b".to_owned(),
            algorithm: "MD5".to_owned(),
            qop: true,
        }
    }

    pub fn count(&self, count: u32) -> Self {
        Self { count, ..self.clone() }
    }

    fn counted(&self) -> String {
        self.written_count.clone().unwrap_or_else(|| format!("{:08x}", self.count))
    }

    pub fn hash(&self, text: &str) -> String {
        let bytes = if self.algorithm.starts_with("SHA-256") {
            Sha256::digest(text).to_vec()
        } else {
            Md5::digest(text).to_vec()
        };
        bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }

    /// The response for a method, or what the server proves itself with for an empty one.
    pub fn response(&self, method: &str) -> String {
        let Self { user, password, realm, nonce, uri, cnonce, .. } = self;
        let mut secret = self.hash(&format!("{user}:{realm}:{password}"));
        if self.algorithm.ends_with("-sess") {
            secret = self.hash(&format!("{secret}:{nonce}:{cnonce}"));
        }
        let request = self.hash(&format!("{method}:{uri}"));
        self.hash(&if self.qop {
            format!("{secret}:{nonce}:{}:{cnonce}:auth:{request}", self.counted())
        } else {
            format!("{secret}:{nonce}:{request}")
        })
    }

    /// The header, with the quotes as the RFC has them.
    pub fn header(&self) -> String {
        let Self { user, realm, nonce, uri, cnonce, algorithm, .. } = self;
        let response = self.response(&self.method);
        let counted =
            if self.qop { format!(", qop=auth, nc={}", self.counted()) } else { String::new() };
        format!(
            "Authorization: Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", \
             uri=\"{uri}\", response=\"{response}\", algorithm={algorithm}, \
             cnonce=\"{cnonce}\"{counted}"
        )
    }

    /// Asks as it says, on a new connection.
    pub async fn ask(&self, simulator: &Simulator) -> Response {
        ask_with(simulator, &self.method, &self.uri, &[&self.header(), ACCEPT]).await
    }
}

/// Asks without a credential.
pub async fn challenge(simulator: &Simulator) -> Response {
    let response = ask_with(simulator, "GET", PATH, &[ACCEPT]).await;
    assert_eq!(response.status(), 401);
    response
}

/// The nonce of the last challenge in the answer.
pub fn nonce(challenge: &Response) -> String {
    let challenges = challenge.headers("www-authenticate");
    quoted(challenges.last().unwrap(), "nonce").unwrap()
}

/// Whether the answer is a challenge, and calls the nonce stale.
#[track_caller]
pub fn is_stale(response: &Response) -> bool {
    assert_eq!(response.status(), 401);
    let header = response.header("www-authenticate").unwrap();
    assert!(header.contains("stale=true") || header.contains("stale=false"), "{header}");
    header.contains("stale=true")
}

/// The value of a quoted parameter.
pub fn quoted(header: &str, name: &str) -> Option<String> {
    let (_, rest) = header.split_once(&format!("{name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}
