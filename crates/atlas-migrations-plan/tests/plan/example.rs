//! The example is a valid plan, and the checked-in schema is current.

use std::{env, fs};

use atlas_migrations_plan::{
    CutoverOrder, HookAction, HookEvent, HookFailure, Plan, PlannedAuthentication, SecretSource,
    schema,
};
use serde_json::Value;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/weekend.yaml");
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/plan.schema.json");

#[test]
fn the_example_is_a_plan_with_its_defaults_applied() {
    let plan = Plan::read(EXAMPLE).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(plan.name.as_str(), "weekend-12");
    assert_eq!(plan.resolve("a/b").parent(), Some(plan.folder.join("a").as_path()));
    let names: Vec<_> = plan.migrations.iter().map(|migration| migration.name.as_str()).collect();
    assert_eq!(names, ["orders", "users", "stock"]);

    let users = plan.migration("users").unwrap();
    assert_eq!(users.source.project.to_string(), "5f0a1b2c3d4e5f6071829305");
    assert_eq!(users.source.authentication, PlannedAuthentication::Managed);
    assert_eq!(users.source.ca_certificate_path.as_deref(), Some("/etc/ssl/ca.pem"));
    assert_eq!(users.migration_host, "vm1.example.com");
    assert_eq!(users.destination_key(), "6f0a1b2c3d4e5f6071829304/Users");
    assert_eq!(users.policy.approvers, 2);
    assert_eq!(users.policy.windows.len(), 2);
    assert_eq!(users.policy.order, CutoverOrder::Sequence);
    assert_eq!(users.after(), ["orders".parse().unwrap()]);

    let stock = plan.migration("stock").unwrap();
    assert_eq!(stock.migration_host, "vm2.example.com");
    assert_eq!((stock.policy.approvers, stock.policy.windows.len()), (1, 0));
    assert_eq!(stock.policy.max_lag.as_secs(), 120);

    let [before, slack] = plan.hooks.as_slice() else { panic!("{:?}", plan.hooks) };
    assert_eq!((before.name.as_str(), before.on_error), ("stop-writes", HookFailure::Veto));
    assert_eq!((slack.name.as_str(), slack.on_error), ("slack", HookFailure::Ignore));
    assert!(slack.on.contains(&HookEvent::DeadlineNear));
    let HookAction::Webhook { url_from, .. } = &slack.action else { panic!("{slack:?}") };
    assert_eq!(*url_from, SecretSource::Env("SLACK_URL".to_owned()));
}

#[test]
fn the_checked_in_schema_is_current() {
    let current = format!("{:#}\n", schema());
    if env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(SCHEMA, &current).unwrap();
    }
    let checked_in = fs::read_to_string(SCHEMA).unwrap_or_default();
    assert!(checked_in == current, "run the test with UPDATE_SCHEMA=1 to write {SCHEMA}");
}

#[test]
fn the_example_fits_the_schema_and_a_misspelled_key_does_not() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = fs::read_to_string(EXAMPLE).unwrap();
    let mut example: Value = serde_saphyr::from_str(&text).unwrap();
    let errors: Vec<_> = validator.iter_errors(&example).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    example["migrations"][0]["sorce"] = Value::Null;
    assert!(!validator.is_valid(&example));
}

#[test]
fn json_is_a_plan_too() {
    let text = fs::read_to_string(EXAMPLE).unwrap();
    let example: Value = serde_saphyr::from_str(&text).unwrap();
    let json = Plan::parse("plan.json", &format!("{example:#}")).unwrap();
    assert_eq!(json.hash(), Plan::read(EXAMPLE).unwrap().hash());
}
