//! [`Gate`]: who may read, and under which names the server is reached.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use axum::http::HeaderName;
use tokio::time::Instant;

use super::wrong_tokens::{Verdict, WrongTokens};
use crate::settings::Token;

/// Who may read, and under which names the server is reached.
#[derive(Debug)]
pub struct Gate {
    pub access: GateAccess,
    /// Names under which the server is reached, in lower case.
    pub hosts: Vec<String>,
    /// Whether readers can decide.
    pub decides: bool,
}

/// How a client shows that it may read.
#[derive(Debug)]
pub enum GateAccess {
    Open,
    Tokens(TokenGate),
    ProxyHeader(HeaderName),
}

/// The tokens, and how often wrong ones were sent.
#[derive(Debug)]
pub struct TokenGate {
    tokens: Vec<Token>,
    wrong: Mutex<WrongTokens>,
}

impl TokenGate {
    pub fn new(tokens: Vec<Token>) -> Self {
        Self { tokens, wrong: Mutex::default() }
    }

    /// Returns what follows from a token that an address sent, and the token that it is.
    pub fn judge(&self, address: IpAddr, given: &[u8], now: Instant) -> (Verdict, Option<&Token>) {
        // All are compared, so that the time says nothing.
        let mut fitting = None;
        for (number, token) in self.tokens.iter().enumerate() {
            if token.is(given) {
                fitting = Some((number, token));
            }
        }
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = wrong.judge(address, fitting.map(|(number, _)| number), now);
        (verdict, fitting.map(|(_, token)| token))
    }
}
