//! The response without faults: authentication, version, authorization, rate limit, operation.

use http::StatusCode;

use crate::api::{
    ApiError, Described, Operation, OperationVersion, PathParameters, Response, ResponseContext,
    Route, allowed_methods, challenge, check_content_type, parse_body, respond_as_described,
    select_version,
};
use crate::http::Request;
use crate::operations::{Context, Handler, TokenContext, handler, token_response};
use crate::scenario::{OperationId, is_object_id};
use crate::state::{Admitted, Caller, Organization, Project, RateLimitDecision, Refused, State};

/// Authenticates a request by its headers, before its body is read. Returns `None` for the OAuth
/// endpoints, which authenticate clients themselves.
pub(crate) fn authenticate(
    state: &State,
    request: &Request,
    route: &Route<'_>,
) -> Option<Result<Admitted, Refused>> {
    if route.operation_id().is_some_and(OperationId::is_oauth) {
        return None;
    }
    Some(state.authenticator.authenticate(request, &state.tokens))
}

/// Returns the response to a request.
///
/// Invented: the order of the steps, except that authentication comes first and that the operation is
/// found before its project.
pub(crate) fn respond(
    state: &State,
    request: &Request,
    route: &Route<'_>,
    described: Option<&Described<'_>>,
    identity: Option<Result<Admitted, Refused>>,
) -> Response {
    let mut response = ResponseContext::new(request, route);
    if let Some(endpoint) = route.operation_id()
        && let Handler::OAuth(handler) = handler(endpoint)
    {
        let context = TokenContext { state, request, endpoint, response: &response };
        return token_response(handler, &context);
    }
    let admitted = match identity {
        Some(Ok(admitted)) => admitted,
        refused => {
            let is_stale = matches!(refused, Some(Err(Refused::Stale)));
            return challenge(
                request,
                state.authenticator.challenges(is_stale, request.client_now),
            );
        }
    };
    let sent = match described {
        Some(described) => match admitted.caller.check_address(request.address) {
            Ok(()) => respond_as_described(described, request),
            Err(error) => response.error(&error),
        },
        None => respond_to_caller(state, request, route, &admitted.caller, &mut response),
    };
    match admitted.info {
        Some(info) => sent.with("authentication-info", info),
        None => sent,
    }
}

fn respond_to_caller<'a>(
    state: &'a State,
    request: &'a Request,
    route: &'a Route<'a>,
    caller: &'a Caller,
    response: &mut ResponseContext<'a>,
) -> Response {
    if let Err(error) = caller.check_address(request.address) {
        return response.error(&error);
    }
    match route {
        Route::Options { allow } => allowed_methods(request, StatusCode::OK, allow),
        Route::MethodNotAllowed { allow } => {
            allowed_methods(request, StatusCode::METHOD_NOT_ALLOWED, allow)
        }
        Route::Unknown => {
            let path = request.uri.path();
            let described = state.description.as_ref();
            let error = described.map(|described| described.not_found(path));
            response.error(&error.unwrap_or_else(|| ApiError::resource_not_found(path)))
        }
        Route::Operation(operation, parameters) => {
            let call = Call { state, request, caller, operation, parameters };
            call.execute(response).unwrap_or_else(|error| response.error(&error))
        }
    }
}

/// An authenticated request to an operation.
struct Call<'a> {
    state: &'a State,
    request: &'a Request,
    caller: &'a Caller,
    operation: &'a Operation,
    parameters: &'a PathParameters,
}

impl<'a> Call<'a> {
    fn execute(&self, response: &mut ResponseContext<'a>) -> Result<Response, ApiError> {
        let version = select_version(self.request.accept(), &self.operation.versions)
            .ok_or_else(ApiError::not_acceptable)?;
        check_content_type(self.request, self.operation, version)?;
        response.set_operation(self.operation, Some(version));
        let output = match handler(self.operation.id) {
            Handler::Project(handler) => {
                let project = self.project()?;
                handler(&self.context(project.id(), version, response)?, project)?
            }
            Handler::Organization(handler) => {
                let organization = self.organization()?;
                handler(&self.context(organization.id(), version, response)?, organization)?
            }
            // These endpoints have no versions.
            Handler::OAuth(_) => return Err(ApiError::not_acceptable()),
        };
        Ok(response.success(output.status, &version.content_type, output.content))
    }

    /// Returns the project of the path, if the caller has access to it.
    fn project(&self) -> Result<&'a Project, ApiError> {
        let id = self.parameters.get("groupId");
        if !is_object_id(id) {
            return Err(ApiError::invalid_group_id(id));
        }
        let project = self.state.projects.get(id);
        let project = project.ok_or_else(|| ApiError::group_not_found(id))?;
        self.caller.check_project(id)?;
        Ok(project)
    }

    /// Returns the organization, if it is that of the path and the caller has access to it.
    fn organization(&self) -> Result<&'a Organization, ApiError> {
        self.state.organization.check_id(self.parameters.get("orgId"))?;
        self.caller.check_organization()?;
        Ok(&self.state.organization)
    }

    /// Checks the role, counts the request, and parses it.
    fn context(
        &self,
        owner: &str,
        version: &'a OperationVersion,
        response: &mut ResponseContext<'a>,
    ) -> Result<Context<'a>, ApiError> {
        self.caller.check_role(self.operation.role)?;
        self.count(owner, response)?;
        if let Some(name) = response.invalid_parameter() {
            return Err(ApiError::invalid_query_parameter(name));
        }
        Ok(Context {
            state: self.state,
            version,
            parameters: self.parameters,
            query: self.request.uri.query(),
            body: parse_body(self.request, version)?,
            now: self.request.now,
        })
    }

    /// Counts the request against its owner's rate limit, even if it fails.
    fn count(&self, owner: &str, response: &mut ResponseContext<'a>) -> Result<(), ApiError> {
        let limit = handler(self.operation.id).rate_limit(&self.state.scenario.rate_limits);
        let limiter = &self.state.rate_limiter;
        let decision = limiter.count(owner.to_owned(), limit, self.request.client_now);
        let (remaining, result) = match decision {
            RateLimitDecision::Allowed { remaining } => (remaining, Ok(())),
            RateLimitDecision::Exceeded { retry_after } => {
                let path = self.request.uri.path();
                (0, Err(ApiError::rate_limited(path, limit, Some(retry_after))))
            }
        };
        response.rate_limit = Some((limit.capacity, remaining));
        result
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::http::Payload;
    use crate::scenario::{Clock, Scenario};

    #[test]
    fn a_token_expires_in_the_time_of_its_client() {
        let state = State::new(Scenario::default(), Clock::manual(), None).unwrap();
        let form = ("content-type", "application/x-www-form-urlencoded");
        let mut request = Request::example("POST", "/api/oauth/token", &[form]);
        request.body = "grant_type=client_credentials&client_id=mdb_sa_id_deadbeefdeadbeefdeadbeef\
                        &client_secret=mdb_sa_sk_not-a-real-secret_not-a-real-secret_0000"
            .into();
        // For the migrations a day has passed.
        request.now = Duration::from_secs(86_400);
        let route = state.routes.find(&request.method, request.uri.path());
        let response = respond(&state, &request, &route, None, None);
        let Payload::Whole(body) = response.body else { panic!("{response:?}") };
        let body: Value = serde_json::from_slice(&body).unwrap();
        let token = body["access_token"].as_str().unwrap();
        let valid = |seconds| state.tokens.caller(token, Duration::from_secs(seconds)).is_some();
        assert!(valid(3599) && !valid(3600));
    }
}
