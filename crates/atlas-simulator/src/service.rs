//! One request: read, answered, recorded.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;

use crate::answer::{self, Answer};
use crate::api;
use crate::body::{self, Payload, Unread};
use crate::faults::effect;
use crate::record::RecordedRequest;
use crate::request::Received;
use crate::routes::Route;
use crate::world::World;

/// Why a request gets no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// A fault asks for the connection to be reset.
    Reset,
    /// The client broke off.
    Broken(hyper::Error),
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset => f.write_str("a fault asks for the connection to be reset"),
            Self::Broken(error) => write!(f, "the request broke off: {error}"),
        }
    }
}

impl std::error::Error for Unanswered {}

/// Answers a request. It is recorded before its answer leaves, so that a client that has the answer
/// finds the request in the record.
pub(crate) async fn serve(
    world: Arc<World>,
    address: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<Payload>, Unanswered> {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let (body, unread) = match body::read(body).await {
        Ok(body) => (body, None),
        Err(unread) => (Bytes::new(), Some(unread)),
    };
    let request = Received {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
        address,
        started,
        now: world.clock.now(),
    };
    let route = world.routes.find(&request.method, request.uri.path());
    let operation_id = route.operation().map(|operation| Arc::clone(&operation.id));
    let answer = match unread {
        None => answer(&world, &request, &route).ok_or(Unanswered::Reset),
        Some(Unread::TooLarge) => Ok(answer::too_large(&request)),
        Some(Unread::Broken(error)) => Err(Unanswered::Broken(error)),
    };
    let status = answer.as_ref().ok().map(|answer| answer.status);
    let recorded = RecordedRequest::new(request, operation_id, status);
    world.journal.push(recorded.clone());
    if let Some(observer) = &world.observer {
        observer(&recorded);
    }
    answer.map(response)
}

/// The answer, with a fault or without; `None` where the connection is to be reset instead.
fn answer(world: &World, request: &Received, route: &Route<'_>) -> Option<Answer> {
    let operation_id = route.operation().map(|operation| &*operation.id);
    match world.faults.take(operation_id, request.uri.path()) {
        Some(fault) => effect::apply(fault, world, request, route),
        None => Some(api::answer(world, request, route)),
    }
}

fn response(answer: Answer) -> Response<Payload> {
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
