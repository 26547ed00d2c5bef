//! The order of a report, its verdict, and its form as `JUnit` XML.

use atlas_migrations_check::{
    CheckResult::{CannotTell, Fail, Pass, Warn},
    Verdict,
};
use serde_json::json;

use crate::support::Setup;

#[tokio::test]
async fn the_xml_is_well_formed_and_has_a_case_for_each_item() {
    let hostile = "a<b>&\"'\u{1}]]>\u{fffe}é";
    let setup = Setup::default()
        .atlas("/source_projects/0/deployments/0/name", json!(hostile))
        .atlas("/projects/0/clusters/0/state_name", json!("UPDATING"));
    let report = setup.report(None).await;
    for result in [Pass, Warn, CannotTell, Fail] {
        assert!(report.items.iter().any(|item| item.result == result), "{result}");
    }
    let xml = report.to_junit();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!(count("testcase"), report.items.len());
    assert_eq!(count("failure"), report.counts.fail);
    assert_eq!(count("error"), report.counts.cannot_tell);
    assert_eq!(count("system-out"), report.counts.warn);
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
    assert_eq!(suite.attribute("failures"), Some(report.counts.fail.to_string().as_str()));
    assert_eq!(suite.attribute("errors"), Some(report.counts.cannot_tell.to_string().as_str()));
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    assert!(failure.text().unwrap().contains("a<b>&\"'"), "{xml}");
    assert!(!xml.contains('\u{1}'));
}

#[tokio::test]
async fn the_verdict_is_that_of_the_worst_item() {
    let mut setup = Setup::default();
    let verdicts =
        |report: atlas_migrations_check::Report| (report.verdict(false), report.verdict(true));
    assert_eq!(verdicts(setup.report(None).await), (Verdict::CannotTell, Verdict::Failed));
    setup = setup.atlas("/projects/0/clusters/0/paused", json!(true));
    let report = setup.report(None).await;
    assert_eq!(verdicts(report.clone()), (Verdict::Failed, Verdict::Failed));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["plan"], "test");
    assert_eq!(json["counts"]["fail"], 1);
    let item =
        json["items"].as_array().unwrap().iter().find(|item| item["result"] == "fail").unwrap();
    assert_eq!(item["group"], "destination");
    assert_eq!(item["migration"], "orders");
    assert_eq!(item["what"], "destination");
    let groups: Vec<_> = report.items.iter().map(|item| item.group).collect();
    assert!(groups.is_sorted(), "{groups:?}");
}
