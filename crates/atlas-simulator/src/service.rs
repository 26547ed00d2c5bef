//! One request: admitted, read, answered, recorded.

use std::net::IpAddr;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;

use crate::answer::{self, Answer};
use crate::api;
use crate::body::{self, Payload, Unread};
use crate::faults::Fault;
use crate::faults::effect::{self, Outcome};
use crate::presentation;
use crate::record::RecordedRequest;
use crate::request::Received;
use crate::server::{Last, Service, Unanswered};
use crate::world::World;

/// The simulated service.
#[derive(Clone)]
pub(crate) struct Atlas(pub(crate) Arc<World>);

impl Service for Atlas {
    /// Answers a request. It is recorded before its answer leaves, so that a client that has the
    /// answer finds the request in the record.
    async fn serve(
        &self,
        address: IpAddr,
        request: Request<Incoming>,
    ) -> Result<Response<Payload>, Unanswered> {
        let world = &*self.0;
        let (parts, body) = request.into_parts();
        let mut request = Received::new(parts, address, &world.clock);
        let path = request.uri.path();
        let route = world.routes.find(&request.method, path);
        let operation_id = route.operation_id();
        let fault = world.faults.take(operation_id.as_deref(), &request.method, path);
        let is_ordinary = fault.as_ref().is_none_or(Fault::has_ordinary_answer);
        let identity = if is_ordinary { api::authenticate(world, &request, &route) } else { None };
        let is_refused = matches!(identity, Some(Err(_)));

        // Who waits with the body is spared sending it where it makes no difference.
        let body = if is_refused && request.waits_with_its_body() {
            Ok(())
        } else {
            body::read(body).await.map(|body| request.body = body)
        };
        let outcome = match body {
            Err(Unread::Broken(error)) => Err(Unanswered::Broken(error)),
            body => {
                let ordinary = || match body {
                    Err(_) if !is_refused => answer::too_large(&request),
                    _ => api::answer(world, &request, &route, identity),
                };
                Ok(match fault {
                    Some(fault) => effect::apply(fault, world, &request, &route, ordinary),
                    None => ordinary().into(),
                })
            }
        };
        let answer = outcome.as_ref().ok().and_then(|outcome| outcome.answer.as_ref().ok());
        let status = answer.map(|answer| answer.status);
        let known = presentation::known_parameters(&route);
        let recorded = RecordedRequest::new(request, operation_id, known, status);
        world.journal.push(recorded.clone());
        if let Some(observer) = &world.observer {
            observer(&recorded);
        }
        respond(outcome?).await
    }
}

async fn respond(outcome: Outcome) -> Result<Response<Payload>, Unanswered> {
    let Answer { status, headers, body } = outcome.answer.map_err(Unanswered::Silence)?;
    if !outcome.delay.is_zero() {
        tokio::time::sleep(outcome.delay).await;
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if outcome.closes {
        response.extensions_mut().insert(Last);
    }
    Ok(response)
}
