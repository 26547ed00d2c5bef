//! Creating migrations.

use std::collections::HashSet;
use std::sync::Arc;

use atlas_simulator::{Scenario, TransitionError};
use serde_json::json;

use crate::client::{GROUP, advance, manual, request, start};
use crate::requests::{
    CREATE, NEWEST, assert_code, create, created, get_migration, migration_with, post_json,
};

#[tokio::test]
async fn the_response_to_a_creation_omits_source_and_destination() {
    let simulator = manual().start().await.unwrap();
    let response = create(&simulator).await;
    assert_eq!(response.status_line(), "HTTP/1.1 201 Created");
    let body = r#"{"_id":"aaaaaaaa0000000000000001","lagTimeSeconds":null,"migrationHosts":["vm001.example.com"],"readyForCutover":false,"status":"NEW"}"#;
    assert_eq!(response.body(), body);
    response.assert_service_headers(&[
        &format!("content-length: {}", body.len()),
        &format!("content-type: {NEWEST};charset=utf-8"),
        "ratelimit-limit: 1200",
        "ratelimit-remaining: 1199",
        "x-frame-options: DENY",
        "x-java-method: SyntheticResource::createGroupLiveMigration",
        "x-java-version: 17.0.19+10-LTS",
        "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master",
    ]);
}

#[tokio::test]
async fn a_new_migration_starts_when_it_is_created() {
    let simulator = start(
        r#"{"new_migrations": {"new_seconds": 10, "initial_lag_seconds": 300,
            "replication_seconds": 100}}"#,
    )
    .await;
    let control = simulator.control();
    advance(&control, 1000);
    let id = created(&simulator).await;
    let poll = async || {
        let body = get_migration(&simulator, &id).await.json();
        format!("{} {} {}", body["status"], body["lagTimeSeconds"], body["readyForCutover"])
    };
    assert_eq!(poll().await, r#""NEW" null false"#);
    advance(&control, 9);
    assert_eq!(poll().await, r#""NEW" null false"#);
    advance(&control, 51);
    assert_eq!(poll().await, r#""WORKING" 150 false"#);
    advance(&control, 50);
    assert_eq!(poll().await, r#""WORKING" 0 true"#);
    advance(&control, 120 * 3600);
    assert_eq!(poll().await, r#""EXPIRED" null false"#);
}

#[tokio::test]
async fn the_control_changes_migrations_that_clients_created() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    let (one, two) = (created(&simulator).await, created(&simulator).await);
    assert_eq!(control.created_live_migrations(GROUP), [one.as_str(), two.as_str()]);
    assert_eq!(control.created_live_migrations("000000000000000000000000"), [""; 0]);
    assert_eq!(
        control.cut_over(GROUP, &one),
        Err(TransitionError::NotReady { status: "NEW" }.into())
    );
    assert_eq!(control.fail(GROUP, &two), Ok(()));
    assert_eq!(get_migration(&simulator, &two).await.json()["status"], "FAILED");
    advance(&control, 3660);
    assert_eq!(control.cut_over(GROUP, &one), Ok(()));
    advance(&control, 300);
    assert_eq!(get_migration(&simulator, &one).await.json()["status"], "COMPLETE");
}

#[tokio::test]
async fn a_migration_is_visible_only_in_its_project() {
    let other = "0123456789abcdef01234567";
    let empty = format!(r#"{{"id": "{other}", "live_migrations": [], "validations": []}}"#);
    let simulator = start(&format!(r#"{{"projects": [{{}}, {empty}]}}"#)).await;
    let elsewhere = CREATE.replace(GROUP, other);
    let id = created(&simulator).await;
    let response = request(&simulator, "GET", &format!("{elsewhere}/{id}")).await;
    assert_code(&response, 404, "RESOURCE_NOT_FOUND");
    let mut body = migration_with("/destination/groupId", json!(other));
    let response = post_json(&simulator, &elsewhere, &body.to_string()).await;
    assert_eq!(response.status(), 201, "{}", response.body());
    body["destination"]["groupId"] = json!(GROUP);
    let response = post_json(&simulator, &elsewhere, &body.to_string()).await;
    assert_code(&response, 400, "VALIDATION_ERROR");
    let what = "the destination is in another project";
    assert_eq!(response.json()["parameters"], json!([what]));
    assert_eq!(
        response.json()["detail"],
        format!("The request content produced the validation error: {what}.")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrently_created_migrations_have_unique_ids() {
    let mut scenario = Scenario::default();
    scenario.rate_limits.group.capacity = 10_000;
    let simulator = Arc::new(manual().scenario(scenario).start().await.unwrap());
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let simulator = Arc::clone(&simulator);
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for _ in 0..25 {
                    ids.push(created(&simulator).await);
                }
                ids
            })
        })
        .collect();
    let mut ids = HashSet::new();
    for client in clients {
        ids.extend(client.await.unwrap());
    }
    assert_eq!(ids.len(), 200);
    let known: HashSet<_> =
        simulator.control().created_live_migrations(GROUP).into_iter().collect();
    assert_eq!(known, ids);
}
