use serde_json::{Value, json};

use super::{Known, OPERATION, document, try_report, with};

fn known(ids: &[&str]) -> Known {
    let entry = json!({ "reason": "It is so.", "differences": ids });
    Known::parse(&json!({ "known": [entry] }).to_string()).unwrap()
}

#[test]
fn only_known_differences_are_settled() {
    let changed = with("/responses/409", Some(json!({})));
    let id = format!("{OPERATION}/responses/409: nothing -> something");
    let report = |ids: &[&str]| try_report(&document(), &changed, &known(ids)).unwrap();
    assert!(!report(&[]).is_settled());
    let settled = report(&[&id]);
    assert!(settled.is_settled());
    assert_eq!(settled.differences[0].reason.as_deref(), Some("It is so."));
    let gone = report(&[&id, "/x: 1 -> 2"]);
    assert!(!gone.is_settled());
    assert_eq!(gone.gone, ["/x: 1 -> 2"]);
}

#[test]
fn a_known_difference_that_changes_is_no_longer_known() {
    let at = "/responses/200/content/application~1json/x-sunset";
    let known = known(&[&format!("{OPERATION}{at}: \"2030-01-01\" -> \"2031-01-01\"")]);
    let report = |day: &str| try_report(&document(), &with(at, Some(json!(day))), &known).unwrap();
    assert!(report("2031-01-01").is_settled());
    let moved = report("2032-01-01");
    assert_eq!((moved.differences[0].reason.as_ref(), moved.gone.len()), (None, 1));
    // A digest identifies an example.
    let example = "/responses/200/content/application~1json/example";
    let id = |is: Value| {
        let changed = with(example, Some(is));
        super::report(&document(), &changed).differences[0].id.clone()
    };
    assert_ne!(id(json!(1)), id(json!(2)));
    // The order of members does not matter.
    assert_eq!(id(json!([{ "a": 1, "b": 2 }])), id(json!([{ "b": 2, "a": 1 }])));
}

#[test]
fn known_differences_need_a_reason_and_are_unique() {
    let refused = |text: &str| Known::parse(text).unwrap_err();
    assert_eq!(
        refused(r#"{"known": [{"reason": " ", "differences": ["a"]}]}"#),
        "no reason is given for [\"a\"]",
    );
    assert_eq!(
        refused(
            r#"{"known": [{"reason": "b", "differences": ["a"]}, {"reason": "c", "differences": ["a"]}]}"#
        ),
        "`a` is listed twice",
    );
    assert!(refused(r#"{"known": [], "more": 1}"#).contains("unknown field `more`"));
}
