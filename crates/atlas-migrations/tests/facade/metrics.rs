//! The metrics of a client.

use std::collections::BTreeMap;

use atlas_simulator::Fault;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::world::World;

#[tokio::test]
async fn metrics_count_calls_attempts_time_tokens_and_limits() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let world = World::with("service account").await;
    world.job().await.unwrap();
    world.next(2, Fault::HtmlBadGateway);
    world.job().await.unwrap();
    world.under(Fault::Forbidden).await;

    let seen: BTreeMap<String, String> = recorder
        .snapshotter()
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, _, value)| {
            let labels: Vec<_> = key
                .key()
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let value = match value {
                DebugValue::Counter(count) => count.to_string(),
                DebugValue::Gauge(value) => value.to_string(),
                DebugValue::Histogram(values) => format!("{} values", values.len()),
            };
            (format!("{} {}", key.key().name(), labels.join(" ")), value)
        })
        .collect();
    let value = |name: &str| seen.get(name).map(String::as_str);
    let (ok, forbidden) = (
        "operation=getGroupLiveMigration status=200",
        "operation=getGroupLiveMigration status=403",
    );
    assert_eq!(value(&format!("atlas_calls_total {ok}")), Some("2"), "{seen:#?}");
    assert_eq!(value(&format!("atlas_attempts_total {ok}")), Some("4"));
    assert_eq!(value(&format!("atlas_call_seconds {ok}")), Some("2 values"));
    assert_eq!(value(&format!("atlas_calls_total {forbidden}")), Some("1"));
    assert_eq!(value("atlas_tokens_total "), Some("1"));
    let left = value("atlas_rate_limit_remaining operation=getGroupLiveMigration");
    assert_eq!(left, Some("1198"));
}
