//! The list of a project's clusters.

use serde_json::json;

use crate::client::{GROUP, authorization, request_with, start};

const VERSION: &str = "Accept: application/vnd.atlas.2024-08-05+json";

const THREE: &str = r#"{"projects": [{"clusters": [
    {"name": "a", "shards": 2, "cluster_type": "SHARDED"},
    {"name": "b", "paused": true, "instance_size": null, "disk_size_gb": null, "provider_name": null},
    {"name": "c"}]}]}"#;

/// Returns the status and the body of a page.
async fn page(scenario: &str, query: &str) -> (u16, serde_json::Value) {
    let simulator = start(scenario).await;
    let path = format!("/api/atlas/v2/groups/{GROUP}/clusters{query}");
    let headers = [VERSION, &authorization(&simulator)];
    let response = request_with(&simulator, "GET", &path, &headers).await;
    (response.status(), response.json())
}

#[tokio::test]
async fn a_project_has_the_cluster_of_the_example() {
    let (status, body) = page("{}", "").await;
    let hardware = json!({"diskSizeGB": 40, "instanceSize": "M30", "nodeCount": 3});
    let region = json!({"electableSpecs": hardware, "priority": 7, "providerName": "AWS"});
    let cluster = json!({
        "clusterType": "REPLICASET", "mongoDBMajorVersion": "7.0", "mongoDBVersion": "7.0.14",
        "name": "target", "paused": false, "replicationSpecs": [{"regionConfigs": [region]}],
        "stateName": "IDLE",
    });
    assert_eq!((status, body), (200, json!({"results": [cluster], "totalCount": 1})));
}

#[tokio::test]
async fn clusters_are_paged_and_have_what_the_scenario_says() {
    let (_, all) = page(THREE, "").await;
    let results = all["results"].as_array().unwrap();
    assert_eq!(results[0]["replicationSpecs"].as_array().unwrap().len(), 2);
    let bare = &results[1]["replicationSpecs"][0]["regionConfigs"][0];
    assert_eq!(bare, &json!({"electableSpecs": {"nodeCount": 3}, "priority": 7}));
    assert_eq!(results[1]["paused"], true);
    for (query, names) in [
        ("?itemsPerPage=2", &["a", "b"][..]),
        ("?itemsPerPage=2&pageNum=2", &["c"]),
        ("?pageNum=2", &[]),
        ("?pageNum=18446744073709551615", &[]),
    ] {
        let (status, body) = page(THREE, query).await;
        let results = body["results"].as_array().unwrap();
        let found: Vec<_> = results.iter().map(|cluster| &cluster["name"]).collect();
        assert_eq!((status, &body["totalCount"]), (200, &json!(3)), "{query}");
        assert_eq!(found, names, "{query}");
    }
}

#[tokio::test]
async fn invalid_pages_are_refused() {
    for query in ["?itemsPerPage=0", "?itemsPerPage=501", "?pageNum=0", "?pageNum=x", "?pageNum="] {
        let (status, body) = page("{}", query).await;
        assert_eq!(
            (status, &body["errorCode"]),
            (400, &json!("INVALID_QUERY_PARAMETER")),
            "{query}"
        );
    }
}
