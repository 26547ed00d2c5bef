//! The default scenario from linking to unlinking, with each kind of credential.

use atlas_simulator::Simulator;
use serde_json::{Value, json};

use crate::client::{GROUP, Response, advance, manual, request};
use crate::digest_client::{Digest, challenge, nonce};
use crate::requests::{
    CREATE, LINK, NEWEST, PROJECTS, SOURCE, VALIDATE, fetch_token, migration, send_body,
};

/// The credential of the caller.
enum Caller {
    Token(String),
    Key(Box<Digest>),
}

impl Caller {
    async fn of(kind: &str, simulator: &Simulator) -> Self {
        match kind {
            "token" => Self::Token(simulator.scenario().bearer_token().unwrap().to_owned()),
            "key" => Self::Key(Box::new(Digest::with(&nonce(&challenge(simulator).await)))),
            _ => Self::Token(fetch_token(simulator).await),
        }
    }

    async fn send(
        &mut self,
        simulator: &Simulator,
        method: &str,
        target: &str,
        body: &str,
    ) -> Response {
        let authorization = match self {
            Self::Token(token) => format!("Authorization: Bearer {token}"),
            Self::Key(digest) => {
                method.clone_into(&mut digest.method);
                target.clone_into(&mut digest.uri);
                let header = digest.header();
                digest.count += 1;
                header
            }
        };
        let types = [format!("Accept: {NEWEST}"), format!("Content-Type: {NEWEST}")];
        send_body(simulator, method, target, &[&authorization, &types[0], &types[1]], body).await
    }
}

#[tokio::test]
async fn the_default_scenario_works_from_link_to_unlink_with_each_credential() {
    for kind in ["token", "key", "account"] {
        let simulator = manual().start().await.unwrap();
        let control = simulator.control();
        let mut caller = Caller::of(kind, &simulator).await;
        let mut send = async |method: &str, target: &str, body: &Value, status: u16| {
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let mut response = caller.send(&simulator, method, target, &body).await;
            if response.status() == 401 {
                // The nonce or the token has expired with the manual clock.
                caller = Caller::of(kind, &simulator).await;
                response = caller.send(&simulator, method, target, &body).await;
            }
            assert_eq!(response.status(), status, "{kind} {target}: {}", response.body());
            if response.body().is_empty() { Value::Null } else { response.json() }
        };
        let nothing = Value::Null;

        assert_eq!(send("GET", PROJECTS, &nothing, 200).await, json!([]));
        let token = send("POST", LINK, &json!({"accessListIps": null}), 201).await;
        assert_eq!(token["linkToken"].as_str().unwrap().len(), 192);
        let projects = send("GET", PROJECTS, &nothing, 200).await;
        assert_eq!(projects[0]["projectId"], SOURCE);
        assert_eq!(projects[0]["deployments"][0]["name"], "replica-set-0");

        let validation = send("POST", VALIDATE, &migration(), 200).await;
        assert_eq!(validation["status"], "PENDING");
        let target = format!("{VALIDATE}/{}", validation["_id"].as_str().unwrap());
        advance(&control, 30);
        assert_eq!(send("GET", &target, &nothing, 200).await["status"], "SUCCESS");

        let job = send("POST", CREATE, &migration(), 201).await;
        let target = format!("{CREATE}/{}", job["_id"].as_str().unwrap());
        assert_eq!(send("GET", &target, &nothing, 200).await["status"], "NEW");
        advance(&control, 3000);
        let mut now = send("GET", &target, &nothing, 200).await;
        assert_eq!((&now["status"], &now["readyForCutover"]), (&json!("WORKING"), &json!(false)));
        assert_eq!(send("DELETE", LINK, &nothing, 409).await["error"], 409);
        advance(&control, 660);
        now = send("GET", &target, &nothing, 200).await;
        assert_eq!(now["readyForCutover"], true);
        assert_eq!(send("PUT", &format!("{target}/cutover"), &nothing, 202).await, json!({}));
        advance(&control, 300);
        assert_eq!(send("GET", &target, &nothing, 200).await["status"], "COMPLETE");

        assert_eq!(send("DELETE", LINK, &nothing, 204).await, nothing);
        assert_eq!(send("DELETE", LINK, &nothing, 404).await["errorCode"], "UNEXPECTED_ERROR");
        assert!(!control.is_linked());
        assert_eq!(control.created_live_migrations(GROUP).len(), 1);
    }
}

#[tokio::test]
async fn available_projects_have_all_documented_fields() {
    let simulator = manual()
        .scenario(atlas_simulator::Scenario { linked: true, ..Default::default() })
        .start()
        .await
        .unwrap();
    let response = request(&simulator, "GET", PROJECTS).await;
    let shop = r#"{"deployments":[{"agentVersion":"107.0.11","clusterId":"5f0a1b2c3d4e5f6071829305","dbSizeBytes":8192,"featureCompatibilityVersion":"7.0","managed":true,"mongoDBVersion":"7.0.14","name":"replica-set-0","oplogSizeMB":990,"sharded":false,"shardsSize":1,"tlsEnabled":true}],"migrationHosts":["vm001.example.com"],"name":"Shop","projectId":"5f0a1b2c3d4e5f6071829304"}"#;
    let archive = r#"{"deployments":[{"featureCompatibilityVersion":"6.0","managed":false,"mongoDBVersion":"6.0.19","name":"events","sharded":true,"tlsEnabled":false}],"migrationHosts":[],"name":"Archive","projectId":"5f0a1b2c3d4e5f6071829306"}"#;
    assert_eq!(response.body(), format!("[{shop},{archive}]"));
    let wrapped = request(&simulator, "GET", &format!("{PROJECTS}?envelope=true")).await;
    assert_eq!(wrapped.body(), format!(r#"{{"content":[{shop},{archive}],"status":200}}"#));
}
