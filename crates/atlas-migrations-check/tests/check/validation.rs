//! The validations of Atlas.

use std::time::Duration;

use atlas_migrations_check::CheckResult::{CannotTell, Fail, Pass};
use serde_json::json;

use crate::support::{Setup, assert_item, items};

fn setup() -> Setup {
    let mut setup = Setup::default();
    setup.options.validate = true;
    setup.options.validation_timeout = Duration::from_mins(1);
    setup
}

#[tokio::test]
async fn validations_run_only_if_asked_for() {
    let report = Setup::default().report(None).await;
    assert!(items(&report, "validation").is_empty());
    assert_item(&setup().report(None).await, "validation", Pass, "accepts");
}

#[tokio::test]
async fn a_failed_validation_says_why() {
    let unreachable = json!({"pending_seconds": 0, "unreachable_hosts": ["vm001.example.com"]});
    let report = setup().atlas("/validation_rules", unreachable).report(None).await;
    assert_eq!(items(&report, "validation")[0].result, Fail);
    assert_item(&report, "validation", Fail, "host");
    let refused = setup().fault("validateGroupLiveMigrations", json!("forbidden"));
    assert_item(&refused.report(None).await, "validation", Fail, "IP_ADDRESS_NOT_ON_ACCESS_LIST");
}

#[tokio::test]
async fn a_validation_without_a_result_is_not_decided() {
    let mut pending = setup().atlas("/validation_rules/pending_seconds", json!(3600));
    pending.options.validation_timeout = Duration::ZERO;
    assert_item(&pending.report(None).await, "validation", CannotTell, "no result within 0 s");
    let broken = setup().fault("validateGroupLiveMigrations", json!("unexpected_error"));
    assert_item(&broken.report(None).await, "validation", CannotTell, "500");
    let typed = setup().plan(
        "authentication: managed",
        "authentication: {username: mig, password: {prompt: true}}",
    );
    assert_item(&typed.report(None).await, "validation", CannotTell, "terminal");
}

#[tokio::test]
async fn a_password_that_atlas_repeats_is_not_shown() {
    let echo = json!({"respond": {
        "status": 200, "content_type": "application/vnd.atlas.2024-05-30+json",
        "body": r#"{"_id":"507f1f77bcf86cd799439011","status":"FAILED","errorMessage":"wrong password canary-5ecret for mig"}"#,
    }});
    let setup = setup()
        .plan(
            "authentication: managed",
            "authentication: {username: mig, password: {command: [echo, canary-5ecret]}}",
        )
        .fault("validateGroupLiveMigrations", echo);
    let report = setup.report(None).await;
    assert_item(&report, "validation", Fail, "wrong password [redacted] for mig");
    assert!(!format!("{report:?}{}", report.to_junit()).contains("canary-5ecret"));
}

/// Returns a plan with this many migrations, which differ in their names and destinations.
fn many(count: usize) -> Setup {
    let mut setup = setup();
    for number in 1..count {
        let migration = format!(
            "  - {{name: more{number}, source: {{project: \"5f0a1b2c3d4e5f6071829304\", cluster: orders-rs0, \
             authentication: managed}}, destination: {{cluster: More{number}}}, migration_host: vm001.example.com}}\n"
        );
        setup.plan.push_str(&migration);
    }
    setup
}

#[tokio::test]
async fn validations_wait_when_a_fifth_of_the_rate_limit_is_left() {
    let pause = Duration::from_secs(10);
    // One request lists the clusters.
    for (capacity, pauses) in [(100, 0), (20, 0), (12, 3)] {
        let limit = json!({"capacity": capacity, "refill": 1, "period_seconds": 3600});
        let setup = many(12).atlas("/rate_limits", json!({"group": limit}));
        setup.report(None).await;
        let slept = setup.clock.slept.lock().unwrap();
        let count = slept.iter().filter(|slept| **slept == pause).count();
        assert!(count >= pauses && (pauses > 0 || count == 0), "{capacity}: {slept:?}");
    }
}

#[tokio::test]
async fn each_migration_is_validated_once_and_in_the_order_of_the_plan() {
    let setup = many(9);
    let simulator = setup.simulator().await;
    let plan = setup.read_plan();
    let client = setup.client(&simulator);
    let report = atlas_migrations_check::check(&plan, &client, None, &setup.options).await;
    let names = |report: &atlas_migrations_check::Report| -> Vec<String> {
        items(report, "validation")
            .iter()
            .map(|item| item.migration.as_ref().unwrap().to_string())
            .collect()
    };
    let expected: Vec<_> =
        plan.migrations.iter().map(|migration| migration.name.to_string()).collect();
    assert_eq!(names(&report), expected);
    let requests = simulator.control().requests();
    assert_eq!(requests.iter().filter(|request| request.method() == "POST").count(), 9);
    assert!(requests.iter().all(|request| request.method() != "PUT"));
}
