//! [`AttemptTimer`]: the time limits of an attempt.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Kind, TimeoutKind};

/// Longer than any wait. Added to the current time, it does not overflow.
const FAR_FUTURE: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// Limits how long each part of an attempt may take, and how long the parts may take together.
pub(super) struct AttemptTimer {
    idle: Duration,
    end: Instant,
    end_kind: TimeoutKind,
}

impl AttemptTimer {
    /// Each part may take as long as `idle`, and all together as long as `total`, which is the limit of
    /// this kind.
    pub(super) fn new(idle: Duration, total: Duration, total_kind: TimeoutKind) -> Self {
        let end = Instant::now() + total.min(FAR_FUTURE);
        Self { idle: idle.min(FAR_FUTURE), end, end_kind: total_kind }
    }

    /// Waits for a part.
    ///
    /// # Errors
    ///
    /// The time ran out.
    pub(super) async fn wait<F: Future>(&self, part: F) -> Result<F::Output, Error> {
        let idle_end = Instant::now() + self.idle;
        let (deadline, kind) = if idle_end < self.end {
            (idle_end, TimeoutKind::Idle)
        } else {
            (self.end, self.end_kind)
        };
        timeout_at(deadline, part).await.map_err(|_| Error::new(Kind::Timeout(kind)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Returns after how many seconds a wait for nothing times out, and the kind of the timeout.
    async fn timed_out(timer: &AttemptTimer) -> (u64, TimeoutKind) {
        let began = Instant::now();
        let error = timer.wait(pending::<()>()).await.unwrap_err();
        let Kind::Timeout(kind) = error.kind() else { panic!("{error}") };
        (began.elapsed().as_secs(), *kind)
    }

    #[tokio::test(start_paused = true)]
    async fn the_idle_limit_is_per_part_and_the_total_limit_is_for_all() {
        let timer = || AttemptTimer::new(10 * SECOND, 25 * SECOND, TimeoutKind::Attempt);
        assert_eq!(timed_out(&timer()).await, (10, TimeoutKind::Idle));

        let after_parts = timer();
        after_parts.wait(sleep(9 * SECOND)).await.unwrap();
        after_parts.wait(ready(())).await.unwrap();
        assert_eq!(timed_out(&after_parts).await, (10, TimeoutKind::Idle));

        let near_the_end = timer();
        for _ in 0..2 {
            near_the_end.wait(sleep(9 * SECOND)).await.unwrap();
        }
        assert_eq!(timed_out(&near_the_end).await, (7, TimeoutKind::Attempt));
    }

    #[tokio::test(start_paused = true)]
    async fn any_limit_is_accepted() {
        let timer = AttemptTimer::new(Duration::MAX, Duration::MAX, TimeoutKind::Call);
        assert_eq!(timed_out(&timer).await, (FAR_FUTURE.as_secs(), TimeoutKind::Call));
    }
}
