//! The contents of a response: which of them an `Accept` header selects, and what it has.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::sample::Sampler;
use crate::api::openapi::resolve;
use crate::api::version::{Version, select_version};
use crate::http::{Request, weighted};

/// Returns whether a media type is one of JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("+json") || essence.ends_with("/json")
}

/// Returns the media type and the content that the `Accept` headers of a request select.
///
/// A dated media type selects the newest version that is not later. Ranges such as `*/*` select no version, as Atlas
/// does it.
pub(super) fn select<'a>(
    request: &Request,
    contents: &'a Map<String, Value>,
) -> Option<(&'a String, &'a Value)> {
    let versions: BTreeMap<_, _> = contents
        .iter()
        .filter_map(|(media_type, content)| {
            Some((Version::from_media_type(media_type)?, (media_type, content)))
        })
        .collect();
    if let Some(found) = select_version(request.accept(), &versions) {
        return Some(*found);
    }
    let mut ranges: Vec<_> =
        request.accept().flat_map(|value| value.split(',')).filter_map(weighted).collect();
    if ranges.is_empty() {
        return if versions.is_empty() { contents.iter().next() } else { None };
    }
    ranges.retain(|(_, quality)| *quality > 0);
    ranges.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
    ranges.iter().find_map(|(range, _)| {
        contents.iter().find(|(media_type, _)| fits(range, media_type, versions.is_empty()))
    })
}

fn fits(range: &str, media_type: &str, is_range_allowed: bool) -> bool {
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if range.eq_ignore_ascii_case(media_type) {
        return true;
    }
    let kind = media_type.split('/').next().unwrap_or_default();
    let is_range = range == "*/*"
        || range.strip_suffix("/*").is_some_and(|prefix| prefix.eq_ignore_ascii_case(kind));
    is_range_allowed && is_range
}

/// Returns the example of a content, or a sample of its schema.
pub(super) fn sample(document: &Value, content: &Value) -> Value {
    if let Some(example) = content.get("example") {
        return example.clone();
    }
    let examples = content["examples"].as_object().into_iter().flatten();
    let mut examples = examples.filter_map(|(_, example)| resolve(document, example).get("value"));
    match examples.next() {
        Some(example) => example.clone(),
        None => Sampler::new(document).sample(&content["schema"]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selected(accept: &[&str], contents: &Value) -> Option<String> {
        let headers: Vec<_> = accept.iter().map(|value| ("accept", *value)).collect();
        let request = Request::example("GET", "/", &headers);
        select(&request, contents.as_object()?).map(|(media_type, _)| media_type.clone())
    }

    #[test]
    fn a_date_selects_the_newest_version_that_is_not_later() {
        let contents = json!({
            "application/vnd.atlas.2023-01-01+json": {},
            "application/vnd.atlas.2024-08-05+json": {},
            "application/vnd.atlas.2024-08-05+csv": {},
        });
        for (accept, expected) in [
            (&["application/vnd.atlas.2025-01-01+json"][..], Some("2024-08-05+json")),
            (&["application/vnd.atlas.2024-01-01+json"], Some("2023-01-01+json")),
            (&["application/vnd.atlas.2022-01-01+json"], None),
            (&["application/vnd.atlas.2024-08-05+csv"], Some("2024-08-05+csv")),
            (&["*/*"], None),
            (&[], None),
        ] {
            let expected = expected.map(|end| format!("application/vnd.atlas.{end}"));
            assert_eq!(selected(accept, &contents), expected, "{accept:?}");
        }
    }

    #[test]
    fn without_versions_the_accepted_content_of_the_highest_quality_is_selected() {
        let contents = json!({"application/json": {}, "text/csv; charset=utf-8": {}});
        for (accept, expected) in [
            (&[][..], Some("application/json")),
            (&["*/*"], Some("application/json")),
            (&["text/*"], Some("text/csv; charset=utf-8")),
            (&["application/json;q=0.5, text/csv"], Some("text/csv; charset=utf-8")),
            (&["image/png"], None),
            (&["application/json;q=0"], None),
        ] {
            assert_eq!(selected(accept, &contents).as_deref(), expected, "{accept:?}");
        }
    }
}
