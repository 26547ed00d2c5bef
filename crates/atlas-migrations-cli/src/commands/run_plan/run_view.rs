//! [`RunView`]: the live view of a run.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use atlas_migrations::Update;
use atlas_migrations_board::LagPoint;
use atlas_migrations_journal::StreamId;
use atlas_migrations_terminal::{Action, Estimate, Looks};
use tokio::time::{MissedTickBehavior, interval};

use crate::commands::decisions::{approve_cutover, hold_migration};
use crate::error::CliError;
use crate::follow_view::{FollowView, Input, JournalReads, Note, is_possible};
use crate::journal::OpenJournal;
use crate::terminal::Line;

/// The time between two reads of the journal.
const INTERVAL: Duration = Duration::from_millis(500);

/// The live view of a run: what the journal says, with the lags that the run sees.
pub struct RunView<'a> {
    view: FollowView,
    journal: &'a OpenJournal,
    reads: JournalReads,
    plan: String,
    looks: RunLooks,
    /// The same for all frames: there are none.
    notes: Arc<HashMap<String, Note>>,
}

/// The lags that a run sees.
#[derive(Clone, Default)]
pub struct RunLooks(Arc<Mutex<Looks>>);

impl RunLooks {
    /// Adds a look. Waits for nothing but a frame.
    pub fn add(&self, stream: StreamId, update: &Update) {
        let stream = stream.to_string();
        let at_ms = milliseconds(update.observed_at);
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lag) = update.lag {
            looks.add_lag(&stream, LagPoint { at_ms, seconds: lag.as_secs() });
        }
        looks.set_estimate(
            &stream,
            update.estimate.map(|estimate| Estimate {
                expected_ms: at_ms.saturating_add(whole_ms(estimate.expected)),
                earliest_ms: at_ms.saturating_add(whole_ms(estimate.earliest)),
                latest_ms: at_ms.saturating_add(whole_ms(estimate.latest)),
            }),
            update.trend.map(|trend| trend.catch_up_rate),
        );
    }
}

impl<'a> RunView<'a> {
    /// Starts the view, if the terminal can show it and lines do not disturb it.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn start(
        journal: &'a OpenJournal,
        plan: &str,
        lines_are_on_terminal: bool,
    ) -> io::Result<Option<Self>> {
        if lines_are_on_terminal || !is_possible() {
            return Ok(None);
        }
        Ok(Some(Self {
            view: FollowView::start(journal.info.read_only.is_none())?,
            journal,
            reads: JournalReads::new(&journal.store),
            plan: plan.to_owned(),
            looks: RunLooks::default(),
            notes: Arc::default(),
        }))
    }

    pub fn looks(&self) -> RunLooks {
        self.looks.clone()
    }

    /// Shows what the journal says, and records what a person decides, until it is dropped.
    pub async fn follow(&mut self) -> Infallible {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.show().await,
                Some(decision) = self.view.decision() => {
                    let said = decide(self.journal, decision).await;
                    self.view.notice(&said);
                    self.show().await;
                }
            }
        }
    }

    /// Ends the view. Returns what stays on the screen.
    pub async fn end(mut self, command: &str) -> Vec<Line> {
        self.show().await;
        let ended = self.view.end();
        ended
            .map(|ended| ended.line(&format!("Follow again: {command}")).lines())
            .unwrap_or_default()
    }

    async fn show(&mut self) {
        let Some(published) = self.reads.read().await else { return };
        let (looks, plan) = (Arc::clone(&self.looks.0), Some(self.plan.clone()));
        let notes = Arc::clone(&self.notes);
        self.view.show(Input { published, looks, plan, notes });
    }
}

/// Waits forever if there is no view.
pub async fn follow(view: Option<&mut RunView<'_>>) -> Infallible {
    match view {
        Some(view) => view.follow().await,
        None => pending().await,
    }
}

/// Records a decision. Returns what was recorded, or why nothing was.
async fn decide(journal: &OpenJournal, decision: Action) -> String {
    let (stream, name, is_approval) = match decision {
        Action::Approve { stream, name } => (stream, name, true),
        Action::Hold { stream, name } => (stream, name, false),
        Action::Quit | Action::Copy(_) => return String::new(),
    };
    let Ok(stream) = stream.parse::<StreamId>() else {
        return format!("{name}: nothing was recorded: its stream has no ID");
    };
    let said: Result<String, CliError> = if is_approval {
        approve_cutover(journal, stream).await
    } else {
        hold_migration(journal, stream).await
    };
    match said {
        Ok(said) => format!("{name}: {said}"),
        Err(error) => format!("{name}: {}", error.message()),
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    whole_ms(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
