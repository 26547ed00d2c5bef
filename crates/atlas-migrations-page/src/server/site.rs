//! [`Site`]: what every request needs.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use atlas_migrations_metrics::JournalCounts;
use axum::http::HeaderName;
use tokio::sync::{Semaphore, watch};

use crate::{present::Presented, settings::Token};

/// What every request needs.
#[derive(Clone, Debug)]
pub struct Site {
    pub presented: watch::Receiver<Presented>,
    pub gate: Arc<Gate>,
    /// A permit for each page that gets changes by itself.
    pub streams: Arc<Semaphore>,
    pub heartbeat: Duration,
    /// What was counted for scrapes.
    pub counts: Arc<Mutex<JournalCounts>>,
}

/// Who may read.
#[derive(Debug)]
pub struct Gate {
    pub access: GateAccess,
    /// Names under which the server is reached, in lower case.
    pub hosts: Vec<String>,
}

/// How a client shows that it may read.
#[derive(Debug)]
pub enum GateAccess {
    Open,
    Token(Token),
    ProxyHeader(HeaderName),
}
