//! Requests and responses as bytes, as far as the proxy reads them.

use atlas_migrations_journal::{Hash, event::Operation};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The bytes of one message of HTTP/1.1.
#[derive(Clone, Debug, Default)]
pub struct Message {
    pub bytes: Vec<u8>,
    /// Where the body begins.
    pub body: usize,
}

impl Message {
    /// Reads one message. Returns what came if the connection ended before it was whole.
    pub async fn read(
        from: &mut (impl AsyncRead + Unpin),
        buffered: &mut Vec<u8>,
        is_response: bool,
    ) -> Result<Self, Self> {
        let mut message = Self { bytes: std::mem::take(buffered), body: 0 };
        loop {
            if message.body == 0
                && let Some(end) = find(&message.bytes, b"\r\n\r\n")
            {
                message.body = end + 4;
            }
            if message.body > 0 {
                let length = message.body + message.body_length(is_response);
                if message.bytes.len() >= length {
                    *buffered = message.bytes.split_off(length);
                    return Ok(message);
                }
            }
            let mut chunk = [0; 4096];
            match from.read(&mut chunk).await {
                Ok(read @ 1..) => message.bytes.extend_from_slice(&chunk[..read]),
                _ => return Err(message),
            }
        }
    }

    fn head(&self) -> String {
        String::from_utf8_lossy(&self.bytes[..self.body]).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.head().lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    fn body_length(&self, is_response: bool) -> usize {
        let status = self.head().split(' ').nth(1).map(str::to_owned).unwrap_or_default();
        if is_response && (status == "204" || status == "304") {
            return 0;
        }
        self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    }

    pub fn method(&self) -> String {
        self.head().split(' ').next().unwrap_or_default().to_owned()
    }

    pub fn path(&self) -> String {
        self.head().split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// Returns the operation of a request, if the journal records it.
    pub fn operation(&self) -> Option<Operation> {
        let (method, path) = (self.method(), self.path());
        match method.as_str() {
            "POST" if path.ends_with("/liveMigrations/validate") => Some(Operation::Validate),
            "POST" if path.ends_with("/liveMigrations") => Some(Operation::Create),
            "POST" if path.ends_with("/linkTokens") => Some(Operation::LinkCreate),
            "DELETE" if path.ends_with("/linkTokens") => Some(Operation::LinkDelete),
            "PUT" if path.ends_with("/cutover") => Some(Operation::Cutover),
            _ => None,
        }
    }

    /// Returns the hash of a request as the journal records it.
    pub fn hash(&self) -> Option<Hash> {
        let operation = self.operation()?;
        let accept = self.header("accept")?;
        let (_, rest) = accept.split_once("vnd.atlas.")?;
        let version = rest.split_once('+')?.0;
        let body: Value = serde_json::from_slice(&self.bytes[self.body..]).unwrap_or(Value::Null);
        Some(Hash::of_request(operation.as_str(), &self.path(), version, &body))
    }

    /// Returns the number of bytes up to a place.
    pub fn offset(&self, place: Place) -> usize {
        let whole = self.bytes.len();
        match place {
            Place::Nothing => 0,
            Place::InFirstLine => 6.min(whole),
            Place::AfterHeaders => self.body,
            Place::MidBody => self.body + (whole - self.body) / 2,
            Place::LastButOne => whole.saturating_sub(1),
            Place::Whole => whole,
        }
    }
}

/// A place in a message.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Place {
    Nothing,
    InFirstLine,
    AfterHeaders,
    MidBody,
    LastButOne,
    Whole,
}

impl Place {
    pub const ALL: [Self; 6] = [
        Self::Nothing,
        Self::InFirstLine,
        Self::AfterHeaders,
        Self::MidBody,
        Self::LastButOne,
        Self::Whole,
    ];
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}
