//! The client side of HTTP digest, written from the RFCs independently of the simulator.

use atlas_simulator::Simulator;
use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::client::{ACCEPT, PATH, Response, request_with};

pub const USER: &str = "notareal";
pub const PASSWORD: &str = "deadbeef-dead-4bad-8bad-deadbeefdead";

/// A client's digest. Tests change individual fields.
#[derive(Clone)]
pub struct Digest {
    pub user: String,
    pub password: String,
    pub realm: String,
    pub nonce: String,
    pub method: String,
    pub uri: String,
    pub count: u32,
    /// The text of the count, if it is not the regular one.
    pub written_count: Option<String>,
    pub cnonce: String,
    pub algorithm: String,
    pub qop: bool,
}

impl Digest {
    /// Returns the first digest for a challenge, with the default key and path.
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

    fn count_text(&self) -> String {
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

    /// Returns the response for a method, or the `rspauth` for an empty method.
    pub fn response(&self, method: &str) -> String {
        let Self { user, password, realm, nonce, uri, cnonce, .. } = self;
        let mut secret = self.hash(&format!("{user}:{realm}:{password}"));
        if self.algorithm.ends_with("-sess") {
            secret = self.hash(&format!("{secret}:{nonce}:{cnonce}"));
        }
        let request = self.hash(&format!("{method}:{uri}"));
        self.hash(&if self.qop {
            format!("{secret}:{nonce}:{}:{cnonce}:auth:{request}", self.count_text())
        } else {
            format!("{secret}:{nonce}:{request}")
        })
    }

    /// Returns the header, quoted as in the RFC.
    pub fn header(&self) -> String {
        let Self { user, realm, nonce, uri, cnonce, algorithm, .. } = self;
        let response = self.response(&self.method);
        let count_text =
            if self.qop { format!(", qop=auth, nc={}", self.count_text()) } else { String::new() };
        format!(
            "Authorization: Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", \
             uri=\"{uri}\", response=\"{response}\", algorithm={algorithm}, \
             cnonce=\"{cnonce}\"{count_text}"
        )
    }

    /// Sends the request on a new connection.
    pub async fn send(&self, simulator: &Simulator) -> Response {
        request_with(simulator, &self.method, &self.uri, &[&self.header(), ACCEPT]).await
    }
}

/// Sends a request without a credential and returns the challenge.
pub async fn challenge(simulator: &Simulator) -> Response {
    let response = request_with(simulator, "GET", PATH, &[ACCEPT]).await;
    assert_eq!(response.status(), 401);
    response
}

/// Returns the nonce of the last challenge in the response.
pub fn nonce(challenge: &Response) -> String {
    let challenges = challenge.headers("www-authenticate");
    quoted(challenges.last().unwrap(), "nonce").unwrap()
}

/// Asserts that the response is a challenge, and returns whether it says that the nonce is stale.
#[track_caller]
pub fn is_stale(response: &Response) -> bool {
    assert_eq!(response.status(), 401);
    let header = response.header("www-authenticate").unwrap();
    assert!(header.contains("stale=true") || header.contains("stale=false"), "{header}");
    header.contains("stale=true")
}

/// Returns the value of a quoted parameter.
pub fn quoted(header: &str, name: &str) -> Option<String> {
    let (_, rest) = header.split_once(&format!("{name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}
