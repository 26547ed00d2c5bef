//! Inputs that are meant to hurt, for each of the parsers and for what is done with what they read.
//!
//! Overflows show as panics here, as tests are built with checks for them.

use std::time::Duration;

use atlas_hostile_inputs::{check, documents};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Uri};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::api;
use crate::body::Payload;
use crate::clock::Clock;
use crate::control::Control;
use crate::desk::Desk;
use crate::faults::effect;
use crate::request::Received;
use crate::scenario::Scenario;
use crate::world::World;

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

/// Scenarios that say something of everything.
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

/// Answers a request, faults included, as a connection does.
fn answer(world: &World, mut request: Received) -> Option<Answer> {
    request.now = world.clock.now();
    request.client_now = world.clock.client_now();
    let path = request.uri.path();
    let route = world.routes.find(&request.method, path);
    let fault = world.faults.take(route.operation_id().as_deref(), &request.method, path);
    let identity = api::authenticate(world, &request, &route);
    let ordinary = || api::answer(world, &request, &route, identity);
    match fault {
        Some(fault) => effect::apply(fault, world, &request, &route, ordinary).answer.ok(),
        None => Some(ordinary()),
    }
}

fn ask(world: &World, method: &str, target: &str, body: &str) -> Option<Answer> {
    let token = world.scenario.bearer_token().unwrap_or("none");
    let authorization = format!("Bearer {token}");
    let content_type = if body.starts_with('{') { NEWEST } else { FORM };
    let headers = [
        ("accept", NEWEST),
        ("authorization", if body == TOKEN { "" } else { &authorization }),
        ("content-type", content_type),
    ];
    let mut request = Received::example(method, target, &headers);
    if body == TOKEN {
        request.headers.remove("authorization");
    }
    request.body = Bytes::copy_from_slice(body.as_bytes());
    answer(world, request)
}

/// Does everything with a scenario that can be done, at its beginning and at all times after.
fn exercise(scenario: Scenario) {
    scenario.ready_live_migration_id();
    let world = World::new(scenario, Clock::manual(), None).unwrap();
    let org = format!("/api/atlas/v2/orgs/{}/liveMigrations", world.scenario.org_id);
    for by in [0, 1, 60, 315_360_000, u64::MAX, u64::MAX] {
        assert!(world.clock.advance(Duration::from_secs(by)));
        for project in world.scenario.projects.iter().take(2) {
            let group = format!("/api/atlas/v2/groups/{}/liveMigrations", project.id);
            ask(&world, "POST", &group, REQUEST);
            ask(&world, "POST", &format!("{group}/validate"), REQUEST);
            for known in project.live_migrations.iter().take(2) {
                ask(&world, "GET", &format!("{group}/{}?envelope=true", known.id), "");
                ask(&world, "PUT", &format!("{group}/{}/cutover", known.id), "");
            }
            for known in project.validations.iter().take(2) {
                ask(&world, "GET", &format!("{group}/validate/{}", known.id), "");
            }
        }
        ask(&world, "GET", &format!("{org}/availableProjects?pretty=true"), "");
        ask(&world, "POST", &format!("{org}/linkTokens"), "{}");
        ask(&world, "DELETE", &format!("{org}/linkTokens"), "");
        ask(&world, "POST", "/api/oauth/token", TOKEN);
        let request = Received::example("GET", "/", &[]);
        answer(&world, request);
    }
}

#[test]
fn hostile_scenarios_are_refused_or_can_be_simulated() {
    check("scenarios", &documents(SCENARIOS), |document| {
        let Ok(text) = String::from_utf8(document) else { return Ok(()) };
        match Scenario::from_json(&text) {
            Ok(scenario) => exercise(scenario),
            Err(error) => prop_assert!(error.to_string().len() < 2_000, "{error}"),
        }
        Ok(())
    });
}

/// The places of all numbers in a value.
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
fn hostile_numbers_in_a_scenario_are_refused_or_can_be_simulated() {
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

/// What may stand in the parts of a request.
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
fn hostile_parts_of_requests_are_answered() {
    let world = World::new(Scenario::default().without_rate_limits(), Clock::manual(), None);
    let world = world.unwrap();
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
                let mut request = Received::example("POST", target, &headers);
                request.body = REQUEST.into();
                request
            };
            let mut requests = Vec::new();
            let with_body = Received { body: part.clone().into(), ..plain() };
            let mut without_header = Received { body: part.clone().into(), ..plain() };
            without_header.headers.remove("authorization");
            requests.extend([with_body, without_header]);
            let query = [target.as_bytes(), b"?", &part].concat();
            for uri in [query, part.clone()] {
                requests.extend(Uri::try_from(uri).ok().map(|uri| Received { uri, ..plain() }));
            }
            if let Ok(value) = HeaderValue::from_bytes(&part) {
                for name in names {
                    let mut request = plain();
                    request.headers.insert(HeaderName::from_static(name), value.clone());
                    requests.push(request);
                }
            }
            for request in requests {
                let answer = answer(&world, request).expect("there is no fault");
                prop_assert!(answer.status.as_u16() < 500, "{answer:?}");
                if let Payload::Whole(body) = &answer.body {
                    let limit = 3 * part.len() + 4096;
                    prop_assert!(body.len() <= limit, "{} of {}", body.len(), part.len());
                }
            }
        }
        Ok(())
    });
}

/// What other programs may ask of the control port.
const STEERED: &[&str] = &[
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
fn hostile_requests_to_the_control_port_are_done_or_refused() {
    let world = World::new(Scenario::default(), Clock::manual(), None).unwrap();
    let world = std::sync::Arc::new(world);
    let desk = Desk::new(Control::new(std::sync::Arc::clone(&world)), Value::Null);
    check("the control port", &documents(STEERED), |body| {
        let mut asked = vec![
            (Method::POST, Uri::from_static("/faults")),
            (Method::POST, Uri::from_static("/advance")),
        ];
        asked.extend(Uri::try_from(body.clone()).ok().map(|uri| (Method::POST, uri)));
        for (method, uri) in asked {
            let request = http::Request::builder().method(method).uri(uri);
            let request = request.header("host", "localhost").body(()).unwrap();
            let (parts, ()) = request.into_parts();
            let told = desk.told(&parts, &body);
            prop_assert!(told.len() < 2_000 + 8 * body.len(), "{} characters", told.len());
            ask(&world, "GET", "/", "");
            ask(&world, "POST", "/api/oauth/token", TOKEN);
        }
        world.faults.clear();
        Ok(())
    });
}
