//! Notifications: queued in the journal, delivered at least once and in order, given up after ten minutes.

use std::time::Duration;

use atlas_migrations_journal::{
    Result, StreamId,
    event::{Event, EventRecord, HookEnded, HookResult},
    store::{Delivery, DeliveryState, StreamRow},
};
use atlas_migrations_plan::HookEvent;
use futures_util::future::join_all;

use super::{
    hook::Hook,
    moment::Moment,
    run::HookRun,
    service::{Hooks, Try},
};

/// The pauses after the first four tries: ten minutes together. The fifth try is the last.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(15),
    Duration::from_secs(45),
    Duration::from_mins(3),
    Duration::from_mins(6),
];

const MAX_TRIES: u32 = 5;

/// How long after the time limit of a hook its run is taken for lost, with the process that made it.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// Events that are older are not news: they happened before the hook was in the plan, or their delivery is forgotten.
const NEWS: Duration = Duration::from_hours(24);

/// How long deliveries are kept after the end of a migration.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// How many deliveries are read at once. So many that those of a dead receiver do not hide the others.
const BATCH: u32 = 10_000;

/// How many notifications ended in which way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct DeliveryReport {
    /// Delivered.
    pub delivered: usize,
    /// Failed, and tried again later.
    pub failed: usize,
    /// Failed, and not tried again.
    pub given_up: usize,
    /// Dropped before the first try because newer ones replace them.
    pub dropped: usize,
}

/// The end of one delivery, for the report.
enum Progress {
    Delivered,
    Failed,
    GivenUp,
    Dropped,
    /// Another process makes the try, or the hook is busy.
    None,
}

impl Hooks {
    /// Queues notifications of the new events of a migration. Call it after each event, and once at the start for each
    /// migration: what an earlier process did not queue is queued then. Returns how many are new.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn enqueue(&self, stream: StreamId) -> Result<usize> {
        if self.all.is_empty() {
            return Ok(0);
        }
        let mut moment = self.seen(stream);
        let records = self.settings.store.read(stream, moment.state.head).await?;
        if records.is_empty() {
            return Ok(0);
        }
        let now_ms = self.settings.store.info().await?.now_ms;
        let mut queued = 0;
        for record in &records {
            let events = moment.add(record);
            if events.is_empty() || record.at_ms < now_ms.saturating_sub(ms(NEWS)) {
                continue;
            }
            for hook in self.all.iter().filter(|hook| hook.notified_of(&events).is_some()) {
                let delivery = Delivery::new(hook.name(), stream, record.seq, now_ms);
                queued += usize::from(self.settings.store.put_delivery(delivery).await?);
            }
        }
        // Only now: what fails above is looked at again.
        self.remember(stream, moment);
        Ok(queued)
    }

    /// Delivers what is due, and what is due after that. Hooks do not wait for each other. A call may begin while an
    /// earlier one runs: nothing is delivered twice by that. Dropping the future ends the programs that run.
    ///
    /// # Errors
    /// The journal cannot be read or written. What was not delivered is due again later.
    pub async fn deliver_due(&self) -> Result<DeliveryReport> {
        let mut report = DeliveryReport::default();
        if self.all.is_empty() {
            return Ok(report);
        }
        loop {
            let due = self.settings.store.due_deliveries(Some(self.settings.plan), BATCH).await?;
            let mut progress = 0;
            for ended in join_all(due.into_iter().map(|delivery| self.deliver(delivery))).await {
                let count = match ended? {
                    Progress::Delivered => &mut report.delivered,
                    Progress::Failed => &mut report.failed,
                    Progress::GivenUp => &mut report.given_up,
                    Progress::Dropped => &mut report.dropped,
                    Progress::None => continue,
                };
                *count += 1;
                progress += 1;
            }
            if progress == 0 {
                return Ok(report);
            }
        }
    }

    /// Delivers all notifications of a plan, and [forgets old ones](Self::forget_old) every hour, until the future is dropped.
    pub async fn deliver_forever(&self) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut hours = tokio::time::interval(Duration::from_hours(1));
        let mut calls = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    let hooks = self.clone();
                    calls.spawn(async move { hooks.deliver_due().await });
                }
                _ = hours.tick() => {
                    if let Err(error) = self.forget_old().await {
                        tracing::warn!(%error, "old notifications are forgotten later");
                    }
                }
                Some(ended) = calls.join_next() => match ended {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => tracing::warn!(%error, "notifications are delivered later"),
                    Err(error) => tracing::error!(%error, "a delivery ended early"),
                },
            }
        }
    }

    /// Deletes the deliveries of migrations that ended 30 days ago. Their events stay. Returns how many.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub async fn forget_old(&self) -> Result<u64> {
        let now_ms = self.settings.store.info().await?.now_ms;
        self.settings.store.forget_deliveries(now_ms.saturating_sub(ms(KEPT))).await
    }

    async fn deliver(&self, delivery: Delivery) -> Result<Progress> {
        let Some(hook) = self.hook(&delivery.hook) else {
            return self.drop_removed(delivery).await;
        };
        let Ok(_run) = hook.runs().try_acquire() else { return Ok(Progress::None) };
        let store = &self.settings.store;
        let info = store.info().await?;
        let records = store.read(delivery.stream, 0).await?;
        let Some((record, moment, events)) = Moment::at(&records, delivery.seq) else {
            return self.drop_delivery(delivery).await;
        };
        let Some(event) = hook.notified_of(&events) else {
            return self.drop_delivery(delivery).await;
        };
        if event == HookEvent::DeadlineNear && is_overtaken(&records, record) {
            return self.drop_delivery(delivery).await;
        }
        if delivery.tries >= MAX_TRIES {
            // The process of the last try is gone.
            return self.give_up(hook, event, record, delivery).await;
        }
        let row = self.row(delivery.stream).await?;
        let lost_ms = info.now_ms.saturating_add(ms(hook.timeout() + LOST_AFTER));
        let delivery = delivery.tried(DeliveryState::Pending, lost_ms);
        if !store.put_delivery(delivery.clone()).await? {
            return Ok(Progress::None);
        }
        let is_last = delivery.tries >= MAX_TRIES;
        let judge = |run: &HookRun| match run.as_notification() {
            HookResult::Ok => HookResult::Ok,
            _ if is_last => HookResult::GivenUp,
            failure => failure,
        };
        let a_try = Try {
            hook,
            event,
            record,
            event_id: record.event_id,
            at_ms: record.at_ms,
            number: delivery.tries,
        };
        let (result, ended) = self.run(&row, &moment, info.journal_id, a_try, judge).await?;
        let (state, progress, pause) = match result {
            HookResult::Ok => (DeliveryState::Delivered, Progress::Delivered, Duration::ZERO),
            HookResult::GivenUp => (DeliveryState::GivenUp, Progress::GivenUp, Duration::ZERO),
            _ => (DeliveryState::Pending, Progress::Failed, pause(delivery.tries)),
        };
        let next_ms = ended.at_ms.saturating_add(ms(pause));
        store.end_delivery(delivery.ended(state, next_ms)).await?;
        Ok(progress)
    }

    /// Drops an old delivery to a hook that left the plan. A new one may belong to a process whose plan has the hook.
    async fn drop_removed(&self, delivery: Delivery) -> Result<Progress> {
        let now_ms = self.settings.store.info().await?.now_ms;
        if delivery.next_ms < now_ms.saturating_sub(ms(NEWS)) {
            return self.drop_delivery(delivery).await;
        }
        Ok(Progress::None)
    }

    /// Ends a delivery without a try.
    async fn drop_delivery(&self, delivery: Delivery) -> Result<Progress> {
        let next_ms = delivery.next_ms;
        let ended = delivery.ended(DeliveryState::GivenUp, next_ms);
        let stored = self.settings.store.end_delivery(ended).await?;
        Ok(if stored { Progress::Dropped } else { Progress::None })
    }

    async fn give_up(
        &self,
        hook: &Hook,
        event: HookEvent,
        record: &EventRecord,
        delivery: Delivery,
    ) -> Result<Progress> {
        let next_ms = delivery.next_ms;
        let (stream, tries) = (delivery.stream, delivery.tries);
        let ended = delivery.ended(DeliveryState::GivenUp, next_ms);
        if !self.settings.store.end_delivery(ended).await? {
            return Ok(Progress::None);
        }
        let name = hook.name().to_owned();
        let mut ended = HookEnded::new(name, record.seq, tries, HookResult::GivenUp);
        ended.event = Some(event.as_str().to_owned());
        self.append(stream, record.attempt, ended).await?;
        Ok(Progress::GivenUp)
    }

    pub(super) async fn row(&self, stream: StreamId) -> Result<StreamRow> {
        let (row, _) = self.settings.store.state(stream).await?;
        Ok(row)
    }
}

/// Returns whether a nearer deadline, or the end of the attempt, makes the news of a deadline old.
fn is_overtaken(records: &[EventRecord], near: &EventRecord) -> bool {
    records.iter().any(|record| {
        record.seq > near.seq
            && matches!(record.event, Event::DeadlineNear(_) | Event::Ended(_) | Event::Retry(_))
    })
}

fn pause(tries: u32) -> Duration {
    let at = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    PAUSES.get(at).copied().unwrap_or(PAUSES[PAUSES.len() - 1])
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
