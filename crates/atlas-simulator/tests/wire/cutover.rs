//! Cutting migrations over.

use serde_json::json;

use crate::client::{GROUP, MIGRATION, advance, manual, request, start};
use crate::requests::{
    CREATE, READY, SOURCE, assert_code, create, cut_over, get_migration, migration, send_body,
};

#[tokio::test]
async fn a_ready_migration_is_cut_over() {
    let simulator = manual().start().await.unwrap();
    assert_eq!(simulator.scenario().ready_live_migration_id(), Some(READY));
    let before = get_migration(&simulator, READY).await.json();
    assert_eq!((&before["status"], &before["readyForCutover"]), (&json!("WORKING"), &json!(true)));
    let response = cut_over(&simulator, READY).await;
    assert_eq!(response.status_line(), "HTTP/1.1 202 Accepted");
    assert_eq!(response.body(), "{}");
    response.assert_service_headers(&[
        "content-length: 2",
        "content-type: application/vnd.atlas.2023-01-01+json;charset=utf-8",
        "ratelimit-limit: 1200",
        "ratelimit-remaining: 1198",
        "x-frame-options: DENY",
        "x-java-method: SyntheticResource::cutoverGroupLiveMigration",
        "x-java-version: 17.0.19+10-LTS",
        "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master",
    ]);
    let after = get_migration(&simulator, READY).await.json();
    assert_eq!((&after["status"], &after["lagTimeSeconds"]), (&json!("WORKING"), &json!(null)));
    // The cutover takes 300 seconds from now, although the migration is older.
    advance(&simulator.control(), 299);
    assert_eq!(get_migration(&simulator, READY).await.json()["status"], "WORKING");
    advance(&simulator.control(), 1);
    assert_eq!(get_migration(&simulator, READY).await.json()["status"], "COMPLETE");
}

#[tokio::test]
async fn only_ready_migrations_are_cut_over_and_only_once() {
    let simulator = manual().start().await.unwrap();
    let response = cut_over(&simulator, MIGRATION).await;
    assert_code(&response, 400, "VALIDATION_ERROR");
    let what = "the migration is NEW and not ready for cutover";
    assert_eq!(response.json()["parameters"], json!([what]));
    assert_eq!(get_migration(&simulator, MIGRATION).await.json()["status"], "NEW");

    assert_eq!(cut_over(&simulator, READY).await.status(), 202);
    let response = cut_over(&simulator, READY).await;
    assert_code(&response, 409, "CANNOT_CUT_OVER_LIVE_MIGRATION");
    let detail = "Cannot cut over the live migration: the cutover has already started.";
    assert_eq!(response.json()["detail"], detail);
    advance(&simulator.control(), 300);
    let response = cut_over(&simulator, READY).await;
    assert_code(&response, 409, "CANNOT_CUT_OVER_LIVE_MIGRATION");
    let detail =
        "Cannot cut over the live migration: the migration has ended with status COMPLETE.";
    assert_eq!(response.json()["detail"], detail);
    simulator.control().fail(GROUP, MIGRATION).unwrap();
    assert_code(&cut_over(&simulator, MIGRATION).await, 409, "CANNOT_CUT_OVER_LIVE_MIGRATION");
}

#[tokio::test]
async fn a_cutover_of_an_unknown_migration_is_refused() {
    let simulator = manual().start().await.unwrap();
    let unknown = cut_over(&simulator, "000000000000000000000000").await;
    assert_code(&unknown, 404, "RESOURCE_NOT_FOUND");
    assert_code(&cut_over(&simulator, "x").await, 400, "INVALID_PATH_PARAMETER");
    let get = request(&simulator, "GET", &format!("{CREATE}/{READY}/cutover")).await;
    assert_eq!((get.status(), get.header("allow")), (405, Some("PUT,OPTIONS")));
}

#[tokio::test]
async fn the_response_of_version_1_can_be_configured() {
    let simulator = start(r#"{"success_statuses": {"cutover": 200}}"#).await;
    let body = |id: &str| {
        format!(
            r#"{{"_id":"{id}","groupId":"{GROUP}","sourceGroupId":"{SOURCE}","status":"PENDING"}}"#
        )
    };
    let response = cut_over(&simulator, READY).await;
    assert_eq!((response.status(), response.body()), (200, body(READY).as_str()));
    let id = create(&simulator).await.json()["_id"].as_str().unwrap().to_owned();
    advance(&simulator.control(), 3660);
    assert_eq!(cut_over(&simulator, &id).await.body(), body(&id));
}

#[tokio::test]
async fn a_cutover_can_be_enveloped_and_its_body_is_ignored() {
    let simulator = manual().start().await.unwrap();
    let authorization = crate::client::authorization(&simulator);
    let target = format!("{CREATE}/{READY}/cutover?envelope=true");
    let headers = [authorization.as_str(), crate::client::ACCEPT, "Content-Type: text/plain"];
    let body = migration().to_string();
    let response = send_body(&simulator, "PUT", &target, &headers, &body).await;
    assert_eq!((response.status(), response.body()), (202, r#"{"content":{},"status":202}"#));
}
