//! The IDs in a result, for `--output id`.

use serde_json::Value;

/// The properties that have the ID of a resource, the first that is set counts: of Atlas, of `list` and `status`, and
/// of `projects`.
const PROPERTIES: [&str; 4] = ["_id", "live_migration_id", "projectId", "id"];

/// Returns the ID of a result, or those of a list, one a line. Entries of a list that have no ID yet are left out.
///
/// # Errors
///
/// Fails if a result that is not a list has no ID.
pub fn lines(value: &Value) -> Result<String, String> {
    if let Value::Array(entries) = value {
        return Ok(entries.iter().filter_map(id).flat_map(|id| [id, "\n"]).collect());
    }
    let id = id(value).ok_or("the result has no ID")?;
    Ok(format!("{id}\n"))
}

/// Returns the ID of a value. Only what cannot be mistaken for something else, such as two IDs, is an ID.
fn id(value: &Value) -> Option<&str> {
    let mut found = PROPERTIES.iter().filter_map(|name| value.get(name)?.as_str());
    found.next().filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_entry_with_an_id_is_a_line() {
        let list = json!([
            {"name": "orders", "live_migration_id": "a1"}, {"live_migration_id": null}, {"_id": "b2"}, 7,
        ]);
        assert_eq!(lines(&list).as_deref(), Ok("a1\nb2\n"));
        assert_eq!(lines(&json!([])).as_deref(), Ok(""));
        assert_eq!(lines(&json!({"_id": "a1", "status": "NEW"})).as_deref(), Ok("a1\n"));
    }

    /// The bug: a script takes a part of a hostile text for an ID.
    #[test]
    fn a_result_without_a_proper_id_is_an_error() {
        for value in
            [json!({}), json!({"_id": 7}), json!({"_id": "a\nb"}), json!({"_id": ""}), json!(null)]
        {
            assert!(lines(&value).is_err(), "{value}");
        }
    }
}
