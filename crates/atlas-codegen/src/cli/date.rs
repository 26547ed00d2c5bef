//! Dates as arguments.

use crate::document::versions::is_date;

/// Parses a date.
pub fn date(text: &str) -> Result<String, String> {
    if is_date(text) { Ok(text.to_owned()) } else { Err("expected YYYY-MM-DD".to_owned()) }
}
