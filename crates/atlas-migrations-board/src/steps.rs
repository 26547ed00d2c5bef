//! [`Step`]: the way of a migration from its validation to its end.

use atlas_migrations_journal::{
    event::{Action, Operation},
    overview::MigrationSummary,
    state::{Phase, SlotState, WindowView},
};

use crate::{policy::Policy, times::Times, words::Kind};

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is behind.
    Done,
    /// It is the current one.
    Current,
    /// It is ahead.
    Ahead,
}

/// A step of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done, in a word or two.
    pub word: String,
    /// How far it is.
    pub stage: Stage,
}

/// Returns the steps of a migration, in order. Those that it does not need are left out.
pub fn steps(
    summary: &MigrationSummary,
    kind: Kind,
    policy: Option<&Policy>,
    times: &Times,
) -> Vec<Step> {
    let known = &summary.state;
    let took_effect = |op: &Operation| {
        let slot = known.slot(op);
        slot.is_some_and(|slot| slot.state == SlotState::Done)
    };
    let is_complete = kind == Kind::Complete;
    let is_cut_over = is_complete || took_effect(&Operation::Cutover);
    let is_ready = is_cut_over || summary.ready_since_ms.is_some();
    let is_created = is_ready || known.migration_id.is_some();
    let is_validated =
        is_created || known.validation.is_some() && summary.phase() != Phase::Validating;
    let need = known.needed_approvals(&Action::Cutover);
    let have = known.valid_approvals(&Action::Cutover, times.now_ms).len();
    let window = policy.filter(|policy| policy.has_windows()).map(|policy| policy.window(times));
    let is_open = matches!(window, Some(WindowView::Open));
    let mut all = vec![
        ("Validated".to_owned(), is_validated),
        ("Created".to_owned(), is_created),
        ("Caught up".to_owned(), is_ready),
    ];
    if need > 0 {
        all.push((format!("Approved, {have} of {need}"), is_cut_over || have >= need));
    }
    if window.is_some() {
        let word = if is_open && !is_cut_over { "Window open" } else { "Window" };
        all.push((word.to_owned(), is_cut_over || is_open));
    }
    all.push(("Cutover sent".to_owned(), is_cut_over));
    all.push(("Complete".to_owned(), is_complete));
    let current = all.iter().position(|(_, is_done)| !is_done);
    let step = |(at, (word, is_done)): (usize, (String, bool))| {
        let stage = match () {
            () if Some(at) == current => Stage::Current,
            () if is_done => Stage::Done,
            () => Stage::Ahead,
        };
        Step { word, stage }
    };
    all.into_iter().enumerate().map(step).collect()
}
