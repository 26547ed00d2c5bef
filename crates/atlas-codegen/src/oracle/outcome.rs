//! Which statuses and media types of an operation are a success.

use serde_json::{Map, Value};

use super::wire::covers;

/// The meaning of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Error,
}

/// Returns the meaning of a status. `default` means the errors if there is a success, otherwise the success. Redirects
/// and extensions are neither.
pub(super) fn outcome(status: &str, all: Option<&Map<String, Value>>) -> Option<Outcome> {
    let is_success = |status: &str| status.len() == 3 && status.starts_with('2');
    match status {
        "default" if all.is_some_and(|all| all.keys().any(|status| is_success(status))) => {
            Some(Outcome::Error)
        }
        "default" => Some(Outcome::Success),
        _ if is_success(status) => Some(Outcome::Success),
        _ if status.len() == 3 && status.starts_with(['4', '5']) => Some(Outcome::Error),
        _ => None,
    }
}

/// Returns whether an `Accept` header has a media type, or one in its range.
pub(super) fn accepts(accept: &str, media_type: &str) -> bool {
    accepted(accept, media_type).is_some()
}

/// Returns the media type in an `Accept` header that equals a media type, or is in its range.
pub(super) fn accepted<'s>(accept: &'s str, media_type: &str) -> Option<&'s str> {
    let accepted = accept.split(',').map(|accepted| {
        let accepted = accepted.trim();
        accepted.split(";q=").next().map_or(accepted, str::trim)
    });
    let is_range = media_type.contains('*');
    let mut accepted = accepted
        .filter(|accepted| *accepted == media_type || (is_range && covers(media_type, accepted)));
    accepted.next()
}
