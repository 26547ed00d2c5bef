//! How the migrations of a plan stand.

use super::{
    decide::decide, events::MigrationSummary, model::Model, next::Next, plan_view::failed,
};

/// Returns how each migration stands: those of the file in its order, then those that left it.
pub(super) fn summarize(model: &Model, now_ms: i64) -> Vec<MigrationSummary> {
    let mut places: Vec<_> = (0..model.members.len()).collect();
    places.sort_by_key(|place| model.members[*place].index.unwrap_or(usize::MAX));
    places.into_iter().map(|place| migration(model, place, now_ms)).collect()
}

fn migration(model: &Model, place: usize, now_ms: i64) -> MigrationSummary {
    let member = &model.members[place];
    let state = &member.history.state;
    let next = model.with_facts(place, now_ms, decide);
    let waits_for = match &next {
        Next::Wait(waits) => waits.clone(),
        _ => atlas_migrations_journal::state::WaitsFor::Runner("goes on with it"),
    };
    MigrationSummary {
        name: member.name.clone(),
        attempt: state.attempt,
        phase: state.phase(),
        project: state.group_id.as_ref().map(ToString::to_string),
        migration_id: state.migration_id.as_ref().map(ToString::to_string),
        waits_for,
        ended: state.ended.clone(),
        is_planned: member.index.is_some(),
        is_failed: failed(member),
        next: next.describe(),
    }
}
