//! Applies faults to requests.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use crate::api::{ApiError, Response, ResponseContext, Route, challenge, select_version};
use crate::http::{BodyCut, ConnectionFault, Payload, Request};
use crate::operations::{handler, token_fault_response};
use crate::scenario::{Fault, fault_header, fault_status_and_type};
use crate::state::State;

const GATEWAY_PAGE: &str = "<html>\n<head><title>502 Bad Gateway</title></head>\n\
    <body><h1>502 Bad Gateway</h1></body>\n</html>\n";
const UNAVAILABLE_PAGE: &str = "<!DOCTYPE html>\n<html>\n\
    <head><title>MongoDB Cloud Manager Unavailable</title></head>\n\
    <body><h1>MongoDB Cloud Manager Unavailable</h1></body>\n</html>\n";

/// The outcome of a request.
pub(crate) struct Outcome {
    pub(crate) response: Result<Response, ConnectionFault>,
    /// How long the response is delayed.
    pub(crate) delay: Duration,
    /// Whether the connection is closed after the response.
    pub(crate) closes_connection: bool,
}

impl From<Response> for Outcome {
    fn from(response: Response) -> Self {
        Self { response: Ok(response), delay: Duration::ZERO, closes_connection: false }
    }
}

impl From<ConnectionFault> for Outcome {
    fn from(fault: ConnectionFault) -> Self {
        Self { response: Err(fault), delay: Duration::ZERO, closes_connection: false }
    }
}

/// Applies a fault. `normal` returns the response without the fault, and is only called if the fault
/// needs it.
pub(crate) fn apply(
    fault: Fault,
    state: &State,
    request: &Request,
    route: &Route<'_>,
    normal: impl FnOnce() -> Response,
) -> Outcome {
    let mut context = ResponseContext::new(request, route);
    match route.operation() {
        Some(operation) if operation.id.is_oauth() => {
            let response = token_fault_response(&fault, state, request, &context);
            if let Some(response) = response {
                return response.into();
            }
        }
        Some(operation) => {
            context.set_operation(operation, select_version(request.accept(), &operation.versions));
        }
        None => {}
    }
    let response = match fault {
        Fault::Delay { milliseconds } => {
            let delay = Duration::from_millis(milliseconds);
            return Outcome { delay, ..normal().into() };
        }
        Fault::CloseAfterResponse => {
            return Outcome { closes_connection: true, ..normal().into() };
        }
        Fault::ResetConnection => return ConnectionFault::Reset.into(),
        Fault::LoseResponse => {
            drop(normal());
            return ConnectionFault::Reset.into();
        }
        Fault::StallHeaders => return ConnectionFault::Stall.into(),
        Fault::SlowHeaders => return ConnectionFault::SlowHeaders.into(),
        Fault::TruncateBody => cut(normal(), BodyCut::Close),
        Fault::StallBody => cut(normal(), BodyCut::Stall),
        Fault::WrongContentType => {
            normal().with(CONTENT_TYPE, HeaderValue::from_static("text/plain"))
        }
        Fault::AddHeaders { headers } => add_headers(normal(), &headers),
        Fault::UnexpectedError => context.error(&ApiError::unexpected()),
        Fault::EmptyServerError => Response::bare(StatusCode::INTERNAL_SERVER_ERROR, ""),
        Fault::EmptyUnauthorized => Response::bare(StatusCode::UNAUTHORIZED, ""),
        Fault::EmptyForbidden => Response::bare(StatusCode::FORBIDDEN, ""),
        Fault::HtmlBadGateway => page(StatusCode::BAD_GATEWAY, GATEWAY_PAGE),
        Fault::HtmlServiceUnavailable { retry_after } => {
            let page = page(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE_PAGE);
            match retry_after {
                Some(seconds) => page.with(RETRY_AFTER, seconds.into()),
                None => page,
            }
        }
        Fault::Unauthorized => {
            challenge(request, state.authenticator.challenges(false, request.client_now))
        }
        Fault::Forbidden => context.error(&ApiError::address_not_allowed(request.address)),
        Fault::RateLimited { retry_after } => {
            rate_limited(state, request, route, context, retry_after)
        }
        Fault::RateLimitedUntil { seconds } => {
            rate_limited(state, request, route, context, Some(seconds)).with_retry_date(seconds)
        }
        Fault::HugeBody { bytes } => filled(&context, request, route, Payload::spaces(bytes)),
        Fault::GzipBomb { bytes } => filled(&context, request, route, Payload::gzip_bomb(bytes))
            .with(CONTENT_ENCODING, HeaderValue::from_static("gzip")),
        Fault::Respond { status, content_type, body } => {
            custom(status, content_type.as_deref(), body)
        }
    };
    response.into()
}

fn page(status: StatusCode, page: &'static str) -> Response {
    Response::bare(status, page).with(CONTENT_TYPE, HeaderValue::from_static("text/html"))
}

fn rate_limited(
    state: &State,
    request: &Request,
    route: &Route<'_>,
    mut context: ResponseContext<'_>,
    retry_after: Option<u64>,
) -> Response {
    let limits = &state.scenario.rate_limits;
    let limit = route.operation_id().map_or(limits.group, |id| handler(id).rate_limit(limits));
    context.rate_limit = Some((limit.capacity, 0));
    context.error(&ApiError::rate_limited(request.uri.path(), limit, retry_after))
}

/// Returns a success with that body, in the requested version or the newest.
fn filled(
    context: &ResponseContext<'_>,
    request: &Request,
    route: &Route<'_>,
    body: Payload,
) -> Response {
    let versions = route.operation().map(|operation| &operation.versions);
    let version = versions.and_then(|versions| {
        select_version(request.accept(), versions).or_else(|| versions.values().next_back())
    });
    let json = HeaderValue::from_static("application/json");
    let content_type = version.map_or(&json, |version| &version.content_type);
    let response = context.success(StatusCode::OK, content_type, None);
    Response { body, ..response.without(CONTENT_ENCODING) }
}

fn cut(mut response: Response, cut: BodyCut) -> Response {
    if let Payload::Whole(body) = &response.body {
        response.body = Payload::cut(body, cut);
    }
    response
}

fn add_headers(mut response: Response, headers: &BTreeMap<String, String>) -> Response {
    for (name, value) in headers {
        match fault_header(name, value) {
            Ok((name, value)) => response = response.with(name, value),
            Err(message) => return invalid_fault(message),
        }
    }
    response
}

fn custom(status: u16, content_type: Option<&str>, body: String) -> Response {
    match fault_status_and_type(status, content_type) {
        Ok((status, None)) => Response::bare(status, body),
        Ok((status, Some(content_type))) => {
            Response::bare(status, body).with(CONTENT_TYPE, content_type)
        }
        Err(message) => invalid_fault(message),
    }
}

fn invalid_fault(message: String) -> Response {
    Response::bare(StatusCode::INTERNAL_SERVER_ERROR, message)
        .with(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=utf-8"))
}
