use crate::expressions::{check_states, exists, names};
use crate::promtool::promtool;
use crate::{read, repository};

const ALERTS: &str = "contrib/prometheus/alerts.yml";
const TESTS: &str = "contrib/prometheus/alerts.test.yml";

/// The bug: an alert names a metric that nobody exports, and never fires.
#[test]
fn alerts_name_metrics_and_states_that_exist() {
    for file in [ALERTS, TESTS] {
        let text = read(file);
        let names = names(&text);
        assert!(names.len() > 8, "{names:?}");
        for name in names {
            assert!(exists(name), "{file}: there is no metric {name}");
        }
        check_states(&text);
    }
}

#[test]
fn each_alert_says_what_to_do_and_how_severe_it_is_and_has_a_test() {
    let (text, tests, docs) = (read(ALERTS), read(TESTS), read("docs/metrics.md"));
    let alerts: Vec<_> = text.split("- alert: ").skip(1).collect();
    assert!(alerts.len() >= 15);
    for alert in alerts {
        let name = alert.lines().next().unwrap();
        let alert = alert.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in ["severity:", "summary:", "description:", "`atlas-migrations "] {
            assert!(alert.contains(part), "{name} has no {part}");
        }
        assert!(docs.contains(&format!("`{name}`")), "{name} is not documented");
        assert!(tests.contains(&format!("alertname: {name}\n")), "no test fires {name}");
    }
}

#[test]
fn promtool_accepts_the_alerts_and_their_tests_pass() {
    promtool(&["check".as_ref(), "rules".as_ref(), repository(ALERTS).as_os_str()], "");
    promtool(&["test".as_ref(), "rules".as_ref(), repository(TESTS).as_os_str()], "");
}
