//! [`AttemptTimer`]: the time limits of an attempt.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, Kind, TimeoutKind};

/// Longer than any wait. Added to the current time, it does not overflow.
const FAR_FUTURE: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// Limits how long each part of an attempt may take, and how long the parts may take together.
pub(super) struct AttemptTimer {
    idle: Duration,
    total: Duration,
    total_kind: TimeoutKind,
    /// When the parts have taken as long as they may. The first wait sets it.
    end: Option<Instant>,
}

impl AttemptTimer {
    /// Each part may take as long as `idle`, and all together as long as `total`, which is the limit of
    /// this kind.
    pub(super) fn new(idle: Duration, total: Duration, total_kind: TimeoutKind) -> Self {
        Self { idle: idle.min(FAR_FUTURE), total: total.min(FAR_FUTURE), total_kind, end: None }
    }

    /// Waits for a part.
    ///
    /// # Errors
    ///
    /// The time ran out.
    pub(super) async fn wait<F: Future>(&mut self, part: F) -> Result<F::Output, Error> {
        // Begins when the part is found not to be ready: most parts of a body need no timer. Not counted as work of the
        // task, because a part that is always ready may use up what the task may do in one go.
        let limit = unconstrained(async {
            let (deadline, kind) = self.deadline();
            sleep_until(deadline).await;
            kind
        });
        match select(pin!(part), pin!(limit)).await {
            Either::Left((output, _)) => Ok(output),
            Either::Right((kind, _)) => Err(Error::new(Kind::Timeout(kind))),
        }
    }

    /// Returns when a part that begins now runs out of time, and by which limit.
    fn deadline(&mut self) -> (Instant, TimeoutKind) {
        let now = Instant::now();
        let end = *self.end.get_or_insert(now + self.total);
        let idle_end = now + self.idle;
        if idle_end < end { (idle_end, TimeoutKind::Idle) } else { (end, self.total_kind) }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Returns after how many seconds a wait for nothing times out, and the kind of the timeout.
    async fn timed_out(timer: &mut AttemptTimer) -> (u64, TimeoutKind) {
        let began = Instant::now();
        let error = timer.wait(pending::<()>()).await.unwrap_err();
        let Kind::Timeout(kind) = error.kind() else { panic!("{error}") };
        (began.elapsed().as_secs(), *kind)
    }

    #[tokio::test(start_paused = true)]
    async fn the_idle_limit_is_per_part_and_the_total_limit_is_for_all() {
        let timer = || AttemptTimer::new(10 * SECOND, 25 * SECOND, TimeoutKind::Attempt);
        assert_eq!(timed_out(&mut timer()).await, (10, TimeoutKind::Idle));

        let mut after_parts = timer();
        after_parts.wait(sleep(9 * SECOND)).await.unwrap();
        after_parts.wait(ready(())).await.unwrap();
        assert_eq!(timed_out(&mut after_parts).await, (10, TimeoutKind::Idle));

        let mut near_the_end = timer();
        for _ in 0..2 {
            near_the_end.wait(sleep(9 * SECOND)).await.unwrap();
        }
        assert_eq!(timed_out(&mut near_the_end).await, (7, TimeoutKind::Attempt));
    }

    #[tokio::test(start_paused = true)]
    async fn any_limit_is_accepted() {
        let mut timer = AttemptTimer::new(Duration::MAX, Duration::MAX, TimeoutKind::Call);
        assert_eq!(timed_out(&mut timer).await, (FAR_FUTURE.as_secs(), TimeoutKind::Call));
    }

    #[tokio::test(start_paused = true)]
    async fn parts_that_are_always_ready_do_not_outlast_the_limit() {
        /// More than a task may do in one go.
        const PARTS: u32 = 10_000;
        let mut timer = AttemptTimer::new(SECOND, Duration::ZERO, TimeoutKind::Attempt);
        for _ in 0..PARTS {
            let Err(error) = timer.wait(tokio::task::consume_budget()).await else { continue };
            assert!(matches!(error.kind(), Kind::Timeout(TimeoutKind::Attempt)), "{error}");
            return;
        }
        panic!("{PARTS} parts were received after the end");
    }
}
