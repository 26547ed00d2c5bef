//! YAML of a result.

use atlas_client_core::sanitize;
use serde_json::Value;

/// Returns a value as a YAML document that ends with a line break.
///
/// # Errors
///
/// Fails if the value cannot be written as YAML.
pub fn document(value: &Value) -> Result<String, String> {
    let text = serde_saphyr::to_string_with_options(value, options())
        .map_err(|error| format!("cannot write YAML: {error}"))?;
    // Few characters that a terminal obeys have no escape in the output, such as those that turn the direction.
    if text.lines().all(|line| sanitize(line) == line) {
        return Ok(text.trim_end_matches('\n').to_owned() + "\n");
    }
    // JSON is YAML, too.
    crate::terminal::json_text(value).map_err(|error| error.to_string())
}

fn options() -> serde_saphyr::SerializerOptions {
    let mut options = serde_saphyr::SerializerOptions::default();
    // One value, one line.
    options.prefer_block_scalars = false;
    options
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_result_is_a_block_of_yaml() {
        let value = json!({"_id": "6296", "lagTimeSeconds": 900, "migrationHosts": ["a.example"], "ready": false});
        let yaml = document(&value).unwrap();
        assert!(
            yaml.contains("lagTimeSeconds: 900\n") && yaml.contains("ready: false\n"),
            "{yaml}"
        );
        assert!(yaml.contains("- a.example\n"), "{yaml}");
        assert_eq!(read(&yaml), value);
    }

    fn read(yaml: &str) -> Value {
        serde_saphyr::from_str(yaml).unwrap()
    }

    #[test]
    fn hostile_text_is_read_back_unchanged_and_controls_no_terminal() {
        let seeds = &[
            "\x1b[2J\u{9b}2J",
            "yes",
            "a: b # c",
            "\u{202e}x",
            "- 1",
            "0x10",
            "a\nb\n\n",
            " a ",
            "~",
        ];
        check("yaml", &documents(seeds), |bytes| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let value = json!({"key": text, "list": [text, {"a": text}]});
            let yaml = document(&value).map_err(proptest::test_runner::TestCaseError::fail)?;
            for line in yaml.lines() {
                proptest::prop_assert_eq!(sanitize(line), line);
            }
            proptest::prop_assert_eq!(read(&yaml), value, "{}", yaml);
            Ok(())
        });
    }
}
