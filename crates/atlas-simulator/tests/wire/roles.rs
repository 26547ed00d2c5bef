//! What each credential may do, and in which organization.

use atlas_simulator::Simulator;

use crate::client::{ACCEPT, PATH, Response, request_with, start};
use crate::requests::{
    CREATE, LINK, NEWEST, PROJECTS, READY, VALIDATE, fetch_token, migration, send_body,
};

const ORG: &str = "4888442a3354817a7320eb61";
const OTHER: &str = "5555555555555555deadbeef";

async fn with(simulator: &Simulator, token: &str, method: &str, target: &str) -> Response {
    let authorization = format!("Authorization: Bearer {token}");
    if method != "POST" {
        return request_with(simulator, method, target, &[&authorization, ACCEPT]).await;
    }
    let types = [format!("Accept: {NEWEST}"), format!("Content-Type: {NEWEST}")];
    let body = if target == LINK { "{}".to_owned() } else { migration().to_string() };
    send_body(simulator, method, target, &[&authorization, &types[0], &types[1]], &body).await
}

fn outcome(response: &Response) -> (u16, Option<&str>) {
    (response.status(), response.header("x-error-code"))
}

#[tokio::test]
async fn a_member_can_only_read_the_status_of_migrations() {
    let simulator = start(
        r#"{"linked": true,
            "bearer_tokens": [{"token": "m", "role": "ORG_MEMBER"}, {"token": "o"}]}"#,
    )
    .await;
    let validation = format!("{VALIDATE}/507f1f77bcf86cd799439011");
    let cutover = format!("{CREATE}/{READY}/cutover");
    for (method, target, done) in [
        ("POST", CREATE, 201),
        ("POST", VALIDATE, 200),
        ("GET", &validation, 200),
        ("PUT", &cutover, 202),
        ("GET", PROJECTS, 200),
        ("POST", LINK, 201),
        ("DELETE", LINK, 409),
    ] {
        let refused = with(&simulator, "m", method, target).await;
        assert_eq!(outcome(&refused), (401, Some("USER_UNAUTHORIZED")), "{method} {target}");
        assert_eq!(refused.header("www-authenticate"), None);
        let allowed = with(&simulator, "o", method, target).await;
        assert_eq!(allowed.status(), done, "{method} {target} {}", allowed.body());
    }
    assert_eq!(with(&simulator, "m", "GET", PATH).await.status(), 200);
    // Refused requests have no effect.
    assert_eq!(simulator.control().link_tokens_issued(), 1);
}

#[tokio::test]
async fn every_kind_of_credential_has_a_role() {
    use crate::digest_client::{Digest, challenge};
    let simulator = start(
        r#"{"api_keys": [{"role": "ORG_MEMBER"}], "service_accounts": [{"role": "ORG_MEMBER"}]}"#,
    )
    .await;
    let mut digest = Digest::to(&challenge(&simulator).await);
    PROJECTS.clone_into(&mut digest.uri);
    assert_eq!(outcome(&digest.send(&simulator).await), (401, Some("USER_UNAUTHORIZED")));
    let token = fetch_token(&simulator).await;
    let refused = with(&simulator, &token, "GET", PROJECTS).await;
    assert_eq!(outcome(&refused), (401, Some("USER_UNAUTHORIZED")));
}

#[tokio::test]
async fn a_credential_belongs_to_one_organization() {
    let simulator = start(&format!(
        r#"{{"other_org_ids": ["{OTHER}"], "bearer_tokens": [{{"token": "o", "project_ids": []}},
            {{"token": "n", "access": "no_role"}}, {{"token": "e", "access": "other_project"}}]}}"#
    ))
    .await;
    let get_projects = async |token: &str, id: &str| {
        let response = with(&simulator, token, "GET", &PROJECTS.replace(ORG, id)).await;
        let parameters = response.json().get("parameters").cloned();
        (response.status(), response.header("x-error-code").map(str::to_owned), parameters)
    };
    let none = Some(serde_json::json!([]));
    let code = |code: &str| Some(code.to_owned());
    // A scope of projects does not matter to the organization.
    assert_eq!(get_projects("o", ORG).await, (200, None, None));
    assert_eq!(get_projects("o", OTHER).await, (401, code("USER_CANNOT_ACCESS_ORG"), none.clone()));
    assert_eq!(get_projects("e", ORG).await, (401, code("USER_CANNOT_ACCESS_ORG"), none.clone()));
    assert_eq!(get_projects("n", ORG).await, (401, code("USER_UNAUTHORIZED"), none));
    for (id, expected) in [("111111111111111111111111", "ORG_NOT_FOUND"), ("abc", "INVALID_ORG_ID")]
    {
        assert_eq!(
            get_projects("o", id).await,
            (404, code(expected), Some(serde_json::json!([id])))
        );
    }
    assert_eq!(get_projects("o", &ORG.to_uppercase()).await.1, code("INVALID_ORG_ID"));
}

#[tokio::test]
async fn an_unknown_organization_is_404() {
    let simulator = start("{}").await;
    let token = simulator.scenario().bearer_token().unwrap().to_owned();
    let unknown = PROJECTS.replace(ORG, "111111111111111111111111");
    let response = with(&simulator, &token, "GET", &unknown).await;
    let body = r#"{"detail":"No organization with ID 111111111111111111111111 exists.","error":404,"errorCode":"ORG_NOT_FOUND","parameters":["111111111111111111111111"],"reason":"Not Found"}"#;
    assert_eq!(response.body(), body);
    assert_eq!(response.header("x-mongodb-service-version"), None);
    assert_eq!(response.header("ratelimit-remaining"), None);
    let malformed = with(&simulator, &token, "GET", &PROJECTS.replace(ORG, "x")).await;
    assert_eq!(malformed.json()["detail"], "An invalid organization ID x was specified.");
    let refused = with(&simulator, &token, "GET", &PROJECTS.replace(ORG, OTHER)).await;
    assert_eq!(refused.status(), 404);
}
