//! Accepted and refused bodies.

use serde_json::{Value, json};

use crate::client::{GROUP, Response, manual};
use crate::requests::{
    CREATE, LINK, VALIDATE, assert_code, migration, migration_with, migration_without, post_json,
};

const SHARDING: &str = r#"{"createSupportingIndexes": true, "shardingEntries": [
    {"collection": "orders", "database": "shop",
        "shardCollection": {"key": [{"region": 1}, {"_id": "hashed"}]}},
    {"collection": "items", "database": "shop", "shardCollection": {"key": []}}]}"#;

fn sharding() -> Value {
    serde_json::from_str(SHARDING).unwrap()
}

/// Posts to both operations with a migration in the body, which must agree.
async fn post(body: &str) -> Response {
    let simulator = manual().start().await.unwrap();
    let [one, two] =
        [post_json(&simulator, CREATE, body).await, post_json(&simulator, VALIDATE, body).await];
    if one.status() >= 400 {
        assert_eq!(one.body(), two.body());
        assert_eq!(simulator.control().created_live_migrations(GROUP), [""; 0]);
    }
    one
}

#[track_caller]
fn assert_refused(response: &Response, code: &str, detail: &str, parameters: &Value) {
    assert_code(response, 400, code);
    let body = format!(
        r#"{{"detail":"{detail}","error":400,"errorCode":"{code}","parameters":{parameters},"reason":"Bad Request"}}"#
    );
    assert_eq!(response.body(), body);
}

#[tokio::test]
async fn text_that_is_not_json_is_malformed() {
    for body in ["", " ", "{", "{}x", "{\"a\":}", "{'a':1}", "nope", "\u{feff}{}"] {
        let detail = "Received JSON is malformed.";
        assert_refused(&post(body).await, "MALFORMED_JSON", detail, &json!([]));
    }
}

#[tokio::test]
async fn json_that_is_not_an_object_is_invalid() {
    for body in ["[]", "null", "1", "\"{}\"", "true", "[{}]"] {
        let detail = "Received JSON does not match expected format.";
        assert_refused(&post(body).await, "INVALID_JSON", detail, &json!([]));
    }
}

#[tokio::test]
async fn unknown_fields_are_named_with_their_path() {
    for (pointer, place) in [
        ("/dropEnabled", "dropEnabled"),
        ("/Source", "Source"),
        ("/source/sslEnabled", "source.sslEnabled"),
        ("/destination/", "destination."),
        // Fields of responses.
        ("/_id", "_id"),
        ("/links", "links"),
    ] {
        let body = migration_with(pointer, json!([])).to_string();
        let detail = format!("Invalid attribute {place} specified.");
        assert_refused(&post(&body).await, "INVALID_ATTRIBUTE", &detail, &json!([place]));
    }
    let mut body = migration_with("/sharding", sharding());
    body["sharding"]["shardingEntries"][1]["collation"] = json!(null);
    let place = "sharding.shardingEntries[1].collation";
    let detail = format!("Invalid attribute {place} specified.");
    let response = post(&body.to_string()).await;
    assert_refused(&response, "INVALID_ATTRIBUTE", &detail, &json!([place]));
}

#[tokio::test]
async fn required_fields_that_are_missing_or_null_are_named_with_their_path() {
    for pointer in [
        "/destination",
        "/destination/clusterName",
        "/destination/groupId",
        "/destination/hostnameSchemaType",
        "/migrationHosts",
        "/source",
        "/source/clusterName",
        "/source/groupId",
        "/source/managedAuthentication",
        "/source/ssl",
    ] {
        let place = pointer[1..].replace('/', ".");
        let detail = format!("The required attribute {place} was not specified.");
        for body in [migration_without(pointer), migration_with(pointer, Value::Null)] {
            let response = post(&body.to_string()).await;
            assert_refused(&response, "MISSING_ATTRIBUTE", &detail, &json!([place]));
        }
    }
    let response = post("{}").await;
    assert_eq!(response.json()["parameters"], json!(["destination"]));
    let mut body = migration_with("/sharding", sharding());
    body["sharding"]["shardingEntries"][0]["shardCollection"] = json!({});
    let response = post(&body.to_string()).await;
    assert_code(&response, 400, "MISSING_ATTRIBUTE");
    let place = "sharding.shardingEntries[0].shardCollection.key";
    assert_eq!(response.json()["parameters"], json!([place]));
}

#[tokio::test]
async fn values_of_the_wrong_type_are_named_with_their_path() {
    for (pointer, value, place) in [
        ("/destination", json!([]), "destination"),
        ("/destination/clusterName", json!(7), "destination.clusterName"),
        ("/destination/hostnameSchemaType", json!(["PUBLIC"]), "destination.hostnameSchemaType"),
        ("/dropDestinationData", json!("true"), "dropDestinationData"),
        ("/migrationHosts", json!("vm001.example.com"), "migrationHosts"),
        ("/migrationHosts", json!(["a", 1]), "migrationHosts[1]"),
        ("/migrationHosts", json!([null]), "migrationHosts[0]"),
        ("/source/ssl", json!(1), "source.ssl"),
        ("/source/ssl", json!(""), "source.ssl"),
        ("/source/password", json!({"value": "x"}), "source.password"),
        ("/sharding", json!(true), "sharding"),
        // Optional, but not nullable.
        ("/dropDestinationData", json!(null), "dropDestinationData"),
        // Malformed ids.
        ("/source/groupId", json!("abc"), "source.groupId"),
        ("/source/groupId", json!(""), "source.groupId"),
        ("/destination/groupId", json!(GROUP.to_uppercase()), "destination.groupId"),
    ] {
        let body = migration_with(pointer, value).to_string();
        let detail =
            format!("Received JSON for the {place} attribute does not match expected format.");
        assert_refused(&post(&body).await, "INVALID_JSON_ATTRIBUTE", &detail, &json!([place]));
    }
}

#[tokio::test]
async fn values_outside_an_enumeration_are_named() {
    for value in ["PRIVATE", "public", "PUBLIC "] {
        let body = migration_with("/destination/hostnameSchemaType", json!(value)).to_string();
        let detail = format!("An invalid enumeration value {value} was specified.");
        assert_refused(&post(&body).await, "INVALID_ENUM_VALUE", &detail, &json!([value]));
    }
}

#[tokio::test]
async fn several_hosts_and_invalid_names_are_refused() {
    let long = "h".repeat(254);
    for (pointer, value, place) in [
        ("/migrationHosts", json!([]), "migrationHosts"),
        ("/migrationHosts", json!(["a", "b"]), "migrationHosts"),
        ("/migrationHosts", json!([""]), "migrationHosts[0]"),
        ("/migrationHosts", json!([long]), "migrationHosts[0]"),
        ("/source/clusterName", json!(""), "source.clusterName"),
        ("/destination/clusterName", json!(""), "destination.clusterName"),
    ] {
        let response = post(&migration_with(pointer, value).to_string()).await;
        assert_code(&response, 400, "INVALID_ATTRIBUTE");
        assert_eq!(response.json()["parameters"], json!([place]));
    }
    let most = migration_with("/migrationHosts", json!(["h".repeat(253)])).to_string();
    assert_eq!(post(&most).await.status(), 201);
}

#[tokio::test]
async fn a_wrong_type_is_reported_before_a_missing_field() {
    let mut body = migration_without("/destination/clusterName");
    body["source"]["zeal"] = json!(1);
    body["source"]["ssl"] = json!("x");
    let response = post(&body.to_string()).await;
    assert_eq!(response.json()["parameters"], json!(["source.ssl"]));
}

#[tokio::test]
async fn managed_authentication_excludes_a_user_name_and_a_password() {
    let what = "managed authentication excludes a user name and a password";
    let detail = format!("The request content produced the validation error: {what}.");
    for name in ["username", "password"] {
        let mut body = migration_with(&format!("/source/{name}"), json!("hush"));
        let response = post(&body.to_string()).await;
        assert_refused(&response, "VALIDATION_ERROR", &detail, &json!([what]));
        body["source"]["managedAuthentication"] = json!(false);
        assert_eq!(post(&body.to_string()).await.status(), 201);
    }
}

#[tokio::test]
async fn only_a_private_link_has_a_private_link_id() {
    for (kind, id, expected) in [
        ("PRIVATE_LINK", json!("pl-1"), None),
        ("PRIVATE_LINK", json!(null), Some("MISSING_ATTRIBUTE")),
        ("PRIVATE_LINK", json!(""), Some("MISSING_ATTRIBUTE")),
        ("PUBLIC", json!("pl-1"), Some("INVALID_ATTRIBUTE")),
        ("VPC_PEERING", json!("pl-1"), Some("INVALID_ATTRIBUTE")),
        ("VPC_PEERING", json!(null), None),
        ("PUBLIC", json!(""), None),
    ] {
        let mut body = migration_with("/destination/hostnameSchemaType", json!(kind));
        body["destination"]["privateLinkId"] = id;
        let response = post(&body.to_string()).await;
        match expected {
            None => assert_eq!(response.status(), 201, "{kind} {}", response.body()),
            Some(code) => {
                assert_code(&response, 400, code);
                let place = json!(["destination.privateLinkId"]);
                assert_eq!(response.json()["parameters"], place);
            }
        }
    }
    let without = migration_with("/destination/hostnameSchemaType", json!("PRIVATE_LINK"));
    assert_code(&post(&without.to_string()).await, 400, "MISSING_ATTRIBUTE");
}

#[tokio::test]
async fn sharding_is_accepted_with_its_observed_keys() {
    for value in [sharding(), json!(null)] {
        let body = migration_with("/sharding", value).to_string();
        let response = post(&body).await;
        assert_eq!(response.status(), 201, "{}", response.body());
    }
    let mut twice = sharding();
    twice["shardingEntries"][1] = twice["shardingEntries"][0].clone();
    let response = post(&migration_with("/sharding", twice).to_string()).await;
    assert_code(&response, 400, "INVALID_ATTRIBUTE");
    assert_eq!(response.json()["parameters"], json!(["sharding.shardingEntries"]));
}

/// The official CLI sends empty texts for omitted values.
#[tokio::test]
async fn the_bodies_of_the_official_cli_are_accepted() {
    let managed = json!({
        "destination": {"clusterName": "target", "groupId": GROUP, "hostnameSchemaType": ""},
        "dropDestinationData": false,
        "migrationHosts": ["vm001.example.com"],
        "source": {
            "caCertificatePath": "", "clusterName": "replica-set-0",
            "groupId": crate::requests::SOURCE, "managedAuthentication": true, "password": "",
            "ssl": false, "username": "",
        },
    });
    let response = post(&managed.to_string()).await;
    assert_eq!(response.status(), 201, "{}", response.body());
    let mut named = managed.clone();
    named["source"]["managedAuthentication"] = json!(false);
    named["source"]["username"] = json!("migrator");
    named["source"]["password"] = json!("not-a-real-password");
    assert_eq!(post(&named.to_string()).await.status(), 201);

    let simulator = manual().start().await.unwrap();
    for body in [r#"{"accessListIps":null}"#, r#"{"accessListIps":[]}"#, "{}"] {
        assert_eq!(post_json(&simulator, LINK, body).await.status(), 201, "{body}");
    }
}

#[tokio::test]
async fn the_addresses_of_a_link_must_be_a_list_of_texts() {
    let simulator = manual().start().await.unwrap();
    for (body, code) in [
        ("", "MALFORMED_JSON"),
        ("null", "INVALID_JSON"),
        (r#"{"accessListIps":"203.0.113.7"}"#, "INVALID_JSON_ATTRIBUTE"),
        (r#"{"accessListIps":[7]}"#, "INVALID_JSON_ATTRIBUTE"),
        (r#"{"accessListIp":[]}"#, "INVALID_ATTRIBUTE"),
    ] {
        assert_code(&post_json(&simulator, LINK, body).await, 400, code);
    }
    assert!(!simulator.control().is_linked());
}

#[tokio::test]
async fn a_refused_body_counts_and_its_error_can_be_enveloped() {
    let simulator = manual().start().await.unwrap();
    let response = post_json(&simulator, &format!("{CREATE}?envelope=true"), "{").await;
    assert_eq!(response.header("ratelimit-remaining"), Some("1199"));
    assert_eq!((response.status(), response.json()["status"].as_u64()), (400, Some(400)));
    let response = post_json(&simulator, &format!("{CREATE}?pretty=1"), "{").await;
    assert_code(&response, 400, "INVALID_QUERY_PARAMETER");
    let pretty = format!("{CREATE}?envelope=true&pretty=true");
    let response = post_json(&simulator, &pretty, &migration().to_string()).await;
    assert!(response.body().starts_with("{\n  \"content\" : {\n    \"_id\" : "));
    assert!(response.body().ends_with("\n  \"status\" : 201\n}"), "{}", response.body());
}
