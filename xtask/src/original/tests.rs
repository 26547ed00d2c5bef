//! What became of values.

use serde_json::json;

use super::{Class, differences};

#[test]
fn each_difference_has_its_place_and_its_reason() {
    let value = json!({
        "whole": 10, "a/b": { "new": 1, "list": [1, 2] }, "gone": 1, "null": null, "same": "x",
        "large": 9_007_199_254_740_993_i64, "kind": 1,
    });
    let became = json!({
        "whole": 10.0, "a/b": { "list": [1, 3] }, "same": "x", "added": null,
        "large": 9_007_199_254_740_992_i64, "kind": "1",
    });
    let unknown = ["/a~1b/new".to_owned()];
    assert_eq!(
        differences(&value, &became, &unknown),
        [
            ("/whole", Class::NumberRespelled),
            ("/a~1b/new", Class::UnknownDropped),
            ("/a~1b/list/1", Class::Unexplained),
            ("/gone", Class::Unexplained),
            ("/null", Class::NullDropped),
            ("/large", Class::Unexplained),
            ("/kind", Class::Unexplained),
            ("/added", Class::Unexplained),
        ]
        .map(|(at, class)| (at.to_owned(), class)),
    );
    assert_eq!(differences(&value, &value, &unknown), []);
}
