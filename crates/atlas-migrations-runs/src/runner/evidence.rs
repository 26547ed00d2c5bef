//! What proves the fate of a request, and when a request of a process that is gone is called unclear.

use atlas_migrations_journal::{
    Redactor,
    event::{Operation, Resolution, Resolved, ResolvedBy, Sent, Unclear, UnclearReason},
    state::{Slot, SlotKey, SlotState},
};

use super::{facts::Facts, next::Next};

/// Returns what to record about a request whose fate is not known, if there is something.
pub(super) fn next(facts: &Facts<'_>, key: &SlotKey, slot: &Slot) -> Option<Next> {
    if facts.now_ms < facts.memory.record_from_ms {
        return None;
    }
    if key.op == Operation::Cutover
        && let Some(evidence) = proof_of_cutover(facts, slot)
    {
        let mut resolved = Resolved::new(slot.intent_seq, Resolution::TookEffect, ResolvedBy::Look);
        resolved.evidence = Some(Redactor::default().text(&evidence));
        return Some(Next::Record(resolved.into()));
    }
    // The journal knows whether that process is gone and could still send; it says when to ask again.
    (slot.state == SlotState::Open && facts.now_ms >= facts.memory.unclear_from_ms).then(|| {
        let unclear = Unclear::new(slot.intent_seq, UnclearReason::RunnerGone, Sent::Unknown);
        Next::Record(unclear.into())
    })
}

/// Returns what Atlas shows if it proves that the cutover took effect. A migration that is ready with a lag proves nothing:
/// Atlas accepts a cutover before it acts.
fn proof_of_cutover(facts: &Facts<'_>, slot: &Slot) -> Option<String> {
    let seen = facts.memory.seen.as_ref().filter(|seen| seen.at_ms > slot.intent_ms)?;
    let is_stopping = seen.status == "WORKING"
        && !seen.ready
        && seen.lag_seconds.is_none()
        && facts.history.was_ready;
    is_stopping.then(|| {
        "WORKING, not ready and without a lag, after it was ready: replication stops".to_owned()
    })
}
