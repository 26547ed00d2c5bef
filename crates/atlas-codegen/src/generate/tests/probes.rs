//! Small documents, each with a shape that progenitor or typify refuses or silently gets wrong.

use std::collections::BTreeMap;

use serde_json::Value;

use super::invariants::generate;
use crate::normalize::Profile;

pub fn probes() -> BTreeMap<String, Value> {
    serde_json::from_str(include_str!("../../../tests/probes.json")).unwrap()
}

/// The probes that are refused because no rule can keep their meaning, and the error.
const REFUSED: &[(&str, &str)] = &[
    ("cookie", "at /paths/~1x/get/parameters/0/in: cookies are not supported"),
    (
        "not",
        "at /paths/~1x/get/responses/200/content/application~1json/schema/properties/a/not: `not` is not supported",
    ),
    (
        "nowhere",
        "at /paths/~1x/get/responses/200/content/application~1json/schema/$ref: \
         `#/components/schemas/Gone` points to nothing",
    ),
];

#[test]
fn every_odd_shape_is_generated_or_refused_with_its_place() {
    for (name, document) in probes() {
        for profile in [Profile::Lean, Profile::Lossless] {
            let refused = REFUSED.iter().find(|(refused, _)| *refused == name);
            match (generate(&document, profile), refused) {
                (Ok(_), None) => {}
                (Ok(_), Some(_)) => panic!("{name} is generated"),
                (Err(problem), Some((_, expected))) => {
                    let message = problem.to_string();
                    assert!(message.starts_with(expected), "{name}: {message}");
                }
                (Err(problem), None) => panic!("{name}: {problem}"),
            }
        }
    }
}

/// Returns the code of a probe without whitespace.
fn client(name: &str) -> String {
    let (_, rendered) = generate(&probes()[name], Profile::Lean).unwrap();
    let sources: Vec<&str> =
        ["src/client.rs", "src/types.rs"].map(|path| rendered.files[path].as_str()).into();
    sources.concat().split_whitespace().collect()
}

#[test]
fn shapes_that_progenitor_gets_silently_wrong_are_generated_correctly() {
    for (name, has, lacks) in [
        // Two inline bodies of one operation get two types.
        ("alias", "pubstructGetXError", ""),
        // A default is not sent with every request.
        ("bad_default", "Option<", "serde(default="),
        // A parent that only has a mapping keeps its children.
        ("mapping_only", "tagged_union!", ""),
        ("inferred_tag", "by\"kind\"", ""),
        ("recursion", "by\"t\"", ""),
        // Names that only differ in case get distinct identifiers.
        ("opclash", "fnget_x2(", ""),
        ("propclash", "serde(rename=", ""),
        // Values of any size and spelling are accepted.
        ("props", "", "NonZero"),
        ("bad_default3", "", "minimumlength"),
        // A vendor media type is JSON too.
        ("vendor_resp", "types::", "ByteStream>"),
        // A recursive type is boxed where it is optional.
        ("mutual_recursion", "Option<Box<", "Box<Option<"),
        // Additional properties are kept.
        ("openextra", "serde(flatten)", ""),
        // An enum keeps values that the document does not list.
        ("clash", "open_enum!", ""),
        // The core writes styles that progenitor refuses or gets wrong.
        ("deep", "QueryStyle::DeepObject", ""),
        ("explode_false", "QueryStyle::Commas", ""),
        ("list_in_query", "open_enum!", "envelope"),
    ] {
        let code = client(name);
        assert!(code.contains(has), "{name} lacks {has}: {code}");
        assert!(lacks.is_empty() || !code.contains(lacks), "{name} has {lacks}: {code}");
    }
}
