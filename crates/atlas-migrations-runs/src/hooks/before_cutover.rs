//! Asks the hooks before a cutover whether it may start.

use atlas_migrations_journal::{
    EventId, Result, StreamId,
    event::{Event, EventRecord, HookEnded, HookResult, Vetoed},
};
use atlas_migrations_plan::HookEvent;

use super::{
    hook::Hook,
    moment::Moment,
    run::HookRun,
    service::{Hooks, Try},
};

/// How long a permission holds, and how long after "not yet" the hook is asked again.
const MINUTE_MS: i64 = 60_000;

/// What the hooks before a cutover say.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CutoverDecision {
    /// The cutover may start until this time of the journal, in milliseconds since 1970. Without hooks: at any time.
    Allowed {
        /// Until when.
        until_ms: i64,
    },
    /// A hook asks to be run again later.
    NotYet {
        /// The hook.
        hook: String,
        /// When to ask again, in milliseconds since 1970 by the journal's time.
        again_ms: i64,
    },
    /// A hook forbids the cutover until a person releases the migration. The journal says so.
    Vetoed {
        /// The hook.
        hook: String,
    },
}

impl Hooks {
    /// Runs the hooks before the cutover of a migration, in the order of the plan, and returns what they say. The first one
    /// that does not allow it decides; the later ones do not run.
    ///
    /// Call it directly before the cutover's intent, so that a crash in between asks again. A veto is stored. A hook that
    /// asked for a pause is not run before its end. Dropping the future ends the program that runs.
    ///
    /// # Errors
    /// The journal cannot be read or written: then nothing is allowed.
    pub async fn before_cutover(&self, stream: StreamId) -> Result<CutoverDecision> {
        let mut until_ms = i64::MAX;
        for hook in self.all.iter().filter(|hook| hook.asked_before_cutover()) {
            let (result, ended_ms) = self.ask(hook, stream).await?;
            match result {
                HookResult::NotYet => {
                    let again_ms = ended_ms.saturating_add(MINUTE_MS);
                    return Ok(CutoverDecision::NotYet { hook: hook.name().to_owned(), again_ms });
                }
                HookResult::Ok => {}
                _ if hook.vetoes() => return self.veto(hook, stream).await,
                _ => {}
            }
            // The hooks were asked as one: the permission begins at the end of the last one.
            until_ms = ended_ms.saturating_add(MINUTE_MS);
        }
        Ok(CutoverDecision::Allowed { until_ms })
    }

    /// Returns what a hook says and when it said so: a refusal of the same question that still holds, or that of a new run.
    async fn ask(&self, hook: &Hook, stream: StreamId) -> Result<(HookResult, i64)> {
        let store = &self.settings.store;
        let info = store.info().await?;
        let records = store.read(stream, 0).await?;
        let mut moment = Moment::new();
        for record in &records {
            moment.add(record);
        }
        let question = records
            .iter()
            .find(|record| record.seq == moment.question_seq)
            .or(records.last())
            .ok_or(atlas_migrations_journal::Error::NoSuchStream(stream))?;
        let answers = || runs_of(hook, question, &records);
        if let Some((record, ended)) = answers().last() {
            let holds = match ended.result {
                HookResult::Ok => false,
                HookResult::NotYet => {
                    (record.at_ms..record.at_ms.saturating_add(MINUTE_MS)).contains(&info.now_ms)
                }
                _ => hook.vetoes(),
            };
            if holds {
                return Ok((ended.result.clone(), record.at_ms));
            }
        }
        let number = u32::try_from(answers().count()).unwrap_or(u32::MAX).saturating_add(1);
        let row = self.row(stream).await?;
        let a_try = Try {
            hook,
            event: HookEvent::BeforeCutover,
            record: question,
            event_id: asked_as(hook, question, &records).unwrap_or_else(EventId::new),
            at_ms: info.now_ms,
            number,
        };
        let judge = HookRun::as_permission;
        let (result, ended) = self.run(&row, &moment, info.journal_id, a_try, judge).await?;
        Ok((result, ended.at_ms))
    }

    async fn veto(&self, hook: &Hook, stream: StreamId) -> Result<CutoverDecision> {
        let (_, state) = self.settings.store.state(stream).await?;
        // A process may have ended between the end of the hook and the veto.
        if state.veto != Some(None) {
            let vetoed = Vetoed::new(hook.name().to_owned());
            self.append(stream, state.attempt, vetoed).await?;
        }
        Ok(CutoverDecision::Vetoed { hook: hook.name().to_owned() })
    }
}

/// Returns the ended runs of a hook for one question.
fn runs_of<'a>(
    hook: &'a Hook,
    question: &'a EventRecord,
    records: &'a [EventRecord],
) -> impl Iterator<Item = (&'a EventRecord, &'a HookEnded)> {
    records.iter().filter_map(move |record| match &record.event {
        Event::HookEnded(ended)
            if ended.hook == hook.name()
                && ended.event_seq == question.seq
                && is_question(ended.event.as_deref()) =>
        {
            Some((record, ended))
        }
        _ => None,
    })
}

/// Returns the identifier under which a hook was asked a question before.
fn asked_as(hook: &Hook, question: &EventRecord, records: &[EventRecord]) -> Option<EventId> {
    records.iter().find_map(|record| match &record.event {
        Event::HookStarted(started)
            if started.hook == hook.name()
                && started.event_seq == question.seq
                && is_question(started.event.as_deref()) =>
        {
            started.event_id
        }
        _ => None,
    })
}

/// The same hook can be notified of the event that opens the question.
fn is_question(event: Option<&str>) -> bool {
    event == Some(HookEvent::BeforeCutover.as_str())
}
