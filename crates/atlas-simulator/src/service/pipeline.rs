//! Receives a request, applies faults, responds, and records the request.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::body::Incoming;

use super::fault_response::{Outcome, apply};
use super::normal_response::{authenticate, respond};
use crate::api::{Described, Response, Route, too_large};
use crate::http::{CloseConnection, NoResponse, Payload, ReadError, Request, Service, read_body};
use crate::scenario::{Fault, OperationId};
use crate::state::{RecordedRequest, State};

/// The simulated service.
#[derive(Clone)]
pub(crate) struct Atlas(pub(crate) Arc<State>);

impl Service for Atlas {
    /// Responds to a request. The request is recorded before its response is sent, so that a client
    /// that has the response finds the request in the log.
    async fn serve(
        &self,
        address: IpAddr,
        request: http::Request<Incoming>,
    ) -> Result<http::Response<Payload>, NoResponse> {
        let state = &*self.0;
        let (parts, body) = request.into_parts();
        let mut request = Request::new(parts, address, &state.clock);
        let path = request.uri.path();
        let route = state.routes.find(&request.method, path);
        let described = described(state, &route, path);
        // The simulated operation of the same path is not called.
        let route = if described.is_some() { Route::Unknown } else { route };
        let operation_id = route.operation_id();
        let fault = state.faults.take(operation_id, request.method.as_str(), path);
        let is_executed = fault.as_ref().is_none_or(Fault::uses_normal_response);
        let identity = if is_executed { authenticate(state, &request, &route) } else { None };
        let is_refused = matches!(identity, Some(Err(_)));

        // A client that waits for `100 Continue` does not have to send a body that is not used.
        let body = if is_refused && request.expects_continue() {
            Ok(())
        } else {
            read_body(body).await.map(|body| request.body = body)
        };
        let outcome = match body {
            Err(ReadError::Disconnected(error)) => Err(NoResponse::Disconnected(error)),
            body => {
                let normal = || match body {
                    Err(_) if !is_refused => too_large(&request),
                    _ => respond(state, &request, &route, described.as_ref(), identity),
                };
                Ok(match fault {
                    Some(fault) => apply(fault, state, &request, &route, normal),
                    None => normal().into(),
                })
            }
        };
        let response = outcome.as_ref().ok().and_then(|outcome| outcome.response.as_ref().ok());
        let status = response.map(|response| response.status);
        let known = route.known_parameters();
        let recorded = RecordedRequest::new(request, operation_id, known, status);
        state.request_log.push(recorded.clone());
        if let Some(observer) = &state.observer {
            observer(&recorded);
        }
        send(outcome?).await
    }
}

/// Returns the described operations of a path, if the document has it. Those of OAuth are always simulated.
fn described<'a>(state: &'a State, route: &Route<'_>, path: &str) -> Option<Described<'a>> {
    let is_oauth = route.operation_id().is_some_and(OperationId::is_oauth);
    state.description.as_ref().filter(|_| !is_oauth)?.find(path)
}

async fn send(outcome: Outcome) -> Result<http::Response<Payload>, NoResponse> {
    let Response { status, headers, body } = outcome.response.map_err(NoResponse::Fault)?;
    if !outcome.delay.is_zero() {
        tokio::time::sleep(outcome.delay).await;
    }
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if outcome.closes_connection {
        response.extensions_mut().insert(CloseConnection);
    }
    Ok(response)
}
