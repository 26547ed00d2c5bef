//! What each fault does to a request.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use super::Fault;
use crate::answer::{Answer, Manner};
use crate::body::Payload;
use crate::request::Received;
use crate::routes::Route;
use crate::world::World;
use crate::{answer, api, problem};

const GATEWAY_PAGE: &str = "<html>\n<head><title>502 Bad Gateway</title></head>\n\
    <body><h1>502 Bad Gateway</h1></body>\n</html>\n";

/// The answer that the fault leads to; `None` where the connection is to be reset instead.
pub(crate) fn apply(
    fault: Fault,
    world: &World,
    request: &Received,
    route: &Route<'_>,
) -> Option<Answer> {
    let mut manner = Manner::new(request, route);
    manner.operation = route.operation();
    Some(match fault {
        Fault::UnexpectedError => manner.problem(&problem::unexpected()),
        Fault::EmptyServerError => Answer::bare(StatusCode::INTERNAL_SERVER_ERROR, ""),
        Fault::HtmlBadGateway => Answer::bare(StatusCode::BAD_GATEWAY, GATEWAY_PAGE)
            .with(CONTENT_TYPE, HeaderValue::from_static("text/html")),
        Fault::Unauthorized => answer::challenge(request, &world.nonces.fresh()),
        Fault::Forbidden => manner.problem(&problem::address_not_allowed(request.address)),
        Fault::RateLimited { retry_after } => {
            let limit = world.scenario.rate_limits.group;
            manner.rate = Some((limit.capacity, 0));
            manner.problem(&problem::rate_limited(request.uri.path(), limit, retry_after))
        }
        Fault::TruncateBody => truncated(api::answer(world, request, route)),
        Fault::HugeBody { bytes } => {
            let json = HeaderValue::from_static("application/json");
            let newest = route.operation().and_then(|known| known.versions.values().next_back());
            let body = Payload::Spaces { left: bytes.max(2) };
            Answer { body, ..manner.success(newest.unwrap_or(&json), Value::Null) }
        }
        Fault::ResetConnection => return None,
        Fault::Respond { status, content_type, body } => {
            respond(status, content_type.as_deref(), body)
        }
    })
}

fn truncated(mut answer: Answer) -> Answer {
    if let Payload::Whole(body) = &answer.body {
        answer.body = Payload::truncated(body);
    }
    answer
}

fn respond(status: u16, content_type: Option<&str>, body: String) -> Answer {
    let code = StatusCode::from_u16(status).ok().filter(|_| (200..600).contains(&status));
    let header = content_type.map(HeaderValue::from_str).transpose();
    match (code, header) {
        (Some(code), Ok(None)) => Answer::bare(code, body),
        (Some(code), Ok(Some(value))) => Answer::bare(code, body).with(CONTENT_TYPE, value),
        _ => {
            let text = format!(
                "The simulator cannot answer with the status {status} and the content type \
                 {content_type:?}."
            );
            Answer::bare(StatusCode::INTERNAL_SERVER_ERROR, text)
                .with(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=utf-8"))
        }
    }
}
