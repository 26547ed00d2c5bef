//! Hostile inputs for every parser and for what uses the results.
//!
//! Overflows are panics here, as tests are built with overflow checks.

use std::time::Duration;

use atlas_hostile_inputs::{check, documents};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Uri};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::api::Response;
use crate::control::{Control, ControlServer};
use crate::http::{Payload, Request};
use crate::scenario::{Clock, Scenario};
use crate::service::{apply, authenticate, respond};
use crate::state::State;

const NEWEST: &str = "application/vnd.atlas.2024-05-30+json";
const FORM: &str = "application/x-www-form-urlencoded";
const REQUEST: &str = r#"{"destination": {"clusterName": "target", "groupId":
    "32b6e34b3d91647abb20e7b8", "hostnameSchemaType": "PUBLIC", "privateLinkId": null},
    "migrationHosts": ["vm001.example.com"], "sharding": {"createSupportingIndexes": true,
    "shardingEntries": [{"collection": "c", "database": "d", "shardCollection":
    {"key": [{"region": 1}, {"_id": "hashed"}]}}]}, "source": {"clusterName": "replica-set-0",
    "groupId": "5f0a1b2c3d4e5f6071829304", "managedAuthentication": true, "ssl": true}}"#;
const TOKEN: &str = "grant_type=client_credentials&client_id=mdb_sa_id_deadbeefdeadbeefdeadbeef\
    &client_secret=mdb_sa_sk_not-a-real-secret_not-a-real-secret_0000";

/// Scenarios that use every field.
const SCENARIOS: &[&str] = &[
    r#"{"org_id": "4888442a3354817a7320eb61", "other_org_ids": ["5555555555555555deadbeef"],
        "linked": true, "projects": [{"id": "32b6e34b3d91647abb20e7b8", "live_migrations":
        [{"id": "6296fb4c7c7aa997cf94e9a8", "migration_host": "h", "began_seconds_ago": 315360000,
        "timeline": {"new_seconds": 1, "initial_lag_seconds": 315360000, "replication_seconds": 2,
        "cutover_seconds": 3, "expires_after_ready_seconds": 4, "fails_after_seconds": 315360000}}],
        "validations": [{"id": "507f1f77bcf86cd799439011", "error_message": "x"}]}]}"#,
    r#"{"rate_limits": {"group": {"capacity": 4294967295, "refill": 1, "period_seconds": 315360000},
        "org": {"capacity": 1, "refill": 4294967295, "period_seconds": 1},
        "token_endpoint": {"requests": 4294967295, "period_minutes": 5256000}},
        "token_lifetime_seconds": 315360000, "new_migrations": {"new_seconds": 0},
        "validation_rules": {"pending_seconds": 315360000}, "digest": {"algorithm": "SHA-256-sess",
        "opaque": "a\"b", "nonce_lifetime_seconds": 0, "next_nonce": true, "rspauth": "wrong",
        "extra_challenges": true, "userhash": true, "qop": false}}"#,
    r#"{"source_projects": [{"name": "n", "migration_hosts": ["h"], "deployments": [{"name": "d",
        "db_size_bytes": 9223372036854775807, "oplog_size_mb": -2147483648, "shards_size": 0}]}],
        "bearer_tokens": [{"token": "t", "access": "no_role", "role": "ORG_MEMBER",
        "project_ids": []}], "api_keys": [{"public_key": "p"}], "service_accounts": [],
        "success_statuses": {"link_token": 200, "validate": 201, "cutover": 200},
        "faults": [{"fault": {"rate_limited_until": {"seconds": 18446744073709551615}}, "times": 3},
        {"fault": {"delay": {"milliseconds": 18446744073709551615}}, "when": {"method": "PUT"}}]}"#,
];

/// Responds to a request, including faults, like a connection.
fn response(state: &State, mut request: Request) -> Option<Response> {
    request.now = state.clock.now();
    request.client_now = state.clock.client_now();
    let path = request.uri.path();
    let route = state.routes.find(&request.method, path);
    let fault = state.faults.take(route.operation_id(), request.method.as_str(), path);
    let identity = authenticate(state, &request, &route);
    let normal = || respond(state, &request, &route, None, identity);
    match fault {
        Some(fault) => apply(fault, state, &request, &route, normal).response.ok(),
        None => Some(normal()),
    }
}

fn send(state: &State, method: &str, target: &str, body: &str) -> Option<Response> {
    let token = state.scenario.bearer_token().unwrap_or("none");
    let authorization = format!("Bearer {token}");
    let content_type = if body.starts_with('{') { NEWEST } else { FORM };
    let headers = [
        ("accept", NEWEST),
        ("authorization", if body == TOKEN { "" } else { &authorization }),
        ("content-type", content_type),
    ];
    let mut request = Request::example(method, target, &headers);
    if body == TOKEN {
        request.headers.remove("authorization");
    }
    request.body = Bytes::copy_from_slice(body.as_bytes());
    response(state, request)
}

/// Sends every kind of request to a scenario, at its start and at later times.
fn exercise(scenario: Scenario) {
    scenario.ready_live_migration_id();
    let state = State::new(scenario, Clock::manual(), None).unwrap();
    let org = format!("/api/atlas/v2/orgs/{}/liveMigrations", state.scenario.org_id);
    for by in [0, 1, 60, 315_360_000, u64::MAX, u64::MAX] {
        assert!(state.clock.advance(Duration::from_secs(by)));
        for project in state.scenario.projects.iter().take(2) {
            let group = format!("/api/atlas/v2/groups/{}/liveMigrations", project.id);
            send(&state, "POST", &group, REQUEST);
            send(&state, "POST", &format!("{group}/validate"), REQUEST);
            for known in project.live_migrations.iter().take(2) {
                send(&state, "GET", &format!("{group}/{}?envelope=true", known.id), "");
                send(&state, "PUT", &format!("{group}/{}/cutover", known.id), "");
            }
            for known in project.validations.iter().take(2) {
                send(&state, "GET", &format!("{group}/validate/{}", known.id), "");
            }
        }
        send(&state, "GET", &format!("{org}/availableProjects?pretty=true"), "");
        send(&state, "POST", &format!("{org}/linkTokens"), "{}");
        send(&state, "DELETE", &format!("{org}/linkTokens"), "");
        send(&state, "POST", "/api/oauth/token", TOKEN);
        let request = Request::example("GET", "/", &[]);
        response(&state, request);
    }
}

#[test]
fn hostile_scenarios_are_refused_or_simulated() {
    check("scenarios", &documents(SCENARIOS), |document| {
        let Ok(text) = String::from_utf8(document) else { return Ok(()) };
        match Scenario::from_json(&text) {
            Ok(scenario) => exercise(scenario),
            Err(error) => prop_assert!(error.to_string().len() < 2_000, "{error}"),
        }
        Ok(())
    });
}

/// Collects the paths of all numbers in a value.
fn numbers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(all) => {
            all.iter().for_each(|(name, value)| numbers(value, &format!("{at}/{name}"), found));
        }
        Value::Array(all) => {
            let all = all.iter().enumerate();
            all.for_each(|(index, value)| numbers(value, &format!("{at}/{index}"), found));
        }
        Value::Number(_) => found.push(at.to_owned()),
        _ => {}
    }
}

#[test]
fn hostile_numbers_in_a_scenario_are_refused_or_simulated() {
    let mut tried = 0;
    for scenario in SCENARIOS {
        let scenario: Value = serde_json::from_str(scenario).unwrap();
        exercise(Scenario::from_json(&scenario.to_string()).unwrap());
        let mut places = Vec::new();
        numbers(&scenario, "", &mut places);
        for place in places {
            for number in [
                json!(0),
                json!(1),
                json!(-1),
                json!(1e300),
                json!(315_360_000),
                json!(u32::MAX),
                json!(i64::MAX),
                json!(u64::MAX),
            ] {
                let mut changed = scenario.clone();
                *changed.pointer_mut(&place).unwrap() = number;
                tried += 1;
                if let Ok(scenario) = Scenario::from_json(&changed.to_string()) {
                    exercise(scenario);
                }
            }
        }
    }
    assert!(tried > 200, "{tried}");
}

/// The parts of requests.
const PARTS: &[&str] = &[
    "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/liveMigrations/6296fb4c7c7aa997cf94e9a8?pretty=true&x=%41",
    "envelope=true&pretty=%74rue&a&=b&&c=d=e",
    "Digest username=\"notareal\", realm=\"MMS Public API\", nonce=\"AAAA\", uri=\"/\", qop=auth, \
     nc=00000001, cnonce=\"x\\\"y\", response=\"0\", algorithm=MD5, userhash=false",
    "Basic bWRiX3NhX2lkX2RlYWRiZWVmOm1kYl9zYV9zaw==",
    "Bearer not-a-real-bearer-token",
    "application/vnd.atlas.2024-05-30+json;q=0.5, application/vnd.atlas.2023-01-01+json; Q=1.000, */*",
    "gzip;q=0.5, *;q=0, identity",
    FORM,
    TOKEN,
    REQUEST,
    "{\"accessListIps\": [\"203.0.113.7\"]}",
    "application/json; charset=utf-8",
];

#[test]
fn hostile_parts_of_requests_get_a_response() {
    let state = State::new(Scenario::default().without_rate_limits(), Clock::manual(), None);
    let state = state.unwrap();
    let org = "/api/atlas/v2/orgs/4888442a3354817a7320eb61/liveMigrations/linkTokens";
    let group = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/liveMigrations/validate";
    let targets = [org, group, "/api/oauth/token", "/api/oauth/revoke"];
    let names = ["accept", "accept-encoding", "authorization", "content-type"];
    check("parts of requests", &documents(PARTS), |part| {
        for target in targets {
            let headers = [
                ("accept", NEWEST),
                ("authorization", "Bearer not-a-real-bearer-token"),
                ("content-type", if target.contains("oauth") { FORM } else { NEWEST }),
            ];
            let plain = || {
                let mut request = Request::example("POST", target, &headers);
                request.body = REQUEST.into();
                request
            };
            let mut requests = Vec::new();
            let with_body = Request { body: part.clone().into(), ..plain() };
            let mut without_header = Request { body: part.clone().into(), ..plain() };
            without_header.headers.remove("authorization");
            requests.extend([with_body, without_header]);
            let query = [target.as_bytes(), b"?", &part].concat();
            for uri in [query, part.clone()] {
                requests.extend(Uri::try_from(uri).ok().map(|uri| Request { uri, ..plain() }));
            }
            if let Ok(value) = HeaderValue::from_bytes(&part) {
                for name in names {
                    let mut request = plain();
                    request.headers.insert(HeaderName::from_static(name), value.clone());
                    requests.push(request);
                }
            }
            for request in requests {
                let response = response(&state, request).expect("there is no fault");
                prop_assert!(response.status.as_u16() < 500, "{response:?}");
                if let Payload::Whole(body) = &response.body {
                    let limit = 3 * part.len() + 4096;
                    prop_assert!(body.len() <= limit, "{} of {}", body.len(), part.len());
                }
            }
        }
        Ok(())
    });
}

/// Bodies and paths for the control port.
const CONTROL_BODIES: &[&str] = &[
    r#"[{"fault": {"rate_limited": {"retry_after": 18446744073709551615}}, "times": 1},
        {"fault": {"huge_body": {"bytes": 18446744073709551615}}, "times": 1}]"#,
    r#"{"fault": {"add_headers": {"headers": {"sunset": "Thu, 1 Jul 2027 00:00:00 GMT"}}}, "times": 1}"#,
    r#"{"fault": {"respond": {"status": 599, "content_type": "text/html", "body": "x"}},
        "when": {"operation": "createToken", "path_contains": "oauth", "method": "POST"}}"#,
    r#"{"fault": {"html_service_unavailable": {"retry_after": 5}}, "times": 18446744073709551615}"#,
    r#"{"fault": {"rate_limited_until": {"seconds": 9223372036854775807}}, "times": 1}"#,
    r#"{"fault": "truncate_body"}"#,
    r#"{"seconds": 18446744073709551615}"#,
    "/migrations/32b6e34b3d91647abb20e7b8/6296fb4c7c7aa997cf94e9a8/cutover",
];

#[test]
fn hostile_requests_to_the_control_port_are_executed_or_refused() {
    let state = State::new(Scenario::default(), Clock::manual(), None).unwrap();
    let state = std::sync::Arc::new(state);
    let server = ControlServer::new(Control::new(std::sync::Arc::clone(&state)), Value::Null);
    check("the control port", &documents(CONTROL_BODIES), |body| {
        let mut requests = vec![
            (Method::POST, Uri::from_static("/faults")),
            (Method::POST, Uri::from_static("/advance")),
        ];
        requests.extend(Uri::try_from(body.clone()).ok().map(|uri| (Method::POST, uri)));
        for (method, uri) in requests {
            let request = http::Request::builder().method(method).uri(uri);
            let request = request.header("host", "localhost").body(()).unwrap();
            let (parts, ()) = request.into_parts();
            let text = server.response_text(&parts, &body);
            prop_assert!(text.len() < 2_000 + 8 * body.len(), "{} characters", text.len());
            send(&state, "GET", "/", "");
            send(&state, "POST", "/api/oauth/token", TOKEN);
        }
        state.faults.clear();
        Ok(())
    });
}
