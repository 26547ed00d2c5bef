//! Secrets are never shown.

use atlas_simulator::{Fault, FaultRule, Scenario};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use serde_json::json;

use crate::client::{ACCEPT, Connection, PATH, Response, manual, post, request, request_with};
use crate::digest_client::{Digest, challenge};
use crate::requests::{CREATE, LINK, VALIDATE, create_link, migration_with, post_json};

const CANARIES: [&str; 3] = ["canary-token", "canary-private-key", "canary-client-secret"];

/// Passwords in bodies and link tokens.
#[tokio::test]
async fn no_output_shows_passwords_and_link_tokens() {
    let canary = "canary-source-password";
    let simulator = manual().control_port(0).start().await.unwrap();
    let control = simulator.control();
    let mut good = migration_with("/source/managedAuthentication", json!(false));
    good["source"]["password"] = json!(canary);
    let excluded = migration_with("/source/password", json!(canary));
    let mut unknown = good.clone();
    unknown["source"]["passwords"] = json!(canary);
    let mut wrong = good.clone();
    wrong["source"]["password"] = json!([canary]);
    let mut texts = Vec::new();
    for (body, status) in [(good, 201), (excluded, 400), (unknown, 400), (wrong, 400)] {
        for target in [CREATE, VALIDATE] {
            let response = post_json(&simulator, target, &body.to_string()).await;
            assert_eq!(response.status() / 100, status / 100, "{}", response.body());
            texts.push(response.body().to_owned());
        }
    }
    let broken = format!(r#"{{"password": "{canary}" "#);
    texts.push(post_json(&simulator, CREATE, &broken).await.body().to_owned());
    let token = create_link(&simulator).await.json()["linkToken"].as_str().unwrap().to_owned();
    assert_eq!(request(&simulator, "DELETE", LINK).await.status(), 409);

    texts.push(format!("{simulator:?} {control:?} {:?}", simulator.scenario()));
    let requests = control.requests();
    texts.extend(requests.iter().map(|request| format!("{request} {request:?}")));
    for target in ["/", "/requests", "/summary", "/faults"] {
        let mut connection = Connection::open_at(simulator.control_url().unwrap()).await;
        connection.send("GET", target, &[]).await;
        texts.push(connection.receive("GET").await.unwrap().body().to_owned());
    }
    let text = texts.join("\n");
    for secret in [canary, token.as_str()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("createOrgLiveMigrationLinkToken"), "{text}");
    // Within the process the bodies are available.
    assert!(requests[0].body().windows(canary.len()).any(|part| part == canary.as_bytes()));
}

#[tokio::test]
async fn no_output_shows_credentials() {
    let [token, private_key, client_secret] = CANARIES;
    let scenario = Scenario::from_json(&format!(
        r#"{{
            "bearer_tokens": [{{"token": "{token}"}}],
            "api_keys": [{{"private_key": "{private_key}"}}],
            "service_accounts": [{{"client_secret": "{client_secret}"}}]
        }}"#
    ));
    let builder = manual().scenario(scenario.unwrap()).control_port(0);
    let text = format!("{builder:?}");
    let simulator = builder.start().await.unwrap();
    let control = simulator.control();

    let bearer = format!("Authorization: Bearer {token}");
    let responses = [
        request_with(&simulator, "GET", PATH, &[&bearer, ACCEPT]).await,
        request_with(&simulator, "GET", "/unknown", &[&bearer, ACCEPT]).await,
        Digest { password: private_key.to_owned(), ..Digest::to(&challenge(&simulator).await) }
            .send(&simulator)
            .await,
    ];
    assert_eq!(responses.each_ref().map(Response::status), [200, 404, 200]);
    let id = "mdb_sa_id_deadbeefdeadbeefdeadbeef";
    let basic = STANDARD.encode(format!("{id}:{client_secret}"));
    let header = format!("Authorization: Basic {basic}");
    let grant = "grant_type=client_credentials";
    let issued = post(&simulator, "/api/oauth/token", &[&header], grant).await.json();
    let issued = issued["access_token"].as_str().unwrap().to_owned();
    let form = format!("client_id={id}&client_secret={client_secret}&grant_type=wrong");
    let refused = post(&simulator, "/api/oauth/token", &[], &form).await;
    assert_eq!(refused.status(), 400);
    let form = format!("token={issued}");
    assert_eq!(post(&simulator, "/api/oauth/revoke", &[&header], &form).await.status(), 200);
    control.inject(FaultRule::new(Fault::EmptyForbidden).times(1));
    request_with(&simulator, "GET", PATH, &[&bearer, ACCEPT]).await;

    let mut texts = vec![text, format!("{simulator:?} {control:?} {:?}", simulator.scenario())];
    texts.extend(responses.iter().chain([&refused]).map(|response| response.body().to_owned()));
    for request in control.requests() {
        texts.push(format!("{request} {request:?} {:?}", request.headers()));
    }
    for target in ["/", "/requests", "/summary", "/faults"] {
        let mut connection = Connection::open_at(simulator.control_url().unwrap()).await;
        connection.send("GET", target, &[]).await;
        texts.push(connection.receive("GET").await.unwrap().body().to_owned());
    }
    let text = texts.join("\n");
    for secret in CANARIES.into_iter().chain([basic.as_str(), issued.as_str()]) {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // Other values are shown.
    assert!(text.contains("notareal") && text.contains("/api/oauth/revoke"), "{text}");
}
