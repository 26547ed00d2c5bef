//! `atlas-migrations hold`, `release` and `postpone-until`.

use atlas_migrations_journal::StreamId;
use atlas_migrations_journal::event::{Operation, Postponed, StreamKind};
use atlas_migrations_journal::store::{StreamFilter, StreamRow};
use atlas_migrations_runs::decisions::{self, Decision, Done, Situation, decide};

use super::decide::{decider, what_goes_on};
use super::report::{Said, answer_each};
use crate::cli::{GlobalOptions, Hold, Moment, PostponeUntil, Release};
use crate::error::CliError;
use crate::instant::{local_and_utc, utc};
use crate::journal::{Journal, OpenJournal, redactor};
use crate::stream_lookup::{find_all, qualified};

const KINDS: [StreamKind; 2] = [StreamKind::Migration, StreamKind::Plan];

pub async fn hold(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Hold,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let actor = decider(options.decider.by.as_deref());
    let reason = options.reason.reason.as_deref().map(|text| journal.redactor.text(text));
    let rows = find_all(journal, &options.streams.names, &KINDS).await?;
    answer_each(global.output, rows, async |row| {
        let done = decisions::hold(&*journal.store, row.id, &actor, reason.as_ref()).await?;
        match row.kind {
            StreamKind::Plan => said_of_plan(journal, row, &done).await,
            _ => Ok(said_of_hold(&done)),
        }
    })
    .await
}

/// Holds one migration. Returns what was recorded, in one line.
pub async fn hold_migration(journal: &OpenJournal, stream: StreamId) -> Result<String, CliError> {
    let done = decisions::hold(&*journal.store, stream, &decider(None), None).await?;
    Ok(said_of_hold(&done).into_text())
}

fn said_of_hold(done: &Done) -> Said {
    let goes_on = match done {
        Done::Appended(_, before) => what_goes_on(before),
        Done::Nothing(..) => String::new(),
    };
    Said::new(done, "held", format!("held; no cutover was sent{goes_on}"))
}

/// Says which cutovers of a plan were recorded before it was held.
///
/// Each cutover is appended at the plan's gate, which the hold moved: none can be appended later by a process that did
/// not see the hold.
async fn said_of_plan(
    journal: &OpenJournal,
    plan: &StreamRow,
    done: &Done,
) -> Result<Said, CliError> {
    let mut filter = StreamFilter::default();
    filter.plan = Some(plan.id);
    let mut before = Vec::new();
    for row in journal.store.streams(filter).await? {
        let (row, state) = journal.store.state(row.id).await?;
        if let Some(slot) = state.slot(&Operation::Cutover).filter(|_| state.ended.is_none()) {
            let (seq, at, actor) = (slot.intent_seq, utc(slot.intent_ms), &slot.actor);
            before.push(format!("{} (cutover intent {seq} at {at} by {actor})", row.name));
        }
    }
    let held = match done {
        Done::Appended(..) => "held",
        Done::Nothing(_, text) => text,
    };
    let other = if before.is_empty() { "" } else { "other " };
    let text = format!("{held}; no {other}cutover of the plan is under way");
    let warning = (!before.is_empty())
        .then(|| format!("too late for {}: Atlas goes on with it", before.join(", ")));
    let mut said = Said::new(done, "held", "").warn(warning).with("too_late", before);
    said.text = text;
    Ok(said)
}

pub async fn release(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Release,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let actor = decider(options.decider.by.as_deref());
    let reason = options.reason.reason.as_deref().map(|text| journal.redactor.text(text));
    let rows = find_all(journal, &options.streams.names, &KINDS).await?;
    answer_each(global.output, rows, async |row| {
        let done = decisions::release(&*journal.store, row.id, &actor, reason.as_ref()).await?;
        let text = "released; requests may be sent as soon as their conditions hold";
        Ok(Said::new(&done, "released", text).warn(why_still_held(journal, row).await))
    })
    .await
}

/// Returns a warning if the plan of a migration is held, or may be.
async fn why_still_held(journal: &OpenJournal, row: &StreamRow) -> Option<String> {
    match journal.store.state(row.plan?).await {
        Ok((_, state)) if state.held.is_none() => None,
        Ok((plan, _)) => Some(format!(
            "plan {} is held, and nothing is sent until it is released",
            qualified(&plan)
        )),
        // The migration is released, whatever its plan is.
        Err(error) => Some(format!("whether its plan is held cannot be read: {error}")),
    }
}

pub async fn postpone_until(
    global: &GlobalOptions,
    journal: &Journal,
    options: &PostponeUntil,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let actor = decider(options.decider.by.as_deref());
    let rows = find_all(journal, &options.streams.names, &KINDS).await?;
    let is_end = options.until == Moment::Now;
    // The same time for all, by the clock of the journal.
    let now_ms = journal.store.info().await?.now_ms;
    let until_ms = options.until.at_ms(now_ms);
    if !is_end && until_ms <= now_ms {
        let (until, now) = (local_and_utc(until_ms), utc(now_ms));
        return Err(CliError::usage(format!("nothing was done: {until} is over, it is {now}"))
            .hint("`now` ends a postponement"));
    }
    let until = (!is_end).then_some(until_ms);
    answer_each(global.output, rows, async |row| {
        let done = decide(&*journal.store, row.id, &actor, |situation| {
            if let Some(why) = situation.why_too_late() {
                return Decision::Refuse(why);
            }
            if is_end && !situation.state.is_postponed(situation.now_ms) {
                return Decision::Nothing("not_postponed", "it was not postponed".to_owned());
            }
            let mut postponed = Postponed::new();
            postponed.until_ms = until;
            postponed.reason =
                options.reason.reason.as_deref().map(|text| journal.redactor.text(text));
            Decision::append(postponed)
        });
        let done = done.await?;
        let what = if row.kind == StreamKind::Plan { "cutovers" } else { "cutover" };
        let text = match until {
            Some(until) => format!("no {what} before {}", local_and_utc(until)),
            None => format!("the {what} may be sent as soon as the conditions hold"),
        };
        let too_long = match (&done, until) {
            (Done::Appended(_, before), Some(until)) => expires_before(before, until),
            _ => None,
        };
        Ok(Said::new(&done, if is_end { "not_postponed" } else { "postponed" }, text)
            .warn(too_long)
            .with("until", until.map(utc)))
    })
    .await
}

/// Atlas accepts a cutover for 120 hours after a migration became ready.
const READY_MS: i64 = 120 * 3_600_000;

/// Returns a warning if the migration may expire before a time.
fn expires_before(situation: &Situation, until_ms: i64) -> Option<String> {
    let look = situation.state.look.as_ref().filter(|look| look.ready)?;
    // The first look that was ready: it was ready at the latest then.
    let latest_ms = look.polled_ms.saturating_add(READY_MS);
    (until_ms > latest_ms).then(|| {
        format!(
            "Atlas expires the migration before that, at {} at the latest; it cannot be cut over then",
            local_and_utc(latest_ms)
        )
    })
}
