//! Which projects each credential has access to.

use atlas_simulator::Simulator;

use crate::client::{ACCEPT, GROUP, PATH, Response, request_with, start};
use crate::digest_client::{Digest, challenge};
use crate::requests::fetch_token;

const OTHER: &str = "0123456789abcdef01234567";

/// Starts a simulator with two projects and credentials with access to one of them.
async fn two_projects(access: &str) -> Simulator {
    let scope = format!(r#""access": "{access}", "project_ids": ["{GROUP}"]"#);
    start(&format!(
        r#"{{
            "projects": [{{}}, {{"id": "{OTHER}", "live_migrations": []}}],
            "bearer_tokens": [{{"token": "t", {scope}}}],
            "api_keys": [{{{scope}}}],
            "service_accounts": [{{{scope}}}]
        }}"#
    ))
    .await
}

/// Gets the path with each kind of credential.
async fn request_all(simulator: &Simulator, path: &str) -> [Response; 3] {
    let bearer = request_with(simulator, "GET", path, &["Authorization: Bearer t", ACCEPT]).await;
    let mut digest = Digest::to(&challenge(simulator).await);
    digest.uri = path.to_owned();
    let digest = digest.send(simulator).await;
    let token = format!("Authorization: Bearer {}", fetch_token(simulator).await);
    let issued = request_with(simulator, "GET", path, &[&token, ACCEPT]).await;
    [bearer, digest, issued]
}

fn outcome(response: &Response) -> (u16, Option<&str>) {
    (response.status(), response.header("x-error-code"))
}

#[tokio::test]
async fn a_credential_has_access_to_the_projects_of_its_scope() {
    let simulator = two_projects("member").await;
    for response in request_all(&simulator, PATH).await {
        assert_eq!(outcome(&response), (200, None));
    }
    for response in request_all(&simulator, &PATH.replace(GROUP, OTHER)).await {
        assert_eq!(outcome(&response), (401, Some("USER_CANNOT_ACCESS_GROUP")));
        assert_eq!(response.header("www-authenticate"), None);
    }
    for response in request_all(&simulator, &PATH.replace(GROUP, "111111111111111111111111")).await
    {
        assert_eq!(outcome(&response), (404, Some("GROUP_NOT_FOUND")));
    }
}

#[tokio::test]
async fn every_kind_of_credential_has_an_access() {
    for (access, expected) in [
        ("no_role", (401, Some("USER_UNAUTHORIZED"))),
        ("other_project", (401, Some("USER_CANNOT_ACCESS_GROUP"))),
        ("blocked_address", (403, Some("IP_ADDRESS_NOT_ON_ACCESS_LIST"))),
    ] {
        for response in request_all(&two_projects(access).await, PATH).await {
            assert_eq!(outcome(&response), expected, "{access}");
        }
    }
}
