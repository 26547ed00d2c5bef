//! What the service says of a request's body. The codes and their words are documented or were
//! logged; which of them stands for what is partly invented, and said at each.

use std::fmt;

use http::StatusCode;

use super::Problem;

/// Invented, all of it: no answer to such a request was ever seen.
pub(crate) fn unsupported_media_type() -> Problem {
    let detail = "The content type is not supported.";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNEXPECTED_ERROR", detail)
}

/// The body is not JSON. Invented: that an empty one is said to be that too.
pub(crate) fn malformed_json() -> Problem {
    bad("MALFORMED_JSON", "Received JSON is malformed.")
}

/// The body is JSON, and no object.
pub(crate) fn invalid_json() -> Problem {
    bad("INVALID_JSON", "Received JSON does not match expected format.")
}

/// Something required is not there. Invented: that `null` is not there either where it may not
/// stand, and that a place within an object is written with dots.
pub(crate) fn missing_attribute(place: impl fmt::Display) -> Problem {
    bad("MISSING_ATTRIBUTE", format!("The required attribute {place} was not specified."))
        .about(place.to_string())
}

/// A value of another type. Invented: that an id that is none, and `null` for what is not required
/// and may not be `null`, are said to be that too.
pub(crate) fn invalid_json_attribute(place: impl fmt::Display) -> Problem {
    let detail = format!("Received JSON for the {place} attribute does not match expected format.");
    bad("INVALID_JSON_ATTRIBUTE", detail).about(place.to_string())
}

/// Something that there is not. Invented: that what only answers have, and a text or a list that is
/// too short or too long, are said to be that too.
pub(crate) fn invalid_attribute(place: impl fmt::Display) -> Problem {
    bad("INVALID_ATTRIBUTE", format!("Invalid attribute {place} specified."))
        .about(place.to_string())
}

/// A value that the enumeration does not have. Of the two forms that were logged the older one.
pub(crate) fn invalid_enum_value(value: &str) -> Problem {
    bad("INVALID_ENUM_VALUE", format!("An invalid enumeration value {value} was specified."))
        .about(value)
}

/// Anything else. Invented: what it says, each time.
pub(crate) fn validation_error(what: &str) -> Problem {
    let detail = format!("The request content produced the validation error: {what}.");
    bad("VALIDATION_ERROR", detail).about(what)
}

fn bad(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, detail)
}
