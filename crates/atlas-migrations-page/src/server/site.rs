//! [`Site`]: what every request needs.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use atlas_migrations_metrics::JournalCounts;
use tokio::sync::{Semaphore, watch};

use super::{decide::Decider, gate::Gate, views::Views};
use crate::present::Presented;

/// What every request needs.
#[derive(Clone, Debug)]
pub struct Site {
    pub presented: watch::Receiver<Presented>,
    pub views: Arc<Views>,
    pub gate: Arc<Gate>,
    /// Makes the decisions of readers, if they can decide.
    pub decider: Option<Arc<Decider>>,
    /// A permit for each page that gets changes by itself.
    pub streams: Arc<Semaphore>,
    pub heartbeat: Duration,
    /// What was counted for scrapes.
    pub counts: Arc<Mutex<JournalCounts>>,
}
