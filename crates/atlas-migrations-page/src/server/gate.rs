//! [`Gate`]: who may read, and under which names the server is reached.

use axum::http::HeaderName;

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
    Tokens(Vec<Token>),
    ProxyHeader(HeaderName),
}
