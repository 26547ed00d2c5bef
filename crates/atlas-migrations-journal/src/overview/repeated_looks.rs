//! Leaves looks out of logs that say nothing but another lag.

use crate::event::{Event, EventRecord};

/// Returns the events of a stream without looks at Atlas that say the same as the look before, but for the lag.
pub fn without_repeated_looks(records: &[EventRecord]) -> Vec<&EventRecord> {
    let mut last = None;
    let mut kept = Vec::new();
    for record in records {
        if let Event::Observed(look) = &record.event {
            let now = Some((record.attempt, look.status.as_str(), look.ready));
            if now == last {
                continue;
            }
            last = now;
        }
        kept.push(record);
    }
    kept
}
