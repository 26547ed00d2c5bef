//! Responses that are lost after the request was executed.

use std::io::ErrorKind;

use atlas_simulator::{Fault, FaultRule, Simulator};
use serde_json::json;

use crate::client::{ACCEPT, Connection, GROUP, authorization, manual};
use crate::requests::{
    CREATE, LINK, NEWEST, READY, VALIDATE, create, create_link, cut_over, get_migration, migration,
};

/// Sends a request whose response is lost, and returns the kind of the error.
async fn lose(
    simulator: &Simulator,
    fault: Fault,
    [operation, method, target, body]: [&str; 4],
) -> ErrorKind {
    let control = simulator.control();
    control.inject(FaultRule::new(fault).on_operation(operation).times(1));
    let mut connection = Connection::open(simulator).await;
    let types = if body.is_empty() {
        [ACCEPT.to_owned(), "X-Nothing: 1".to_owned()]
    } else {
        [format!("Accept: {NEWEST}"), format!("Content-Type: {NEWEST}")]
    };
    let headers = [&authorization(simulator), types[0].as_str(), types[1].as_str()];
    connection.send_with_body(method, target, &headers, body).await;
    let error = connection.receive(method).await.unwrap_err();
    assert_eq!(control.faults(), []);
    error.kind()
}

#[tokio::test]
async fn a_lost_response_is_a_reset_after_the_request_was_executed() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    let body = migration().to_string();
    let kind =
        lose(&simulator, Fault::LoseResponse, ["createGroupLiveMigration", "POST", CREATE, &body])
            .await;
    assert_eq!(kind, ErrorKind::ConnectionReset);
    let created = control.created_live_migrations(GROUP);
    assert_eq!(created.len(), 1);
    assert_eq!(get_migration(&simulator, &created[0]).await.json()["status"], "NEW");
    let request = &control.requests()[0];
    assert_eq!(
        (request.status(), request.operation_id()),
        (None, Some("createGroupLiveMigration"))
    );
    // The lost request counts: this is the third one.
    assert_eq!(create(&simulator).await.header("ratelimit-remaining"), Some("1197"));
}

#[tokio::test]
async fn a_reset_before_the_request_has_no_effect() {
    let simulator = manual().start().await.unwrap();
    let body = migration().to_string();
    lose(&simulator, Fault::ResetConnection, ["createGroupLiveMigration", "POST", CREATE, &body])
        .await;
    assert_eq!(simulator.control().created_live_migrations(GROUP), [""; 0]);
    assert_eq!(create(&simulator).await.header("ratelimit-remaining"), Some("1199"));
}

#[tokio::test]
async fn every_operation_can_lose_its_response_after_its_effect() {
    for fault in [Fault::LoseResponse, Fault::TruncateBody] {
        let simulator = manual().start().await.unwrap();
        let control = simulator.control();
        let cutover = format!("{CREATE}/{READY}/cutover");
        let call = ["cutoverGroupLiveMigration", "PUT", &cutover, ""];
        lose(&simulator, fault.clone(), call).await;
        assert_eq!(cut_over(&simulator, READY).await.status(), 409);

        let body = migration().to_string();
        let call = ["validateGroupLiveMigrations", "POST", VALIDATE, &body];
        lose(&simulator, fault.clone(), call).await;
        // The validation has the first id.
        assert_eq!(create(&simulator).await.json()["_id"], "aaaaaaaa0000000000000002");

        let call = ["createOrgLiveMigrationLinkToken", "POST", LINK, "{}"];
        lose(&simulator, fault.clone(), call).await;
        assert_eq!((control.is_linked(), control.link_tokens_issued()), (true, 1));
    }
}

#[tokio::test]
async fn deleting_a_link_can_lose_its_response() {
    let simulator = manual().start().await.unwrap();
    create_link(&simulator).await;
    let call = ["deleteOrgLiveMigrationLinkTokens", "DELETE", LINK, ""];
    assert_eq!(lose(&simulator, Fault::LoseResponse, call).await, ErrorKind::ConnectionReset);
    assert!(!simulator.control().is_linked());
}

#[tokio::test]
async fn a_204_cannot_be_truncated() {
    for fault in [Fault::TruncateBody, Fault::StallBody] {
        let simulator = manual().start().await.unwrap();
        create_link(&simulator).await;
        simulator.control().inject(FaultRule::new(fault).times(1));
        let mut connection = Connection::open(&simulator).await;
        // The second request shows that the connection is neither closed nor stalled.
        for status in [204, 404] {
            connection.send("DELETE", LINK, &[&authorization(&simulator), ACCEPT]).await;
            assert_eq!(connection.receive("DELETE").await.unwrap().status(), status);
        }
    }
}

#[tokio::test]
async fn faults_that_replace_the_response_have_no_effect() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    for fault in [
        Fault::UnexpectedError,
        Fault::HtmlBadGateway,
        Fault::RateLimited { retry_after: None },
        Fault::Unauthorized,
        Fault::HugeBody { bytes: 2 },
    ] {
        control.inject(FaultRule::new(fault).times(2));
        create(&simulator).await;
        create_link(&simulator).await;
    }
    assert_eq!(control.created_live_migrations(GROUP), [""; 0]);
    assert!(!control.is_linked());
    assert_eq!(control.faults(), []);
}

#[tokio::test]
async fn a_simulated_limit_is_that_of_the_operation() {
    let simulator = manual().start().await.unwrap();
    simulator.control().inject(FaultRule::new(Fault::RateLimited { retry_after: Some(1) }));
    let limited = create_link(&simulator).await;
    assert_eq!(limited.json()["parameters"], json!([&LINK[1..], 1, 500, 250, 60]));
    assert_eq!(limited.header("ratelimit-limit"), Some("500"));
    assert_eq!(create(&simulator).await.header("ratelimit-limit"), Some("1200"));
}
