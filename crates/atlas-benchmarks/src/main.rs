//! scratch
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]
use atlas_migrations::{Client, GroupId, LiveMigrationId, RetryPolicy, Credentials};
use atlas_simulator::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct ByHand {
    #[serde(rename = "_id")]
    id: Option<String>,
    lag_time_seconds: Option<i64>,
    migration_hosts: Option<Vec<String>>,
    ready_for_cutover: Option<bool>,
    status: Option<String>,
}

fn main() {
    let mut scenario = Scenario::default();
    scenario.rate_limits.group = RateLimit { capacity: u32::MAX.into(), ..RateLimit::default() };
    let token = scenario.bearer_token().unwrap().to_owned();
    let key = scenario.api_key().unwrap().clone();
    let (send, recv) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        rt.block_on(async {
            let s = Simulator::builder().scenario(scenario).start().await.unwrap();
            send.send(s.base_url().to_owned()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    let mut url = recv.recv().unwrap();
    if std::env::var_os("AXUM").is_some() {
        let (send, recv) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            rt.block_on(async {
                let l = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                send.send(format!("http://{}", l.local_addr().unwrap())).unwrap();
                let app = axum::Router::new().route("/api/atlas/v2/groups/{g}/liveMigrations/{m}", axum::routing::get(|| async {
                    ([("content-type","application/vnd.atlas.2023-01-01+json;charset=utf-8"),("server","mdbws"),("x-envoy-upstream-service-time","0"),("referrer-policy","strict-origin-when-cross-origin"),("strict-transport-security","max-age=31536000; includeSubdomains;"),("x-content-type-options","nosniff"),("x-permitted-cross-domain-policies","none"),("x-frame-options","DENY"),("vary","Accept-Encoding"),("ratelimit-limit","1200"),("ratelimit-remaining","1199"),("x-mongodb-service-version","gitHash=0000000000000000000000000000000000000000; versionString=master"),("x-java-method","SyntheticResource::getGroupLiveMigration"),("x-java-version","17.0.19+10-LTS")],
                    r#"{"_id":"6296fb4c7c7aa997cf94e9a8","lagTimeSeconds":42,"migrationHosts":["vm001.example.com"],"readyForCutover":false,"status":"WORKING"}"#)
                }));
                use axum::serve::ListenerExt as _;
                axum::serve(l.tap_io(|s| { let _ = s.set_nodelay(true); }), app).await.unwrap();
            });
        });
        url = recv.recv().unwrap();
    }
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let group: GroupId = "32b6e34b3d91647abb20e7b8".parse().unwrap();
    let id: LiveMigrationId = "6296fb4c7c7aa997cf94e9a8".parse().unwrap();
    let bearer = Client::builder().base_url(&url).bearer_token(&*token).retry(RetryPolicy::never()).build().unwrap();
    let digest = Client::builder().base_url(&url).credentials(Credentials::api_key(key.public_key, key.private_key)).retry(RetryPolicy::never()).build().unwrap();
    let plain = || async {
        let j: ByHand = http.get(format!("{url}/api/atlas/v2/groups/{}/liveMigrations/{}", "32b6e34b3d91647abb20e7b8", "6296fb4c7c7aa997cf94e9a8"))
            .header("accept", "application/vnd.atlas.2023-01-01+json").bearer_auth(&token).send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
        std::hint::black_box(j);
    };
    let mode = std::env::args().nth(1).unwrap();
    let n: usize = std::env::args().nth(2).map_or(1000, |n| n.parse().unwrap());
    let one = || async { match &*mode {
        "plain" => plain().await,
        "bearer" => { std::hint::black_box(bearer.live_migration(&group, &id).await.unwrap()); }
        "digest" => { std::hint::black_box(digest.live_migration(&group, &id).await.unwrap()); }
        _ => panic!(),
    }};
    rt.block_on(async { for _ in 0..10 { one().await; } });
    let info = allocation_counter::measure(|| rt.block_on(async { for _ in 0..n { one().await; } }));
    let n = n as f64;
    println!("{mode}: {} allocations, {} bytes", info.count_total as f64 / n, info.bytes_total as f64 / n);
}
