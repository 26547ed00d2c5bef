//! Keeps what the page shows up to date.

use std::{sync::Arc, time::Duration};

use jiff::tz::TimeZone;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use atlas_migrations_board::{Board, Published, Reader, Times};

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
    /// Whether readers can decide.
    pub decides: bool,
}

impl Presenter {
    /// Makes what the page shows at the present time.
    pub fn present(&self, published: Published) -> Presented {
        let times = Times::new(self.zone.clone(), published.now_ms());
        let board = Board::new(&published, self.plan.as_deref(), &times);
        Presented { published, times, board: Arc::new(board), decides: self.decides }
    }
}

/// Reads the journal until nobody listens, and presents what is new, or what only time changes.
pub async fn follow(
    mut reader: Reader,
    presenter: Presenter,
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
