//! Drafts of plans: they parse, and fit the Atlas that they were drafted from.

use atlas_migrations_check::{CheckResult, check, draft_plan};
use atlas_migrations_plan::Plan;
use serde_json::json;

use crate::support::{GROUP, Setup, items};

const ORG: &str = "4888442a3354817a7320eb61";

async fn draft(setup: &Setup) -> String {
    let simulator = setup.simulator().await;
    let client = setup.client(&simulator);
    draft_plan(&client, ORG.parse().unwrap(), GROUP.parse().unwrap()).await.unwrap()
}

fn parse(text: &str) -> Plan {
    Plan::parse("plan.yaml", text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

#[tokio::test]
async fn a_draft_parses_and_passes_where_atlas_knows_everything() {
    let setup = Setup::default();
    let text = draft(&setup).await;
    let plan = parse(&text);
    assert!(!text.split("version: 1").nth(1).unwrap().contains("CHOOSE"), "{text}");
    let simulator = setup.simulator().await;
    let report = check(&plan, &setup.client(&simulator), None, &setup.options).await;
    for item in &report.items {
        assert!(item.result != CheckResult::Fail && item.result != CheckResult::Warn, "{item:?}");
    }
    assert_eq!(plan.migrations[0].name.as_str(), "orders-rs0");
    // Alike but for the suffix: one source and one destination are left, which belong together.
    assert_eq!(plan.migrations[0].destination.cluster, "Orders");
}

#[tokio::test]
async fn what_a_person_must_decide_is_marked_and_fails_the_check() {
    let setup = Setup::default().atlas(
        "/source_projects",
        json!([
            {"id": "5f0a1b2c3d4e5f6071829304", "name": "Shop", "migration_hosts": ["vm1", "vm2"], "deployments": [
                {"name": "ORDERS", "managed": false}, {"name": "users", "sharded": true}]},
            {"id": "5f0a1b2c3d4e5f6071829305", "name": "Plant", "deployments": [{"name": "users"}], "migration_hosts": []},
        ]),
    );
    let text = draft(&setup).await;
    let plan = parse(&text);
    let names: Vec<_> = plan.migrations.iter().map(|migration| migration.name.as_str()).collect();
    assert_eq!(names, ["orders", "users", "users-2"]);
    assert_eq!(plan.migrations[0].destination.cluster, "Orders");
    assert!(text.contains("migration_host: \"vm1\"  # or: vm2"), "{text}");
    assert!(text.contains("{username: CHOOSE, password: {env: PASSWORD_ORDERS}}"), "{text}");
    assert!(text.contains("migration_host: CHOOSE.invalid"), "{text}");
    let simulator = setup.simulator().await;
    let report = check(&plan, &setup.client(&simulator), None, &setup.options).await;
    let absent = items(&report, "destination");
    let absent: Vec<_> = absent.iter().filter(|item| item.result == CheckResult::Fail).collect();
    assert_eq!(absent.len(), 2, "{report:?}");
    for what in ["authentication", "migration host"] {
        let failed = items(&report, what);
        let failed = failed.iter().find(|item| item.result == CheckResult::Fail).unwrap();
        assert!(failed.detail.contains("chosen"), "{failed:?}");
    }
}

#[tokio::test]
async fn sources_of_one_project_share_their_defaults() {
    let setup = Setup::default().atlas(
        "/source_projects/0/deployments",
        json!([{"name": "orders"}, {"name": "users", "tls_enabled": false}]),
    );
    let text = draft(&setup).await;
    assert_eq!(text.matches("project: \"5f0a1b2c3d4e5f6071829304\"").count(), 1, "{text}");
    assert_eq!(text.matches("migration_host:").count(), 1, "{text}");
    let plan = parse(&text);
    let [orders, users] = &plan.migrations[..] else { panic!("{text}") };
    assert_eq!((orders.source.tls, users.source.tls), (true, false));
    assert_eq!(users.migration_host, "vm001.example.com");
}

#[tokio::test]
async fn without_a_link_or_clusters_the_draft_still_parses() {
    let unlinked = Setup::default().atlas("/linked", json!(false));
    let text = draft(&unlinked).await;
    assert!(text.contains("link the Cloud Manager organization"), "{text}");
    parse(&text);
    let forbidden = Setup::default().fault("listGroupClusters", json!("forbidden"));
    let text = draft(&forbidden).await;
    assert!(
        text.contains("# The clusters of the project are not known: listGroupClusters"),
        "{text}"
    );
    parse(&text);
}

#[tokio::test]
async fn texts_from_atlas_cannot_leave_their_place() {
    for name in [
        "a\"b\\c",
        "x: y # z",
        "{a}",
        "- [",
        "*a",
        "é\u{2028}",
        "'",
        "a\nmigrations: []",
        "%",
        "CHOOSE",
    ] {
        let setup = Setup::default()
            .atlas("/source_projects/0/deployments/0/name", json!(name))
            .atlas("/source_projects/0/name", json!("Shop\nversion: 2\u{85}"))
            .atlas("/source_projects/0/deployments/0/mongodb_version", json!("7\n- {"))
            .atlas("/source_projects/0/migration_hosts", json!(["a b\n", "vm1:80"]));
        let plan = parse(&draft(&setup).await);
        let [migration] = &plan.migrations[..] else { panic!("{name:?}") };
        // A name that no plan can have is left out.
        if !name.contains('\n') {
            assert_eq!(migration.source.cluster, name);
        }
    }
}
