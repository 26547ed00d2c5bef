//! Fields of generated types in which `null` and absence differ: `Option<Option<T>>`.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "…")]` on an `Option<Option<T>>`: a field that is there
/// is `Some`, whether it holds a value or `null`; only an absent one is `None`.
///
/// # Errors
///
/// Those of decoding a `T`.
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
    #[allow(clippy::option_option, reason = "what the module is about")]
    struct Example {
        #[serde(
            default,
            deserialize_with = "super::present",
            skip_serializing_if = "Option::is_none"
        )]
        value: Option<Option<i64>>,
    }

    #[test]
    fn null_absence_and_a_value_stay_apart() {
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
