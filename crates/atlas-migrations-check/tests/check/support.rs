//! A simulated Atlas, a plan, and the report of its check.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use atlas_migrations::{Client, Clock, RetryPolicy};
use atlas_migrations_check::{CheckOptions, CheckResult, Item, Report, check};
use atlas_migrations_journal::store::Store;
use atlas_migrations_plan::Plan;
use atlas_simulator::{Scenario, Simulator};
use serde_json::{Value, json};

pub const GROUP: &str = "32b6e34b3d91647abb20e7b8";

/// The real time with an offset. A sleep ends at once.
#[derive(Clone, Debug, Default)]
pub struct TestClock {
    pub seconds_ahead: u64,
    /// What was slept.
    pub slept: Arc<Mutex<Vec<Duration>>>,
}

impl Clock for TestClock {
    fn now(&self) -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now() + Duration::from_secs(self.seconds_ahead)
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.slept.lock().unwrap().push(duration);
        Box::pin(std::future::ready(()))
    }

    fn random(&self) -> u64 {
        7
    }
}

/// A linked organization with one source and one destination.
pub fn atlas() -> Value {
    json!({
        "linked": true,
        "validation_rules": {"pending_seconds": 0},
        "source_projects": [{
            "id": "5f0a1b2c3d4e5f6071829304",
            "name": "Shop",
            "migration_hosts": ["vm001.example.com"],
            "deployments": [{
                "name": "orders-rs0", "mongodb_version": "7.0.14", "managed": true, "sharded": false,
                "tls_enabled": true, "db_size_bytes": 10_000_000_000_i64, "oplog_size_mb": 2000,
            }],
        }],
        "projects": [{
            "id": GROUP,
            "clusters": [{
                "name": "Orders", "cluster_type": "REPLICASET", "mongodb_version": "7.0.14", "paused": false,
                "state_name": "IDLE", "provider_name": "AWS", "instance_size": "M30", "disk_size_gb": 40,
            }],
        }],
        "faults": [],
    })
}

/// A plan with one migration that fits [`atlas`].
pub const PLAN: &str = r#"version: 1
name: test
project: "32b6e34b3d91647abb20e7b8"
organization: "4888442a3354817a7320eb61"
approvers: 1
migrations:
  - name: orders
    source: {project: "5f0a1b2c3d4e5f6071829304", cluster: orders-rs0, tls: true, authentication: managed}
    destination: {cluster: Orders}
    migration_host: vm001.example.com
"#;

/// What a test changes.
pub struct Setup {
    pub atlas: Value,
    pub plan: String,
    pub folder: String,
    pub clock: TestClock,
    pub options: CheckOptions,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            atlas: atlas(),
            plan: PLAN.to_owned(),
            folder: String::new(),
            clock: TestClock::default(),
            options: CheckOptions::default(),
        }
    }
}

impl Setup {
    /// Sets a value of the scenario at a JSON pointer.
    pub fn atlas(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        self.atlas.pointer_mut(parent).unwrap()[name] = value;
        self
    }

    /// Lets all requests of an operation fail; all requests if it is empty.
    pub fn fault(mut self, operation: &str, fault: impl Into<Value>) -> Self {
        let mut rule = json!({"fault": fault.into()});
        if !operation.is_empty() {
            rule["when"] = json!({"operation": operation});
        }
        self.atlas["faults"].as_array_mut().unwrap().push(rule);
        self
    }

    /// Replaces a part of the plan, which must be in it.
    pub fn plan(mut self, from: &str, to: &str) -> Self {
        assert!(self.plan.contains(from), "{from}");
        self.plan = self.plan.replace(from, to);
        self
    }

    /// Adds text at the end of the plan.
    pub fn plus(mut self, text: &str) -> Self {
        self.plan.push_str(text);
        self
    }

    pub fn read_plan(&self) -> Plan {
        let file = format!("{}/plan.yaml", self.folder);
        let file = if self.folder.is_empty() { "plan.yaml" } else { &file };
        Plan::parse(file, &self.plan).unwrap_or_else(|errors| panic!("{errors}\n{}", self.plan))
    }

    pub async fn simulator(&self) -> Simulator {
        let scenario = Scenario::from_json(&self.atlas.to_string()).unwrap();
        Simulator::builder().scenario(scenario).start().await.unwrap()
    }

    pub fn client(&self, simulator: &Simulator) -> Client {
        let token = simulator.scenario().bearer_tokens[0].token.clone();
        Client::builder()
            .base_url(simulator.base_url())
            .bearer_token(token)
            .retry(RetryPolicy::default().max_attempts(1))
            .clock(self.clock.clone())
            .build()
            .unwrap()
    }

    pub async fn report(&self, journal: Option<&dyn Store>) -> Report {
        let simulator = self.simulator().await;
        let client = self.client(&simulator);
        check(&self.read_plan(), &client, journal, &self.options).await
    }
}

/// Returns the items of that kind.
pub fn items<'a>(report: &'a Report, what: &str) -> Vec<&'a Item> {
    report.items.iter().filter(|item| item.what == what).collect()
}

/// Asserts that there is one item of that kind, with this result and this text in its detail or hint.
#[track_caller]
pub fn assert_item(report: &Report, what: &str, result: CheckResult, text: &str) {
    let found = items(report, what);
    let [item] = found[..] else { panic!("{what}: {found:#?} in {report:#?}") };
    assert_eq!(item.result, result, "{item:?}");
    let shown = format!("{} {}", item.detail, item.hint.as_deref().unwrap_or_default());
    assert!(shown.contains(text), "{text:?} is not in {item:?}");
}
