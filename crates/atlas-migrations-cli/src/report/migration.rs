//! The report of a migration.

use atlas_migrations_board::{AttemptTimes, RecordedCurve};
use atlas_migrations_chart::{Series, Tone, day_time_text};
use atlas_migrations_journal::event::{Action, Event, EventRecord};
use atlas_migrations_journal::overview::Urgency;
use atlas_migrations_journal::state::{Phase, SlotState};
use atlas_migrations_report::{Approval, MigrationReport};
use jiff::tz::TimeZone;

use super::problem::{entries, who};
use crate::overview::MigrationView;

/// Returns what the journal knows of a migration.
pub fn migration(
    view: &MigrationView,
    records: &[EventRecord],
    now_ms: i64,
    zone: &TimeZone,
) -> MigrationReport {
    let curve = RecordedCurve::of(records);
    let times = curve.times;
    let (tone, glyph) = tone(view, now_ms);
    let state = state_text(view, times, zone);
    let series = curve.draw(Series::new(&view.name, tone, &state).glyph(glyph));
    let series = match view.summary.deadline_ms() {
        Some(deadline) => series.deadline(deadline),
        None => series,
    };
    let mut report = MigrationReport::new(&view.name, series);
    (report.tone, report.glyph, report.state) = (tone, glyph, state);
    report.waits_for =
        times.ended.is_none().then(|| view.summary.waits_for_text(&view.name, now_ms));
    report.next_step = next_step(view);
    report.source.clone_from(&view.summary.source);
    report.destination.clone_from(&view.summary.destination);
    report.project = view.summary.state.group_id.as_ref().map(ToString::to_string);
    report.migration_id = view.summary.state.migration_id.as_ref().map(ToString::to_string);
    report.attempts = view.summary.state.attempt;
    let AttemptTimes { created, ready, cutover, ended } = times;
    (report.created_ms, report.ready_ms) = (created, ready);
    (report.cutover_ms, report.ended_ms) = (cutover, ended);
    // Whether an approval counted is decided by the time of the cutover that it allowed.
    report.approvals = approvals(view, records, cutover.unwrap_or(now_ms));
    report.unclear = unclear(view, zone);
    report.events = entries(records);
    report
}

fn tone(view: &MigrationView, now_ms: i64) -> (Tone, char) {
    match (view.summary.urgency(now_ms), view.summary.phase()) {
        (Urgency::Unclear, _) => (Tone::Broken, '?'),
        (Urgency::Failed | Urgency::Expired, _) => (Tone::Broken, '✗'),
        (Urgency::Ended, Phase::Complete) => (Tone::Done, '✓'),
        (Urgency::Ended, _) => (Tone::Idle, '–'),
        _ if view.summary.state.held.is_some() => (Tone::Yours, '‖'),
        (Urgency::DeadlineNear | Urgency::WaitsForPerson, _) => (Tone::Yours, '!'),
        (Urgency::Ready, _) if view.summary.row.plan.is_none() => (Tone::Yours, '!'),
        _ if view.summary.state.polls_failing_since_ms.is_some() => (Tone::Yours, '!'),
        (Urgency::Ready, _) => (Tone::Moving, '◷'),
        (Urgency::CuttingOver, _) => (Tone::Moving, '»'),
        (Urgency::Replicating, _) => (Tone::Moving, '▸'),
        _ => (Tone::Idle, '·'),
    }
}

fn state_text(view: &MigrationView, times: AttemptTimes, zone: &TimeZone) -> String {
    let since = match view.summary.phase() {
        Phase::Complete | Phase::Failed | Phase::Expired | Phase::Forgone => times.ended,
        Phase::Ready => times.ready,
        Phase::CuttingOver => times.cutover,
        Phase::Replicating | Phase::Creating => times.created,
        _ => None,
    };
    let phase = match view.summary.phase() {
        Phase::Forgone => "given up".to_owned(),
        phase => phase.to_string(),
    };
    let is_point = times.ended.is_some();
    let since = since.map(|at_ms| {
        let word = if is_point { "" } else { "since " };
        format!(" {word}{}", day_time_text(at_ms, zone))
    });
    format!("{phase}{}", since.unwrap_or_default())
}

fn next_step(view: &MigrationView) -> Option<String> {
    let name = &view.name;
    match view.summary.phase() {
        Phase::Unclear => Some(format!(
            "Look in the Atlas UI, then tell the journal: atlas-migrations journal resolve {name}"
        )),
        Phase::Blocked => {
            Some(format!("Look at its events: atlas-migrations journal show {name} --events"))
        }
        Phase::Failed => Some(
            "Read the reason in the Atlas UI: its API gives none. Start again when it is mended."
                .to_owned(),
        ),
        Phase::Expired => Some("Start again: the source is unchanged.".to_owned()),
        _ => None,
    }
}

fn approvals(view: &MigrationView, records: &[EventRecord], at_ms: i64) -> Vec<Approval> {
    let state = &view.summary.state;
    let valid = |action: &Action, seq: u64| state.valid_approvals(action, at_ms).contains(&seq);
    records
        .iter()
        .filter_map(|record| {
            let Event::Approved(approved) = &record.event else { return None };
            let action = approved.action.as_str().replace('_', " ");
            let mut approval = Approval::new(record.at_ms, action, who(record));
            approval.comment = approved.comment.as_ref().map(ToString::to_string);
            approval.void = if !state.approvals.contains_key(&record.seq) {
                Some("withdrawn, or of an earlier attempt".to_owned())
            } else if valid(&approved.action, record.seq) {
                None
            } else {
                Some(
                    "does not count: expired, for another version of the plan, or repeated"
                        .to_owned(),
                )
            };
            Some(approval)
        })
        .collect()
}

/// Returns the requests whose fate is not known.
fn unclear(view: &MigrationView, zone: &TimeZone) -> Vec<String> {
    let slots =
        view.summary.state.slots.iter().filter(|(_, slot)| slot.state == SlotState::Unclear);
    slots
        .map(|(key, slot)| {
            format!(
                "it is not known whether the {} of attempt {} took effect: event {}, {}, by {}",
                key.op.as_str().replace('_', " "),
                key.attempt,
                slot.intent_seq,
                day_time_text(slot.intent_ms, zone),
                slot.actor
            )
        })
        .collect()
}
