//! Shares the migrations of a plan between the runners that are alive.

use atlas_migrations_journal::{
    Error as JournalError, StreamId,
    store::{Claim, Fence},
};

use super::{events::RunEvent, member::Member, model::Model, work::milliseconds};
use crate::changes::Changes;

/// How many rounds runners keep to their shares after one came or went. What nobody took by then is free for all: not every
/// runner of a journal runs this plan.
const ROUNDS: u32 = 3;

/// How long the runners of the journal have been the same.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    live_runners: usize,
    rounds: u32,
}

impl Sharing {
    /// Adds a round. Returns whether runners keep to their shares in it.
    fn keeps_to_shares(&mut self, live_runners: usize) -> bool {
        if self.live_runners != live_runners {
            *self = Self { live_runners, rounds: 0 };
        }
        self.rounds = self.rounds.saturating_add(1);
        self.rounds <= ROUNDS
    }
}

/// Renews the lease, and takes or gives back migrations so that each live runner has its share.
///
/// Returns what changed.
pub(super) async fn share(
    changes: &Changes,
    model: &mut Model,
    sharing: &mut Sharing,
    take_over: bool,
) -> Result<Vec<RunEvent>, JournalError> {
    let runner = changes.runner();
    let lease = changes.store().renew(runner).await?;
    changes.probe("runner.lease_renewed");
    let database_ms = changes.store().info().await?.now_ms;
    model.clock.database_skew_ms =
        milliseconds(changes.client().transport().clock().wall()).saturating_sub(database_ms);
    let open = model.members.iter().filter(|member| member.history.state.ended.is_none()).count();
    let share = if sharing.keeps_to_shares(lease.live_runners) {
        open.div_ceil(lease.live_runners.max(1)).max(1)
    } else {
        usize::MAX
    };
    let claim = Claim::all(runner).of_plan(model.plan_stream).at_most(share);
    let claim = if take_over { claim.taking_over() } else { claim };
    let claimed = changes.store().claim(claim).await?;
    let mut events = Vec::new();
    for member in &mut model.members {
        let fence = claimed.fence(member.stream).map(|fence| Fence { runner, fence });
        match (member.fence, fence) {
            (None, Some(_)) => events.push(RunEvent::Claimed {
                name: member.name.clone(),
                taken_over: !claimed.taken_from.is_empty(),
            }),
            (Some(_), None) if member.history.state.ended.is_none() => {
                events.push(RunEvent::GivenUp { name: member.name.clone() });
            }
            _ => {}
        }
        member.fence = fence;
    }
    model.version += 1;
    let too_many = claimed.streams.len().saturating_sub(share);
    if too_many > 0 {
        events.extend(give_back(changes, model, too_many).await?);
    }
    Ok(events)
}

/// Gives migrations back that nothing is under way for.
async fn give_back(
    changes: &Changes,
    model: &mut Model,
    count: usize,
) -> Result<Vec<RunEvent>, JournalError> {
    let is_idle = |member: &&mut Member| {
        member.fence.is_some()
            && !member.is_busy
            && member.history.state.undecided().is_none()
            && member.history.state.ended.is_none()
    };
    // The last ones of the plan: the first ones are nearer to their cutover.
    let given: Vec<_> = model.members.iter_mut().rev().filter(is_idle).take(count).collect();
    let streams: Vec<StreamId> = given.iter().map(|member| member.stream).collect();
    if streams.is_empty() {
        return Ok(Vec::new());
    }
    changes.store().release(changes.runner(), Some(streams)).await?;
    let mut events = Vec::new();
    for member in given {
        member.fence = None;
        events.push(RunEvent::GivenUp { name: member.name.clone() });
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: a runner of another plan counts for ever, and a part of this plan is nobody's.
    #[test]
    fn shares_end_some_rounds_after_the_last_change_of_runners() {
        let mut sharing = Sharing::default();
        let rounds = [1, 1, 1, 1, 2, 2, 2, 2, 1].map(|live| sharing.keeps_to_shares(live));
        assert_eq!(rounds, [true, true, true, false, true, true, true, false, true]);
    }
}
