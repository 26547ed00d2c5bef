//! The status of a migration from its creation to each of its ends.

use atlas_simulator::{ControlError, Simulator, TransitionError};

use crate::client::{GROUP, MIGRATION, advance, get, start};

const TIMELINE: &str = r#"{"projects": [{"live_migrations": [{"timeline":
    {"new_seconds": 10, "initial_lag_seconds": 300, "replication_seconds": 100, "cutover_seconds": 30}}]}]}"#;

/// Returns the part of the response that changes.
async fn poll(simulator: &Simulator) -> String {
    let response = get(simulator).await;
    assert_eq!(response.status(), 200);
    let body: serde_json::Value = serde_json::from_str(response.body()).unwrap();
    let ready = if body["readyForCutover"].as_bool().unwrap() { " ready" } else { "" };
    format!("{} {}{ready}", body["status"].as_str().unwrap(), body["lagTimeSeconds"])
}

#[tokio::test]
async fn a_migration_that_is_cut_over_completes() {
    let simulator = start(TIMELINE).await;
    let control = simulator.control();
    assert_eq!(poll(&simulator).await, "NEW null");
    let not_ready = Err(TransitionError::NotReady { status: "NEW" }.into());
    assert_eq!(control.cut_over(GROUP, MIGRATION), not_ready);
    advance(&control, 60);
    assert_eq!(poll(&simulator).await, "WORKING 150");
    let not_ready = Err(TransitionError::NotReady { status: "WORKING" }.into());
    assert_eq!(control.cut_over(GROUP, MIGRATION), not_ready);
    advance(&control, 50);
    assert_eq!(poll(&simulator).await, "WORKING 0 ready");
    assert_eq!(control.cut_over(GROUP, MIGRATION), Ok(()));
    assert_eq!(poll(&simulator).await, "WORKING null");
    assert_eq!(control.cut_over(GROUP, MIGRATION), Err(TransitionError::AlreadyCutOver.into()));
    advance(&control, 29);
    assert_eq!(poll(&simulator).await, "WORKING null");
    advance(&control, 1);
    assert_eq!(poll(&simulator).await, "COMPLETE null");
    let ended = Err(TransitionError::Ended { status: "COMPLETE" }.into());
    assert_eq!(control.cut_over(GROUP, MIGRATION), ended);
    assert_eq!(control.fail(GROUP, MIGRATION), ended);
    advance(&control, 500_000);
    assert_eq!(poll(&simulator).await, "COMPLETE null");
}

#[tokio::test]
async fn a_migration_that_is_not_cut_over_expires_after_120_hours() {
    let simulator = start(TIMELINE).await;
    let control = simulator.control();
    advance(&control, 110 + 120 * 3600 - 1);
    assert_eq!(poll(&simulator).await, "WORKING 0 ready");
    advance(&control, 1);
    assert_eq!(poll(&simulator).await, "EXPIRED null");
    let ended = Err(TransitionError::Ended { status: "EXPIRED" }.into());
    assert_eq!(control.cut_over(GROUP, MIGRATION), ended);
}

#[tokio::test]
async fn a_migration_can_be_made_to_fail_at_any_stage() {
    for (before, cut_over) in [(0, false), (60, false), (200, false), (200, true)] {
        let simulator = start(TIMELINE).await;
        let control = simulator.control();
        advance(&control, before);
        if cut_over {
            control.cut_over(GROUP, MIGRATION).unwrap();
        }
        assert_eq!(control.fail(GROUP, MIGRATION), Ok(()));
        assert_eq!(poll(&simulator).await, "FAILED null");
        advance(&control, 500_000);
        assert_eq!(poll(&simulator).await, "FAILED null");
    }
}

#[tokio::test]
async fn a_failure_can_be_scheduled() {
    let simulator =
        start(&TIMELINE.replace("\"new_s", "\"fails_after_seconds\": 50, \"new_s")).await;
    advance(&simulator.control(), 49);
    assert_eq!(poll(&simulator).await, "WORKING 183");
    advance(&simulator.control(), 1);
    assert_eq!(poll(&simulator).await, "FAILED null");
}

#[tokio::test]
async fn an_unknown_migration_cannot_be_changed() {
    let simulator = start(TIMELINE).await;
    let control = simulator.control();
    let unknown = Err(ControlError::UnknownMigration);
    assert_eq!(control.cut_over(MIGRATION, GROUP), unknown);
    assert_eq!(control.fail(GROUP, "000000000000000000000000"), unknown);
}
