//! Shares the migrations of a plan between the runners that are alive.

use atlas_migrations_journal::{
    Error as JournalError, StreamId,
    store::{Claim, Fence},
};

use super::{events::RunEvent, member::Member, model::Model, work::milliseconds};
use crate::changes::Changes;

/// Renews the lease, and takes or gives back migrations so that each live runner has its share.
///
/// Returns what changed.
pub(super) async fn share(
    changes: &Changes,
    model: &mut Model,
    take_over: bool,
) -> Result<Vec<RunEvent>, JournalError> {
    let runner = changes.runner();
    let lease = changes.store().renew(runner).await?;
    changes.probe("runner.lease_renewed");
    let database_ms = changes.store().info().await?.now_ms;
    model.clock.database_skew_ms =
        milliseconds(changes.client().transport().clock().wall()).saturating_sub(database_ms);
    let open = model.members.iter().filter(|member| member.history.state.ended.is_none()).count();
    let share = open.div_ceil(lease.live_runners.max(1)).max(1);
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
