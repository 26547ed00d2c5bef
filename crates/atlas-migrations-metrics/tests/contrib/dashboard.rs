use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::expressions::{check_states, exists, names};
use crate::promtool::promtool;
use crate::read;

const DASHBOARD: &str = "contrib/grafana/dashboard.json";

fn panels() -> (Value, Vec<Value>) {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().clone();
    (dashboard, panels)
}

/// Returns all expressions, with values in place of variables.
fn expressions() -> Vec<String> {
    let (dashboard, panels) = panels();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap().clone());
    let annotations = dashboard["annotations"]["list"].as_array().unwrap().clone();
    let all = targets.chain(annotations.into_iter().skip(1));
    let expression = |target: Value| {
        let text = target["expr"].as_str().unwrap();
        text.replace("$__rate_interval", "5m").replace("$plan", ".*").replace("$project", ".*")
    };
    all.map(expression).collect()
}

/// The bug: a panel names a metric that nobody exports, and stays empty.
#[test]
fn panels_name_metrics_and_states_that_exist() {
    let text = read(DASHBOARD);
    let names = names(&text);
    assert!(names.len() > 12, "{names:?}");
    for name in names {
        assert!(exists(name), "there is no metric {name}");
    }
    check_states(&text);
}

#[test]
fn promtool_accepts_the_expressions_of_the_panels() {
    let mut rules = "groups:\n- name: panels\n  rules:\n".to_owned();
    for (number, expression) in expressions().iter().enumerate() {
        assert!(!expression.contains('$'), "{expression}");
        let quoted = serde_json::to_string(expression).unwrap();
        let _ = writeln!(rules, "  - {{record: \"panel_{number}\", expr: {quoted}}}");
    }
    let file = tempfile::NamedTempFile::with_suffix(".yml").unwrap();
    std::fs::write(file.path(), rules).unwrap();
    promtool(&["check".as_ref(), "rules".as_ref(), file.path().as_os_str()], "");
}

#[test]
fn the_dashboard_is_one_that_grafana_imports_into_any_installation() {
    let (dashboard, panels) = panels();
    assert!(dashboard["schemaVersion"].as_u64() >= Some(39));
    assert_eq!(dashboard["id"], Value::Null, "the number belongs to one installation");
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<_> = variables.iter().map(|variable| variable["name"].as_str()).collect();
    assert_eq!(names, [Some("datasource"), Some("plan"), Some("project")]);
    let mut ids = BTreeSet::new();
    let mut cells = BTreeSet::new();
    for panel in &panels {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: its id is taken");
        assert!(!panel["description"].as_str().unwrap().is_empty(), "{title}: no description");
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "{title} is wider than the page");
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(cells.insert((x, y)), "{title} covers another panel");
            }
        }
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{title}");
        let references: BTreeSet<_> =
            targets.iter().map(|target| target["refId"].as_str()).collect();
        assert_eq!(references.len(), targets.len(), "{title}: two queries have one name");
        for holder in targets.iter().chain([panel]) {
            assert_eq!(holder["datasource"]["uid"], "${datasource}", "{title}");
        }
    }
}
