//! [`Patience`]: how long an answer is waited for.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::{Error, Kind, TimeoutKind};

/// Longer than anything is waited for.
const EVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// Waits for one thing after the other, until nothing came for too long or all of it took too long. Both
/// limits share one timer.
pub(super) struct Patience {
    idle: Duration,
    began: Instant,
    end: Instant,
    end_kind: TimeoutKind,
    /// Once there was something to wait for.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// With things that may each take as long as `idle`, and all together as long as `whole`.
    pub(super) fn new(idle: Duration, whole: Duration, whole_kind: TimeoutKind) -> Self {
        let began = Instant::now();
        let (idle, end) = (idle.min(EVER), began + whole.min(EVER));
        Self { idle, began, end, end_kind: whole_kind, timer: None }
    }

    /// What a future comes to.
    ///
    /// # Errors
    ///
    /// It comes to nothing in time.
    pub(super) fn wait<F: Future>(
        &mut self,
        mut future: Pin<&mut F>,
    ) -> impl Future<Output = Result<F::Output, Error>> {
        let mut waits = false;
        poll_fn(move |context| {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(value));
            }
            let timer = match &mut self.timer {
                Some(timer) => {
                    if !waits {
                        timer.as_mut().reset(self.end.min(Instant::now() + self.idle));
                    }
                    timer
                }
                none => none.insert(Box::pin(sleep_until(self.end.min(self.began + self.idle)))),
            };
            waits = true;
            ready!(timer.as_mut().poll(context));
            let is_end = timer.deadline() == self.end;
            let kind = if is_end { self.end_kind } else { TimeoutKind::Idle };
            Poll::Ready(Err(Error::new(Kind::Timeout(kind))))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;

    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many seconds passed until it was given up, and why.
    async fn given_up(patience: &mut Patience) -> (u64, TimeoutKind) {
        let began = Instant::now();
        let error = patience.wait(pin!(pending::<()>())).await.unwrap_err();
        let Kind::Timeout(kind) = error.kind() else { panic!("{error}") };
        (began.elapsed().as_secs(), *kind)
    }

    #[tokio::test(start_paused = true)]
    async fn silence_counts_from_the_last_that_came_and_the_whole_from_the_beginning() {
        let patience = || Patience::new(10 * SECOND, 25 * SECOND, TimeoutKind::Attempt);
        assert_eq!(given_up(&mut patience()).await, (10, TimeoutKind::Idle));

        let mut after_some = patience();
        after_some.wait(pin!(sleep(9 * SECOND))).await.unwrap();
        after_some.wait(pin!(ready(()))).await.unwrap();
        assert_eq!(given_up(&mut after_some).await, (10, TimeoutKind::Idle));

        let mut near_the_end = patience();
        for _ in 0..2 {
            near_the_end.wait(pin!(sleep(9 * SECOND))).await.unwrap();
        }
        assert_eq!(given_up(&mut near_the_end).await, (7, TimeoutKind::Attempt));
    }

    #[tokio::test(start_paused = true)]
    async fn no_limit_is_too_long() {
        let mut patience = Patience::new(Duration::MAX, Duration::MAX, TimeoutKind::Call);
        assert_eq!(given_up(&mut patience).await, (EVER.as_secs(), TimeoutKind::Call));
    }
}
