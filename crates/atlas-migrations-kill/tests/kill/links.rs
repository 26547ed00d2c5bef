//! The commands that create and delete a link, killed at each place.

use atlas_migrations_journal::{event::Operation, state::Phase};
use futures_util::{StreamExt as _, stream};

use crate::{
    command,
    exchange::Place,
    oracle::Oracle,
    process::Start,
    runner::start_with,
    scenario::{Kill, NetworkFault, Program, Rest, StoreKind},
    timing,
    world::World,
};

const CREATE: [&str; 4] = ["link", "create", "--org-id", ORGANIZATION];
const DELETE: [&str; 5] = ["link", "delete", "--yes", "--org-id", ORGANIZATION];
/// The organization of the simulated Atlas.
const ORGANIZATION: &str = "4888442a3354817a7320eb61";
/// More starts than that mean that nothing goes on.
const MOST_STARTS: usize = 40;

fn kills(operation: &Operation) -> Vec<Kill> {
    let mut kills = Vec::new();
    for place in Place::ALL {
        for rest in [Rest::Forwarded, Rest::Dropped] {
            kills.push(Kill::Request(operation.clone(), place, rest));
        }
        kills.push(Kill::Response(operation.clone(), place));
    }
    for point in ["append.begin", "append.written", "append.committed"] {
        kills.extend((1..=2).map(|pass| Kill::Point(point, pass)));
    }
    let points = [
        "changes.intent_committed",
        "changes.before_send",
        "changes.response_read",
        "changes.outcome_committed",
    ];
    kills.extend(points.map(|point| Kill::Point(point, 1)));
    kills
}

async fn phase(world: &World) -> Phase {
    world.journaled().await.first().map_or(Phase::Unlinked, |link| link.state.phase())
}

/// Runs a command until the link is in a phase. What is unclear is deleted, as the documentation says.
async fn until(world: &World, oracle: &Oracle, wanted: Phase, mut kill: Option<Kill>) {
    let wanted_command = if wanted == Phase::Linked { &CREATE[..] } else { &DELETE[..] };
    for start in 0..MOST_STARTS {
        let now = phase(world).await;
        if now == wanted && start > 0 {
            return;
        }
        let arguments = match now {
            Phase::Unlinked | Phase::Linked => wanted_command,
            _ => &DELETE[..],
        };
        let kill = kill.take();
        let options = Start { arguments: arguments.to_vec(), ..Start::default() };
        let (process, _proxy) = start_with(world, oracle, kill.as_ref(), options).await;
        process.ended().await;
        world.let_pass(timing::RENEW).await;
    }
    oracle.violation(format!("8: the link stays {}, not {wanted}", phase(world).await));
}

async fn create_and_delete(killed: Operation, kill: Kill) -> (String, Vec<String>) {
    let world = World::new(StoreKind::Sqlite, Program::Link, NetworkFault::None).await.unwrap();
    let oracle = Oracle::new(&world);
    let case = format!("{killed}, {kill:?}");
    let (in_create, in_delete) = match killed {
        Operation::LinkCreate => (Some(kill), None),
        _ => (None, Some(kill)),
    };
    // The simulated organization has a link, which the journal does not know of.
    until(&world, &oracle, Phase::Unlinked, None).await;
    until(&world, &oracle, Phase::Linked, in_create).await;
    if !world.control().is_linked() {
        oracle.violation("4: the journal has a link and Atlas has none");
    }
    until(&world, &oracle, Phase::Unlinked, in_delete).await;
    if world.control().is_linked() {
        oracle.violation("4: Atlas has a link and the journal has none");
    }
    oracle.check_end(&world).await;
    let mut violations = oracle.violations();
    if !violations.is_empty() {
        let all = world.journaled().await;
        let story = all.iter().flat_map(|one| &one.records);
        violations.extend(story.map(|record| {
            format!(
                "{} {}",
                record.event.event_type(),
                serde_json::Value::from(record.fields.clone())
            )
        }));
    }
    (case, violations)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_that_is_created_and_deleted_by_killed_commands_is_never_lost() {
    if command::path().is_none() {
        eprintln!(
            "SKIPPED: a link is created by the command alone, which is not built with kill-points"
        );
        return;
    }
    let mut cases = Vec::new();
    for operation in [Operation::LinkCreate, Operation::LinkDelete] {
        for kill in kills(&operation) {
            cases.push(create_and_delete(operation.clone(), kill));
        }
    }
    let mut cases = stream::iter(cases).buffer_unordered(8);
    let mut broken = 0;
    while let Some((case, violations)) = cases.next().await {
        if !violations.is_empty() {
            eprintln!("{case}: {violations:#?}");
            broken += 1;
        }
    }
    assert_eq!(broken, 0);
}
