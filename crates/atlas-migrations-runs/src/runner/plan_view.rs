//! What the migrations of a plan say together, added up once for many decisions.

use atlas_migrations_journal::event::{EndResult, Operation};

use super::member::Member;

/// What the migrations of a plan say together.
#[derive(Clone, Debug)]
pub(super) struct PlanView {
    /// The place of each migration of the file.
    pub(super) places: Vec<Option<usize>>,
    /// The places of the first two that failed.
    failed: Vec<usize>,
    /// How many cutovers run.
    running: usize,
    /// The first in the order of cutovers that is not over.
    first_open: usize,
}

impl PlanView {
    /// Adds up the migrations. `ranks` has the place of each migration of the file in the order of cutovers.
    pub(super) fn new(members: &[Member], ranks: &[usize]) -> Self {
        let mut places = vec![None; ranks.len()];
        for (place, member) in members.iter().enumerate() {
            if let Some(known) = member.index.and_then(|index| places.get_mut(index)) {
                *known = Some(place);
            }
        }
        let is_open = |index: &usize| {
            places[*index].is_none_or(|place| {
                let state = &members[place].history.state;
                state.ended.is_none() && !state.forgone && !failed(&members[place])
            })
        };
        let open = (0..ranks.len()).filter(is_open).map(|index| ranks[index]);
        let first_open = open.min().unwrap_or(usize::MAX);
        let is_failed = |(_, member): &(usize, &Member)| member.index.is_some() && failed(member);
        let failed = members.iter().enumerate().filter(is_failed).map(|(place, _)| place);
        Self {
            failed: failed.take(2).collect(),
            running: members.iter().filter(|member| is_running(member)).count(),
            first_open,
            places,
        }
    }

    /// Returns the place of a migration that failed, other than this one.
    pub(super) fn failed_beside(&self, place: usize) -> Option<usize> {
        self.failed.iter().copied().find(|failed| *failed != place)
    }

    /// Returns how many cutovers run beside that of this migration.
    pub(super) fn running_beside(&self, member: &Member) -> usize {
        self.running - usize::from(is_running(member))
    }

    /// Returns whether all migrations before this rank in the order of cutovers are over.
    pub(super) fn is_first_open(&self, rank: usize) -> bool {
        rank <= self.first_open
    }
}

fn is_running(member: &Member) -> bool {
    let state = &member.history.state;
    state.ended.is_none() && (member.is_cutting_over || state.slot(&Operation::Cutover).is_some())
}

/// Returns whether a migration failed in the sense of `on_failure`: failed, expired, refused, unclear, or vetoed for good.
pub(super) fn failed(member: &Member) -> bool {
    let state = &member.history.state;
    matches!(state.ended, Some(EndResult::Failed | EndResult::Expired))
        || state.refusal.as_ref().is_some_and(|refusal| !refusal.is_temporary())
        || state.unclear().is_some()
        || state.veto == Some(None)
}
