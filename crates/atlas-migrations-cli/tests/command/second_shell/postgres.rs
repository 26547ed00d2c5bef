//! A journal that a team shares: approvals count by the users of the database.

use std::process::Output;
use std::time::Duration;

use atlas_migrations_journal::Location;
use atlas_migrations_journal::event::Operation;
use sqlx::{Connection as _, PgConnection};

use super::support::{Runner, json};
use crate::atlas::id;
use crate::process::{code, command, text};

const GRANTS: &str = "
    CREATE ROLE ROLENAME LOGIN;
    GRANT USAGE ON SCHEMA atlas_migrations TO ROLENAME;
    GRANT SELECT ON ALL TABLES IN SCHEMA atlas_migrations TO ROLENAME;
    GRANT INSERT ON atlas_migrations.event TO ROLENAME;
    GRANT INSERT, UPDATE ON atlas_migrations.stream, atlas_migrations.delivery TO ROLENAME;
    GRANT UPDATE ON atlas_migrations.meta TO ROLENAME;
    GRANT INSERT, UPDATE, DELETE ON atlas_migrations.slot, atlas_migrations.runner TO ROLENAME;";

#[tokio::test(flavor = "multi_thread")]
async fn approvals_of_two_database_users_count_as_two_and_of_one_as_one() {
    let Some(server) = atlas_test_postgres::shared().await else { return };
    let url = server.new_database().await;
    let runner = Runner::at(&Location::Postgres(url.clone()), Duration::ZERO).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for role in ["bo", "cy"] {
        let sql = sqlx::AssertSqlSafe(GRANTS.replace("ROLENAME", role));
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let orders = runner.planned(plan, "orders", 2).await;
    runner.make_ready(orders, &id(0)).await;
    let run = |user: &str, arguments: &[&str]| -> Output {
        let url = url.replace("postgres://owner@", &format!("postgres://{user}@"));
        command(arguments).env("ATLAS_MIGRATIONS_JOURNAL", url).output().unwrap()
    };
    let approved = |user, by: &[&str]| {
        let output = run(user, &[&["approve", "orders", "-ojson"], by].concat());
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        json(&output)[0]["have"].as_u64().unwrap()
    };
    assert_eq!(approved("bo", &[]), 1);
    // The same user, whoever he says he is.
    assert_eq!(approved("bo", &["--by", "cy"]), 1);
    assert!(runner.intent(orders, Operation::Cutover).await.is_err());
    assert_eq!(approved("cy", &[]), 2);

    let shown = run("bo", &["journal", "show", "orders"]);
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    let told = text(&shown.stdout);
    assert!(told.contains("cutover:      2 of 2 approvals\n"), "{told}");
    assert!(told.contains("(database user bo)") && told.contains("(database user cy)"), "{told}");
    assert_eq!(code(&run("cy", &["hold", "weekend-12"])), 0);
    assert_eq!(code(&run("bo", &["release", "weekend-12"])), 0);
    runner.intent(orders, Operation::Cutover).await.unwrap();
    let late = run("cy", &["hold", "orders"]);
    assert_eq!(code(&late), 5);
    assert!(text(&late.stderr).contains("too late: cutover intent "), "{}", text(&late.stderr));
    let backup = run("bo", &["journal", "backup", "never-written.db"]);
    assert_eq!(code(&backup), 12, "{}", text(&backup.stderr));
    let info = json(&run("bo", &["journal", "info", "-ojson"]));
    assert_eq!(info["kind"], "postgresql");
}
