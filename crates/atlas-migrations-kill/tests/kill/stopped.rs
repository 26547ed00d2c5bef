//! A process that is stopped after its intent, while a rival works for longer than two leases, and then goes on: it must not
//! send.

use std::time::Duration;

use rustix::process::Signal;

use crate::{
    driver::Badness,
    oracle::Oracle,
    person,
    process::{End, Process, Start, prepare},
    proxy::Proxy,
    scenario::{NetworkFault, Rival, Scenario, StoreKind},
    timing,
    world::World,
};

/// The passes of a point of a change: the first one is that of the validation.
const CREATE: u32 = 2;
const CUTOVER: u32 = 3;

/// Stops a process at a point, lets a rival do the work, and continues the process. Returns the broken invariants.
pub async fn stop_and_continue(
    store: StoreKind,
    stop_at: String,
    badness: Option<Badness>,
) -> Option<Vec<String>> {
    let world = World::new(store).await?;
    let oracle = Oracle::new(&world);
    let mut scenario = Scenario::numbered(0);
    (scenario.holds, scenario.fault, scenario.rival) = (false, NetworkFault::None, Rival::None);
    let work = async {
        let stop = Start { stop_at: Some(stop_at), badness, ..Start::default() };
        let (stopped, _proxy) = start(&world, &oracle, stop).await;
        while !stopped.is_stopped().await {
            tokio::time::sleep(timing::POLL).await;
        }
        tokio::time::sleep(timing::LEASE * 2).await;
        // On SQLite a person says that the process is gone: its lock says the opposite.
        let start_rival = Start { take_over: true, ..Start::default() };
        let (rival, _proxy) = start(&world, &oracle, start_rival).await;
        let rival_ended = rival.ended().await;
        stopped.signal(Signal::CONT).await;
        (rival_ended, stopped.ended().await)
    };
    let ends = tokio::select! {
        ends = tokio::time::timeout(Duration::from_mins(1), work) => ends,
        () = person::answer(&world, &scenario, &oracle, true) => unreachable!(),
    };
    match ends {
        Ok((End::Done, End::Done)) => {}
        other => oracle.violation(format!("8: the processes ended as {other:?}")),
    }
    oracle.check_end(&world, NetworkFault::None).await;
    Some(oracle.violations())
}

async fn start(world: &World, oracle: &Oracle, mut start: Start) -> (Process, Proxy) {
    let (process, starter) = prepare();
    let atlas = world.simulator.base_url();
    let proxy = Proxy::start(atlas, process.clone(), oracle.clone(), None).await;
    start.base_url.clone_from(&proxy.base_url);
    starter.start(world, &start);
    (process, proxy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_that_was_stopped_after_its_intent_does_not_send_when_it_goes_on() {
    let mut cases = Vec::new();
    for store in [StoreKind::Sqlite, StoreKind::Postgres] {
        for point in ["changes.intent_committed", "changes.before_send"] {
            for pass in [CREATE, CUTOVER] {
                let case = async move {
                    let stop_at = format!("{point}:{pass}");
                    (store, stop_at.clone(), stop_and_continue(store, stop_at, None).await)
                };
                cases.push(case);
            }
        }
    }
    for (store, stop_at, violations) in futures_util::future::join_all(cases).await {
        let violations = violations.unwrap_or_default();
        assert!(violations.is_empty(), "{store:?}, {stop_at}: {violations:?}");
    }
}
