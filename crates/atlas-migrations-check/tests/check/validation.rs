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
