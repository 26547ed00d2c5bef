//! Decodes `Option<Option<T>>`, which distinguishes `null` from absence in generated types.

use serde::{Deserialize, Deserializer};

/// Decodes a field that is present, with a value or `null`, as `Some`. Use it in
/// `#[serde(default, deserialize_with = "…")]` on an `Option<Option<T>>`, so that only an absent field is `None`.
///
/// # Errors
///
/// Fails if the value cannot be decoded.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    #[derive(serde::Deserialize, serde::Serialize)]
    #[allow(clippy::option_option, reason = "the subject of the test")]
    struct Example {
        #[serde(
            default,
            deserialize_with = "super::present",
            skip_serializing_if = "Option::is_none"
        )]
        value: Option<Option<i64>>,
    }

    #[test]
    fn null_absence_and_a_value_are_distinguished() {
        for (json, value) in
            [("{}", None), (r#"{"value":null}"#, Some(None)), (r#"{"value":7}"#, Some(Some(7)))]
        {
            let example: Example = serde_json::from_str(json).unwrap();
            assert_eq!(example.value, value);
            assert_eq!(serde_json::to_string(&example).unwrap(), json);
        }
        assert!(serde_json::from_str::<Example>(r#"{"value":"x"}"#).is_err());
    }
}
