//! [`JournalCounts`]: counts what is new in a journal.

use std::collections::{BTreeMap, HashMap};

use atlas_migrations_board::Snapshot;
use atlas_migrations_journal::{
    StreamId,
    event::{Event, EventRecord, HookResult},
};

use crate::{exposition::Exposition, families};

/// A delivery without news for this long is not tried again: tries end after ten minutes.
const FORGOTTEN_MS: i64 = 3_600_000;

/// The results of a try.
const RESULTS: [&str; 7] =
    ["delivered", "failed", "timeout", "given_up", "veto", "not_yet", "other"];

/// How many events and hook deliveries a journal has. Counts stay when a stream is archived, so that they never go back.
#[derive(Clone, Debug, Default)]
pub struct JournalCounts {
    /// The last position that was counted.
    position: u64,
    events: BTreeMap<&'static str, u64>,
    /// By the names of the plan and of the hook, and by result.
    deliveries: BTreeMap<(String, String), BTreeMap<&'static str, u64>>,
    /// The deliveries that did not end, with the time of their last event.
    open: HashMap<(StreamId, String, u64), Open>,
}

#[derive(Clone, Debug)]
struct Open {
    plan: String,
    at_ms: i64,
}

impl JournalCounts {
    /// Counts the events that are new.
    pub fn observe(&mut self, snapshot: &Snapshot) {
        if snapshot.position < self.position {
            // Another journal, or one that was restored from a copy.
            *self = Self::default();
        }
        let plans: HashMap<_, _> = snapshot.rows.iter().map(|row| (row.id, &row.name)).collect();
        for row in &snapshot.rows {
            let Some(events) = snapshot.events.get(&row.id) else { continue };
            let known = events.partition_point(|event| event.position <= self.position);
            let plan = row.plan.and_then(|plan| plans.get(&plan)).map_or("", |name| name);
            for record in &events[known..] {
                self.count(record, plan);
            }
        }
        self.position = snapshot.position;
    }

    fn count(&mut self, record: &EventRecord, plan: &str) {
        let event_type = record.event.event_type();
        let known = Event::TYPES.iter().find(|known| **known == event_type);
        *self.events.entry(known.copied().unwrap_or("other")).or_default() += 1;
        let (hook, seq, result) = match &record.event {
            Event::HookStarted(started) => (&started.hook, started.event_seq, None),
            Event::HookEnded(ended) => (&ended.hook, ended.event_seq, Some(&ended.result)),
            _ => return,
        };
        let results = self.deliveries.entry((plan.to_owned(), hook.clone())).or_default();
        if let Some(result) = result {
            *results.entry(word_of(result)).or_default() += 1;
        }
        let delivery = (record.stream, hook.clone(), seq);
        match result {
            None | Some(HookResult::Failed | HookResult::Timeout) => {
                self.open.insert(delivery, Open { plan: plan.to_owned(), at_ms: record.at_ms });
            }
            Some(_) => {
                self.open.remove(&delivery);
            }
        }
    }
}

impl Exposition {
    /// Adds what the journal has, at a time in milliseconds since 1970.
    #[allow(clippy::cast_precision_loss, reason = "a journal has fewer than 2^53 events")]
    pub fn add_counts(&mut self, counts: &JournalCounts, now_ms: i64) {
        for event_type in Event::TYPES.iter().chain([&"other"]) {
            let count = counts.events.get(event_type).copied().unwrap_or(0);
            self.set(&families::JOURNAL_EVENTS, &[event_type], count as f64);
        }
        let mut pending: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for ((_, hook, _), open) in &counts.open {
            if open.at_ms > now_ms.saturating_sub(FORGOTTEN_MS) {
                *pending.entry((&open.plan, hook)).or_default() += 1;
            }
        }
        for ((plan, hook), results) in &counts.deliveries {
            for result in RESULTS {
                let count = results.get(result).copied().unwrap_or(0);
                self.set(&families::HOOK_DELIVERIES, &[plan, hook, result], count as f64);
            }
            let count = pending.get(&(plan.as_str(), hook.as_str())).copied().unwrap_or(0);
            self.set(&families::HOOK_PENDING, &[plan, hook], count as f64);
        }
    }
}

fn word_of(result: &HookResult) -> &'static str {
    match result {
        HookResult::Ok => "delivered",
        HookResult::Failed => "failed",
        HookResult::Timeout => "timeout",
        HookResult::GivenUp => "given_up",
        HookResult::Veto => "veto",
        HookResult::NotYet => "not_yet",
        _ => "other",
    }
}
