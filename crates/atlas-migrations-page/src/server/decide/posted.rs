//! A form that was posted, checked and read within limits.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use tokio::time::timeout;

use crate::server::gate::Gate;

/// The size of a form, at most.
const MAX_BYTES: usize = 8 << 10;
/// How long a client may take to send a form.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// The number of characters of a comment, at most.
const MAX_COMMENT_CHARS: usize = 500;

/// A form that was posted.
#[derive(Debug, Default)]
pub struct Posted {
    /// The secret of the form.
    pub secret: String,
    /// What the reader wrote.
    pub comment: Option<String>,
}

/// Checks where a form comes from.
///
/// # Errors
/// The form was not sent by a page of this server. The error is the response.
#[allow(clippy::result_large_err, reason = "the error is the response, which is made once")]
pub fn check_origin(gate: &Gate, headers: &HeaderMap) -> Result<(), Response> {
    let of = |name| headers.get(name).map(|value: &header::HeaderValue| value.to_str().ok());
    let is_ours = match (of(header::ORIGIN), of(header::HOST)) {
        (Some(Some(origin)), Some(Some(host))) => is_same(gate, origin, host),
        _ => false,
    };
    // Browsers send it over TLS and to this computer only.
    let site = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
    if is_ours && site {
        return Ok(());
    }
    let text = "nothing was decided: the form was not sent by a page of this server\n\
                hint: open the page again; behind a proxy, name its host with --allow-host\n";
    Err((StatusCode::FORBIDDEN, text).into_response())
}

/// Returns whether an origin is that of the host, or of a host under which the server is reached.
fn is_same(gate: &Gate, origin: &str, host: &str) -> bool {
    let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let Some(authority) = rest else { return false };
    let name = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
    authority.eq_ignore_ascii_case(host) || gate.hosts.contains(&name)
}

/// Reads the fields of a form.
///
/// # Errors
/// It is not a form, is too large, or does not arrive in time. The error is the response.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<Posted, Response> {
    let refused = |status: StatusCode, text: &'static str| (status, text).into_response();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let text = "nothing was decided: not a form\n";
        return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    let bytes = match timeout(READ_TIMEOUT, to_bytes(body, MAX_BYTES)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let text = "nothing was decided: the form is too large, or broke off\n";
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        Err(_) => {
            let text = "nothing was decided: the form did not arrive in time\n";
            return Err(refused(StatusCode::REQUEST_TIMEOUT, text));
        }
    };
    let mut posted = Posted::default();
    for (name, value) in form_urlencoded::parse(&bytes) {
        match (&*name, value) {
            ("form", value) => posted.secret = value.into_owned(),
            ("comment", value) => posted.comment = comment(&value),
            _ => {}
        }
    }
    Ok(posted)
}

fn comment(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(MAX_COMMENT_CHARS).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use futures_util::stream;
    use tokio::time::Instant;

    use super::*;

    /// The bug: clients that send nothing more hold their connections for ever.
    #[tokio::test(start_paused = true)]
    async fn a_form_that_does_not_arrive_is_given_up() {
        let mut headers = HeaderMap::new();
        let kind = header::HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, kind);
        let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let start = Instant::now();
        let response = read(&headers, body).await.unwrap_err();
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(start.elapsed(), READ_TIMEOUT);
    }
}
