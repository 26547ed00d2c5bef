//! Each row of the table of checks, with each of its results.

use atlas_migrations_check::{
    CheckResult::{self, CannotTell, Fail, Pass, Warn},
    Verdict,
};
use serde_json::{Value, json};

use crate::support::{PLAN, Setup, assert_item, items};

const DEPLOYMENT: &str = "/source_projects/0/deployments/0";
const CLUSTER: &str = "/projects/0/clusters/0";
const PROJECTS: &str = "listOrgLiveMigrationAvailableProjects";
const CLUSTERS: &str = "listGroupClusters";

type Case = (Setup, &'static str, CheckResult, &'static str);

async fn check_all(cases: Vec<Case>) {
    for (setup, what, result, text) in cases {
        assert_item(&setup.report(None).await, what, result, text);
    }
}

fn deployment(field: &str, value: Value) -> Setup {
    Setup::default().atlas(&format!("{DEPLOYMENT}/{field}"), value)
}

fn cluster(field: &str, value: Value) -> Setup {
    Setup::default().atlas(&format!("{CLUSTER}/{field}"), value)
}

fn fault(operation: &str, fault: Value) -> Setup {
    Setup::default().fault(operation, fault)
}

fn access(access: &str) -> Setup {
    Setup::default().atlas("/bearer_tokens", json!([{"access": access}]))
}

#[tokio::test]
async fn a_good_plan_passes_everything_but_what_needs_a_journal() {
    let report = Setup::default().report(None).await;
    for item in &report.items {
        let expected = match item.what {
            "journal" | "names and destinations" => CannotTell,
            _ => Pass,
        };
        assert_eq!(item.result, expected, "{item:?}");
    }
    assert_eq!(report.verdict(false), Verdict::CannotTell);
    assert_eq!(report.verdict(true), Verdict::Failed);
}

#[tokio::test]
async fn access_is_judged_by_what_atlas_answers() {
    let nobody = json!([{"token": "not-a-real-bearer-token", "access": "no_role"}]);
    check_all(vec![
        (Setup::default(), "credential", Pass, "accepts"),
        (access("no_role"), "credential", Pass, "knows"),
        (fault("", json!("unauthorized")), "credential", Fail, "401"),
        (fault("", json!("unexpected_error")), "credential", CannotTell, "500"),
        (fault("", json!("reset_connection")), "credential", CannotTell, "availableProjects"),
        (fault("", json!({"rate_limited": {"retry_after": 1}})), "credential", CannotTell, "429"),
        (Setup::default(), "role", Pass, "Organization Owner"),
        (Setup::default().atlas("/bearer_tokens", nobody), "role", Fail, "USER_UNAUTHORIZED"),
        (access("other_project"), "role", Fail, "USER_CANNOT_ACCESS_ORG"),
        (
            Setup::default().plan("4888442a3354817a7320eb61", "000000000000000000000000"),
            "role",
            Fail,
            "ORG_NOT_FOUND",
        ),
        (fault(PROJECTS, json!("unexpected_error")), "role", CannotTell, "500"),
        (
            Setup::default().plan("organization: \"4888442a3354817a7320eb61\"\n", ""),
            "role",
            CannotTell,
            "organization: ID",
        ),
        (Setup::default(), "access list", Pass, "allowed"),
        (access("blocked_address"), "access list", Fail, "add 127.0.0.1"),
        (fault("", json!("empty_forbidden")), "access list", CannotTell, "firewall"),
        (fault("", json!("reset_connection")), "access list", CannotTell, "availableProjects"),
    ])
    .await;
}

#[tokio::test]
async fn the_clock_is_compared_with_the_date_of_responses() {
    for (seconds_ahead, result) in [(0, Pass), (30, Warn), (90, Fail)] {
        let mut setup = Setup::default();
        setup.clock.seconds_ahead = seconds_ahead;
        assert_item(&setup.report(None).await, "clock", result, "s from the clock of Atlas");
    }
    let silent = fault("", json!("reset_connection"));
    assert_item(&silent.report(None).await, "clock", CannotTell, "no response");
}

#[tokio::test]
async fn sources_are_judged_by_what_can_be_migrated() {
    let other_host =
        Setup::default().atlas("/source_projects/0/migration_hosts", json!(["vm9.example.com"]));
    let mut elsewhere = other_host;
    elsewhere.atlas["source_projects"].as_array_mut().unwrap().push(json!({
        "id": "5f0a1b2c3d4e5f6071829399", "name": "Plant", "migration_hosts": ["vm001.example.com"],
    }));
    let hosts = |hosts| Setup::default().atlas("/source_projects/0/migration_hosts", hosts);
    check_all(vec![
        (Setup::default(), "link", Pass, "1 project to"),
        (Setup::default().atlas("/linked", json!(false)), "link", CannotTell, "link create"),
        (fault(PROJECTS, json!("unexpected_error")), "link", CannotTell, "500"),
        (Setup::default(), "source project", Pass, "Shop"),
        (
            Setup::default().plan("5f0a1b2c3d4e5f6071829304", "5f0a1b2c3d4e5f6071829305"),
            "source project",
            Fail,
            "5f0a1b2c3d4e5f6071829304 (Shop)",
        ),
        (Setup::default(), "source cluster", Pass, "orders-rs0"),
        (
            Setup::default().plan("orders-rs0", "orders-rs1"),
            "source cluster",
            Fail,
            "did you mean `orders-rs0`?",
        ),
        (Setup::default().atlas("/linked", json!(false)), "source cluster", CannotTell, "`link`"),
        (Setup::default(), "migration host", Pass, "vm001"),
        (elsewhere, "migration host", Warn, "Plant"),
        (hosts(json!(["vm002.example.com"])), "migration host", Fail, "vm002.example.com"),
        (hosts(json!([])), "migration host", CannotTell, "no migration host"),
        (Setup::default(), "authentication", Pass, "Automation"),
        (deployment("managed", json!(false)), "authentication", Fail, "user name"),
        (
            Setup::default().plan(
                "authentication: managed",
                "authentication: {username: CHOOSE, password: {prompt: true}}",
            ),
            "authentication",
            Fail,
            "chosen",
        ),
        (Setup::default(), "TLS", Pass, "on"),
        (deployment("tls_enabled", json!(false)), "TLS", Warn, "does not use"),
        (Setup::default().plan("tls: true", "tls: false"), "TLS", Warn, "tls: true"),
        (Setup::default(), "oplog", Pass, "2.0 GiB for 9.3 GiB"),
        (deployment("oplog_size_mb", json!(900)), "oplog", Warn, "10 %"),
        (deployment("oplog_size_mb", json!(null)), "oplog", CannotTell, "size"),
        (deployment("db_size_bytes", json!(-1)), "oplog", CannotTell, "size"),
    ])
    .await;
}

#[tokio::test]
async fn pairs_of_versions_and_shapes_are_judged() {
    let sharded = |setup: Setup| setup.atlas(&format!("{CLUSTER}/cluster_type"), json!("SHARDED"));
    let with_sharding = |setup: Setup| {
        let sharding = "    sharding: {createSupportingIndexes: true, entries: [{database: shop, collection: orders, \
                        key: [{region: 1}, {_id: hashed}]}]}\n";
        setup.plus(sharding)
    };
    check_all(vec![
        (Setup::default(), "versions", Pass, "7.0.14 to 7.0.14"),
        (deployment("mongodb_version", json!("6.0.19")), "versions", Pass, "6.0.19 to 7.0.14"),
        (cluster("mongodb_version", json!("8.0.4")), "versions", Warn, "7.0.14 to 8.0.4"),
        (deployment("mongodb_version", json!("7.0.12")), "versions", Fail, "7.0.13 or later"),
        (cluster("mongodb_version", json!("6.0.19")), "versions", Fail, "older than the source"),
        (cluster("mongodb_version", json!(null)), "versions", CannotTell, "both versions"),
        (Setup::default(), "sharding", Pass, "replica set to replica set"),
        (sharded(deployment("sharded", json!(true))), "sharding", Pass, "sharded to sharded"),
        (with_sharding(sharded(Setup::default())), "sharding", Pass, "with `sharding`"),
        (sharded(Setup::default()), "sharding", Warn, "one shard"),
        (with_sharding(Setup::default()), "sharding", Warn, "is a replica set"),
        (deployment("sharded", json!(true)), "sharding", Fail, "cannot become"),
        (cluster("cluster_type", json!(null)), "sharding", CannotTell, "shapes"),
    ])
    .await;
    // That the destination is absent is said once.
    let report = cluster("name", json!("Other")).report(None).await;
    assert!(items(&report, "versions").is_empty() && items(&report, "sharding").is_empty());
}

#[tokio::test]
async fn destinations_and_their_disks_are_judged() {
    let free = json!([{"name": "Orders", "provider_name": "TENANT", "instance_size": "M0"}]);
    let no_role = fault(
        CLUSTERS,
        json!({"respond": {"status": 401, "content_type": "application/json", "body":
            r#"{"error":401,"errorCode":"USER_UNAUTHORIZED","reason":"Unauthorized"}"#}}),
    );
    let other_project = json!([{"project_ids": []}]);
    let unknown = Setup::default()
        .atlas(&format!("{CLUSTER}/paused"), json!(null))
        .atlas(&format!("{CLUSTER}/state_name"), json!(null));
    check_all(vec![
        (Setup::default(), "destination", Pass, "M30"),
        (cluster("state_name", json!("UPDATING")), "destination", Warn, "UPDATING"),
        (cluster("paused", json!(true)), "destination", Fail, "paused"),
        (cluster("state_name", json!("DELETING")), "destination", Fail, "deleted"),
        (cluster("name", json!("Order")), "destination", Fail, "did you mean `Order`?"),
        (Setup::default().atlas("/projects/0/clusters", free), "destination", Fail, "M0"),
        (Setup::default().atlas("/projects/0/clusters", json!([])), "destination", Fail, "none"),
        (
            Setup::default().plan(
                "project: \"32b6e34b3d91647abb20e7b8\"",
                "project: \"000000000000000000000000\"",
            ),
            "destination",
            Fail,
            "GROUP_NOT_FOUND",
        ),
        (
            Setup::default().atlas("/bearer_tokens", other_project),
            "destination",
            Fail,
            "USER_CANNOT_ACCESS_GROUP",
        ),
        (no_role, "destination", CannotTell, "USER_UNAUTHORIZED"),
        (fault(CLUSTERS, json!("unexpected_error")), "destination", CannotTell, "500"),
        (unknown, "destination", CannotTell, "paused"),
        (Setup::default(), "disk", Pass, "40.0 GiB for 9.3 GiB"),
        (cluster("disk_size_gb", json!(11)), "disk", Warn, "1.3 times"),
        (cluster("disk_size_gb", json!(8)), "disk", Fail, "enlarge"),
        (cluster("disk_size_gb", json!(null)), "disk", CannotTell, "not known"),
        (deployment("db_size_bytes", json!(null)), "disk", CannotTell, "not known"),
        // The disks of all shards count.
        (
            cluster("disk_size_gb", json!(8)).atlas(&format!("{CLUSTER}/shards"), json!(2)),
            "disk",
            Pass,
            "16.0 GiB",
        ),
        (Setup::default(), "drop", Pass, "nothing"),
        (
            Setup::default().plus("    drop_destination_data: true\n"),
            "drop",
            Warn,
            "all data of `Orders`",
        ),
    ])
    .await;
}

#[tokio::test]
async fn clusters_on_later_pages_are_found() {
    let mut clusters: Vec<_> =
        (0..500).map(|number| json!({"name": format!("c{number}")})).collect();
    clusters.push(json!({"name": "Orders"}));
    let setup = Setup::default().atlas("/projects/0/clusters", json!(clusters));
    assert_item(&setup.report(None).await, "destination", Pass, "Orders");
}

#[tokio::test]
async fn windows_are_compared_with_the_deadline() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    let at = |hours: i64| {
        atlas_migrations_plan::Timestamp::from_second(now + hours * 3600).unwrap().to_string()
    };
    let window = |from, to| {
        let window = format!("cutover: {{windows: [{{from: {}, to: {}}}]}}\n", at(from), at(to));
        Setup::default().plus(&window)
    };
    check_all(vec![
        (Setup::default(), "window", Pass, "any time"),
        (window(2, 6), "window", Pass, "in 1 h"),
        (window(-1, 6), "window", Pass, "in 0 h"),
        (window(115, 120), "window", Warn, "less than 12 h"),
        (window(-9, -6), "window", Fail, "ended"),
        (window(125, 130), "window", CannotTell, "120 h"),
    ])
    .await;
}

#[tokio::test]
async fn equal_results_of_all_migrations_are_one_item() {
    let second = "  - {name: users, source: {project: \"5f0a1b2c3d4e5f6071829304\", cluster: users, authentication: managed}, \
                  destination: {cluster: Users}, migration_host: vm001.example.com}\n";
    let report = Setup::default().plus(second).report(None).await;
    assert_item(&report, "window", Pass, "any time");
    let own = second.replace("name: users,", "name: users, approvers: 2,");
    let report = Setup::default().plus(&own).report(None).await;
    let approvals: Vec<_> =
        items(&report, "approvals").iter().map(|item| item.detail.as_str()).collect();
    assert_eq!(approvals, ["1 person approves each cutover", "2 people approve each cutover"]);
    // Atlas is asked once, whatever the number of migrations.
    let setup = Setup::default().plus(second);
    let simulator = setup.simulator().await;
    let client = setup.client(&simulator);
    atlas_migrations_check::check(&setup.read_plan(), &client, None, &setup.options).await;
    assert_eq!(simulator.control().request_count(), 2);
}

#[tokio::test]
async fn a_plan_without_approvers_is_said_aloud() {
    let report = Setup::default().plan("approvers: 1", "approvers: 0").report(None).await;
    assert_item(&report, "plan file", Warn, "plan.yaml:");
    assert!(items(&report, "approvals").is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn hooks_and_passwords_are_judged_by_their_files() {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, "hunter2-secret\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("run.sh", 0o755);
    write("plain.sh", 0o644);
    write("open.sh", 0o757);
    write("private", 0o600);
    write("public", 0o644);
    let setup =
        |setup: Setup| Setup { folder: folder.path().to_str().unwrap().to_owned(), ..setup };
    let exec = |program: &str| {
        setup(Setup::default().plus(&format!("hooks: [{{on: [ready], exec: [{program}]}}]\n")))
    };
    let webhook = |source: &str| {
        let hook = format!("hooks: [{{on: [ready], webhook: {{url_from: {source}}}}}]\n");
        setup(Setup::default().plus(&hook))
    };
    let password = |source: &str| {
        let user = format!("authentication: {{username: mig, password: {source}}}");
        setup(Setup::default().plan("authentication: managed", &user))
    };
    check_all(vec![
        (exec("./run.sh"), "hook", Pass, "executable; it was not run"),
        (exec("sh"), "hook", Pass, "executable"),
        (exec("./open.sh"), "hook", Warn, "others can write"),
        (exec("./plain.sh"), "hook", Fail, "chmod +x"),
        (exec("./none.sh"), "hook", Fail, "does not exist"),
        (exec("no-such-program-anywhere"), "hook", Fail, "does not exist"),
        (webhook("{file: private}"), "hook", Pass, "nothing was sent"),
        (webhook("{file: public}"), "hook", Warn, "0600"),
        (webhook("{env: NO_SUCH_VARIABLE_OF_A_TEST}"), "hook", Fail, "not set"),
        (password("{file: private}"), "password", Pass, "can be read"),
        (password("{file: public}"), "password", Warn, "0600"),
        (password("{file: none}"), "password", Fail, "cannot be read"),
        (password("{command: [echo, hunter2]}"), "password", Pass, "can be read"),
        (password("{prompt: true}"), "password", CannotTell, "types it"),
    ])
    .await;
    assert!(PLAN.contains("managed"));
}
