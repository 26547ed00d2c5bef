//! What each fault does to a request.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use super::Fault;
use super::fault;
use crate::answer::{self, Answer, Manner};
use crate::body::{BrokenOff, Payload};
use crate::oauth;
use crate::problem;
use crate::request::Received;
use crate::routes::Route;
use crate::server::Silence;
use crate::version;
use crate::world::World;

const GATEWAY_PAGE: &str = "<html>\n<head><title>502 Bad Gateway</title></head>\n\
    <body><h1>502 Bad Gateway</h1></body>\n</html>\n";
const UNAVAILABLE_PAGE: &str = "<!DOCTYPE html>\n<html>\n\
    <head><title>MongoDB Cloud Manager Unavailable</title></head>\n\
    <body><h1>MongoDB Cloud Manager Unavailable</h1></body>\n</html>\n";

/// What becomes of a request.
pub(crate) struct Outcome {
    pub(crate) answer: Result<Answer, Silence>,
    /// How long the answer is kept back.
    pub(crate) delay: Duration,
    /// Whether the connection is closed after the answer.
    pub(crate) closes: bool,
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self { answer: Ok(answer), delay: Duration::ZERO, closes: false }
    }
}

impl From<Silence> for Outcome {
    fn from(silence: Silence) -> Self {
        Self { answer: Err(silence), delay: Duration::ZERO, closes: false }
    }
}

/// Does what the fault says. `ordinary` makes the answer that there would be without it, and is
/// called only where the fault has it.
pub(crate) fn apply(
    fault: Fault,
    world: &World,
    request: &Received,
    route: &Route<'_>,
    ordinary: impl FnOnce() -> Answer,
) -> Outcome {
    let mut manner = Manner::new(request, route);
    if let Some(operation) = route.operation() {
        manner.serve(operation, version::served(request.accept(), &operation.versions));
    }
    if let Route::Token(endpoint) = route
        && let Some(answer) = oauth::fault(&fault, *endpoint, world, &manner)
    {
        return answer.into();
    }
    let answer = match fault {
        Fault::Delay { milliseconds } => {
            let delay = Duration::from_millis(milliseconds);
            return Outcome { delay, ..ordinary().into() };
        }
        Fault::CloseAfterAnswer => return Outcome { closes: true, ..ordinary().into() },
        Fault::ResetConnection => return Silence::Reset.into(),
        Fault::LoseAnswer => {
            drop(ordinary());
            return Silence::Reset.into();
        }
        Fault::StallHeaders => return Silence::Stall.into(),
        Fault::SlowHeaders => return Silence::Dribble.into(),
        Fault::TruncateBody => cut(ordinary(), BrokenOff::Closed),
        Fault::StallBody => cut(ordinary(), BrokenOff::Stalled),
        Fault::WrongContentType => {
            ordinary().with(CONTENT_TYPE, HeaderValue::from_static("text/plain"))
        }
        Fault::AddHeaders { headers } => with_headers(ordinary(), &headers),
        Fault::UnexpectedError => manner.problem(&problem::unexpected()),
        Fault::EmptyServerError => Answer::bare(StatusCode::INTERNAL_SERVER_ERROR, ""),
        Fault::EmptyUnauthorized => Answer::bare(StatusCode::UNAUTHORIZED, ""),
        Fault::EmptyForbidden => Answer::bare(StatusCode::FORBIDDEN, ""),
        Fault::HtmlBadGateway => page(StatusCode::BAD_GATEWAY, GATEWAY_PAGE),
        Fault::HtmlServiceUnavailable { retry_after } => {
            let page = page(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE_PAGE);
            match retry_after {
                Some(seconds) => page.with(RETRY_AFTER, seconds.into()),
                None => page,
            }
        }
        Fault::Unauthorized => {
            answer::challenge(request, world.auth.challenges(false, request.client_now))
        }
        Fault::Forbidden => manner.problem(&problem::address_not_allowed(request.address)),
        Fault::RateLimited { retry_after } => {
            rate_limited(world, request, route, manner, retry_after)
        }
        Fault::RateLimitedUntil { seconds } => {
            rate_limited(world, request, route, manner, Some(seconds))
                .with(RETRY_AFTER, answer::date_in(seconds))
        }
        Fault::HugeBody { bytes } => filled(&manner, request, route, Payload::spaces(bytes)),
        Fault::GzipBomb { bytes } => filled(&manner, request, route, Payload::bomb(bytes))
            .with(CONTENT_ENCODING, HeaderValue::from_static("gzip")),
        Fault::Respond { status, content_type, body } => {
            respond(status, content_type.as_deref(), body)
        }
    };
    answer.into()
}

fn page(status: StatusCode, page: &'static str) -> Answer {
    Answer::bare(status, page).with(CONTENT_TYPE, HeaderValue::from_static("text/html"))
}

fn rate_limited(
    world: &World,
    request: &Received,
    route: &Route<'_>,
    mut manner: Manner<'_>,
    retry_after: Option<u64>,
) -> Answer {
    let limits = &world.scenario.rate_limits;
    let limit = route.operation().map_or(limits.group, |known| known.handler.limit(limits));
    manner.rate = Some((limit.capacity, 0));
    manner.problem(&problem::rate_limited(request.uri.path(), limit, retry_after))
}

/// A success with that body in place of its own: in the version that is asked for, or the newest.
fn filled(manner: &Manner<'_>, request: &Received, route: &Route<'_>, body: Payload) -> Answer {
    let versions = route.operation().map(|operation| &operation.versions);
    let served = versions.and_then(|versions| {
        version::served(request.accept(), versions).or_else(|| versions.values().next_back())
    });
    let json = HeaderValue::from_static("application/json");
    let content_type = served.map_or(&json, |served| &served.content_type);
    let answer = manner.success(StatusCode::OK, content_type, None);
    Answer { body, ..answer.without(CONTENT_ENCODING) }
}

fn cut(mut answer: Answer, ending: BrokenOff) -> Answer {
    if let Payload::Whole(body) = &answer.body {
        answer.body = Payload::cut(body, ending);
    }
    answer
}

fn with_headers(mut answer: Answer, headers: &BTreeMap<String, String>) -> Answer {
    for (name, value) in headers {
        match fault::header(name, value) {
            Ok((name, value)) => answer = answer.with(name, value),
            Err(problem) => return impossible(problem),
        }
    }
    answer
}

fn respond(status: u16, content_type: Option<&str>, body: String) -> Answer {
    match fault::response(status, content_type) {
        Ok((status, None)) => Answer::bare(status, body),
        Ok((status, Some(content_type))) => {
            Answer::bare(status, body).with(CONTENT_TYPE, content_type)
        }
        Err(problem) => impossible(problem),
    }
}

fn impossible(problem: String) -> Answer {
    Answer::bare(StatusCode::INTERNAL_SERVER_ERROR, problem)
        .with(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=utf-8"))
}
