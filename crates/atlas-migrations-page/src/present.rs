//! Keeps what the page shows up to date.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use jiff::tz::TimeZone;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use atlas_migrations_board::{Board, Migration, Published, Reader, Times};

/// Durations on the page are in minutes.
const MINUTE_MS: i64 = 60_000;

/// What the page shows at the moment.
#[derive(Clone, Debug)]
pub struct Presented {
    pub published: Published,
    pub times: Times,
    pub board: Arc<Board>,
    /// Whether readers can decide.
    pub decides: bool,
}

/// Makes what the page shows from what the journal says.
#[derive(Clone, Debug)]
pub struct Presenter {
    pub zone: TimeZone,
    pub plan: Option<String>,
    /// The only migrations, if not all are shown.
    pub only: Option<Only>,
    /// Whether readers can decide.
    pub decides: bool,
}

/// The only migrations that a page shows.
#[derive(Clone, Debug)]
pub struct Only {
    /// Their projects and their IDs in Atlas.
    pub migrations: BTreeSet<(String, String)>,
    /// Their streams. One that is started again has another ID in Atlas, and is still the same.
    pub streams: BTreeSet<String>,
}

impl Only {
    fn has(&mut self, one: &Migration) -> bool {
        if let (Some(project), Some(id)) = (&one.project, &one.atlas_id)
            && self.migrations.contains(&(project.clone(), id.clone()))
        {
            self.streams.insert(one.pointer.id.clone());
        }
        self.streams.contains(&one.pointer.id)
    }
}

impl Presenter {
    /// Makes what the page shows at the present time.
    pub fn present(&mut self, published: Published) -> Presented {
        let times = Times::new(self.zone.clone(), published.now_ms());
        let mut board = Board::new(&published, self.plan.as_deref(), &times);
        if let Some(only) = &mut self.only {
            board.retain(|one| only.has(one));
        }
        Presented { published, times, board: Arc::new(board), decides: self.decides }
    }
}

/// Reads the journal until nobody listens, and presents what is new, or what only time changes.
pub async fn follow(
    mut reader: Reader,
    mut presenter: Presenter,
    every: Duration,
    shown: watch::Sender<Presented>,
) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !shown.is_closed() {
        ticks.tick().await;
        let before = shown.borrow().published.clone();
        let fresh = match reader.read().await {
            Ok(fresh) => fresh,
            Err(problem) => {
                if before.problem.as_ref() != Some(&problem) {
                    tracing::warn!(%problem, "the journal cannot be read");
                }
                Published { problem: Some(problem), ..before.clone() }
            }
        };
        let is_news = !Arc::ptr_eq(&fresh.snapshot, &before.snapshot)
            || fresh.problem != before.problem
            || is_another_minute(&shown, &fresh);
        if is_news {
            shown.send_replace(presenter.present(fresh));
        } else {
            // The time of the last read is not news.
            shown.send_if_modified(|now| {
                now.published = fresh;
                false
            });
        }
    }
}

fn is_another_minute(shown: &watch::Sender<Presented>, fresh: &Published) -> bool {
    let minute = |ms: i64| ms.div_euclid(MINUTE_MS);
    minute(shown.borrow().times.now_ms) != minute(fresh.now_ms())
}
