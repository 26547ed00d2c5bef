//! Programs that are known to be wrong: the harness has to notice.

use atlas_migrations_journal::event::Operation;

use crate::{
    driver::Badness,
    exchange::Place,
    runner,
    scenario::{Kill, NetworkFault, Program, Rest, Rival, Scenario, StoreKind},
    stopped::stop_and_continue,
};

fn killed(kill: Kill) -> Scenario {
    let mut scenario = Scenario::numbered(0);
    scenario.kills = vec![kill];
    scenario.program = Program::Changes;
    (scenario.store, scenario.rival) = (StoreKind::Sqlite, Rival::None);
    (scenario.fault, scenario.holds) = (NetworkFault::None, false);
    scenario
}

/// Returns the broken invariants, as their numbers.
async fn broken(badness: Option<Badness>) -> Vec<String> {
    if badness == Some(Badness::IgnoresSendWindow) {
        // The first pass: of the create request, as this program goes its own way there.
        let stop_at = "changes.before_send:2".to_owned();
        return stop_and_continue(StoreKind::Sqlite, Program::Changes, stop_at, badness)
            .await
            .unwrap();
    }
    let kill = match badness {
        // Atlas executes it, and the process is dead before it reads a response.
        Some(Badness::ResendsOnUnclear) => {
            Kill::Request(Operation::Create, Place::MidBody, Rest::Forwarded)
        }
        _ => Kill::Point("append.begin", 99),
    };
    runner::run(&killed(kill), badness).await.unwrap().violations
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_program_that_is_known_to_be_bad_is_caught() {
    for badness in Badness::ALL {
        let violations = broken(Some(badness)).await;
        let expected = match badness {
            Badness::SendsBeforeIntent | Badness::SendsTwice => "2:",
            Badness::ResendsOnUnclear => "1:",
            Badness::ForgetsOutcomes => "4:",
            Badness::IgnoresSendWindow => "3:",
        };
        let found = violations.iter().any(|violation| violation.starts_with(expected));
        assert!(found, "{badness:?}: {violations:?}");
        eprintln!("{badness:?} is caught: {violations:?}");
    }
    let violations = broken(None).await;
    assert!(violations.is_empty(), "a good program is not: {violations:?}");
}
