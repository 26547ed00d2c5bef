//! The OAuth endpoints: client credentials grants and revocation.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use crate::api::{ApiError, Response, ResponseContext};
use crate::http::{Form, Request};
use crate::scenario::{Fault, OperationId};
use crate::state::{Client, ClientCredentials, RateLimitDecision, State};

/// The input of an OAuth endpoint.
pub(crate) struct TokenContext<'a> {
    pub(crate) state: &'a State,
    pub(crate) request: &'a Request,
    pub(crate) endpoint: OperationId,
    pub(crate) response: &'a ResponseContext<'a>,
}

/// Why a request is refused.
pub(crate) enum TokenError {
    /// An error in the format of OAuth.
    OAuth { status: StatusCode, error: &'static str, description: String },
    /// An error in the format of the API.
    Api(ApiError),
}

impl TokenError {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self::OAuth { status, error, description: description.into() }
    }

    /// Invented: each description.
    fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    fn invalid_client() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", "Invalid credentials provided.")
    }

    fn respond(&self, response: &ResponseContext<'_>) -> Response {
        match self {
            Self::OAuth { status, error, description } => {
                response.json(*status, json!({"error": error, "error_description": description}))
            }
            Self::Api(error) => response.error(error),
        }
    }
}

/// Responds to a request to one of the endpoints.
pub(crate) fn token_response(
    handler: fn(&TokenContext<'_>) -> Result<Response, TokenError>,
    context: &TokenContext<'_>,
) -> Response {
    handler(context).unwrap_or_else(|error| error.respond(context.response))
}

/// Issues a token.
pub(super) fn create(context: &TokenContext<'_>) -> Result<Response, TokenError> {
    let (form, client) = context.authenticate()?;
    match form.get("grant_type") {
        Some("client_credentials") => {}
        Some(_) => {
            let error = "unsupported_grant_type";
            let description = "The grant type is not supported.";
            return Err(TokenError::new(StatusCode::BAD_REQUEST, error, description));
        }
        None => return Err(TokenError::invalid_request("The grant type is missing.")),
    }
    let tokens = &context.state.tokens;
    let body = json!({
        "access_token": tokens.issue(client, context.request.client_now),
        "expires_in": tokens.lifetime().as_secs(),
        "token_type": "Bearer",
    });
    Ok(context.response.json(StatusCode::OK, body))
}

/// Revokes a token. As in RFC 7009, an unknown token is not an error. Invented: the error for a token
/// of another client.
pub(super) fn revoke(context: &TokenContext<'_>) -> Result<Response, TokenError> {
    let (form, client) = context.authenticate()?;
    let Some(token) = form.get("token") else {
        return Err(TokenError::invalid_request("The token is missing."));
    };
    if !context.state.tokens.revoke(token, client, context.request.client_now) {
        let description = "The token belongs to another client.";
        return Err(TokenError::new(StatusCode::BAD_REQUEST, "invalid_grant", description));
    }
    let response = context.response.json(StatusCode::OK, json!({}));
    Ok(if context.response.is_enveloped() { response } else { response.without_body() })
}

impl<'a> TokenContext<'a> {
    /// Parses the form and authenticates the client.
    ///
    /// Invented: the order of the checks, and that all requests of known clients count against the
    /// limit.
    fn authenticate(&self) -> Result<(Form, &'a Arc<Client>), TokenError> {
        let headers = &self.request.headers;
        let form = Form::parse(headers, &self.request.body).map_err(TokenError::invalid_request)?;
        let credentials = ClientCredentials::find(headers, &form)
            .map_err(TokenError::invalid_request)?
            .ok_or_else(TokenError::invalid_client)?;
        let client =
            self.state.clients.find(&credentials).ok_or_else(TokenError::invalid_client)?;
        let key = (self.request.address, self.endpoint, client.id.clone());
        let limit = self.state.scenario.rate_limits.token_endpoint.as_rate_limit();
        let decision = self.state.token_rate_limiter.count(key, limit, self.request.client_now);
        if let RateLimitDecision::Exceeded { retry_after } = decision {
            let error = rate_limited(self.state, self.request, Some(retry_after));
            return Err(TokenError::Api(error));
        }
        if !client.is_authenticated_by(&credentials) {
            return Err(TokenError::invalid_client());
        }
        if let Some(name) = self.response.invalid_parameter() {
            let error = ApiError::invalid_query_parameter(name);
            return Err(TokenError::invalid_request(error.detail));
        }
        Ok((form, client))
    }
}

fn rate_limited(state: &State, request: &Request, retry_after: Option<u64>) -> ApiError {
    let limit = state.scenario.rate_limits.token_endpoint;
    ApiError::requests_limited(request.uri.path(), limit, retry_after)
}

/// Returns the response of a fault that has the format of the endpoints' errors.
pub(crate) fn token_fault_response(
    fault: &Fault,
    state: &State,
    request: &Request,
    response: &ResponseContext<'_>,
) -> Option<Response> {
    let error = match fault {
        Fault::UnexpectedError => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            TokenError::new(status, "server_error", "Unexpected error.")
        }
        Fault::Unauthorized => TokenError::invalid_client(),
        // Invented: the description.
        Fault::Forbidden => {
            TokenError::new(StatusCode::FORBIDDEN, "access_denied", "Access denied.")
        }
        Fault::RateLimited { retry_after } => {
            TokenError::Api(rate_limited(state, request, *retry_after))
        }
        Fault::RateLimitedUntil { seconds } => {
            let error = rate_limited(state, request, None);
            return Some(response.error(&error).with_retry_date(*seconds));
        }
        _ => return None,
    };
    Some(error.respond(response))
}
