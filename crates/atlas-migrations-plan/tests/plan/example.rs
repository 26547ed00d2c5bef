//! The example is a valid plan.

use atlas_migrations_plan::Plan;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/weekend.yaml");

#[test]
fn the_example_is_a_plan_with_its_defaults_applied() {
    let plan = Plan::read(EXAMPLE).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(plan.migrations.len(), 3);
    println!("{:#}", plan.canonical());
}
