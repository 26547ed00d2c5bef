//! The token endpoint and the one that revokes: OAuth 2 client credentials.

use std::sync::Arc;

use http::StatusCode;
use http::header::RETRY_AFTER;
use serde_json::json;

use self::clients::{Client, Presented};
use self::form::Form;
use crate::answer::{self, Answer, Manner};
use crate::faults::Fault;
use crate::problem::{self, Problem};
use crate::request::Received;
use crate::world::World;

mod clients;
mod form;
mod tokens;

pub(crate) use clients::Clients;
pub(crate) use tokens::Tokens;

/// One of the two endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    Token,
    Revoke,
}

impl Endpoint {
    const ALL: [Self; 2] = [Self::Token, Self::Revoke];

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Token => "/api/oauth/token",
            Self::Revoke => "/api/oauth/revoke",
        }
    }

    pub(crate) const fn operation_id(self) -> &'static str {
        match self {
            Self::Token => "createToken",
            Self::Revoke => "revokeToken",
        }
    }

    pub(crate) fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.path() == path)
    }

    pub(crate) fn of_operation(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.operation_id() == id)
    }
}

/// Why a request is refused.
enum Refusal {
    /// In the shape of OAuth.
    OAuth { status: StatusCode, error: &'static str, description: String },
    /// In the shape of the rest of the service.
    Limited(Problem),
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self::OAuth { status, error, description: description.into() }
    }

    /// Invented: the words of each.
    fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    fn invalid_client() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", "Invalid credentials provided.")
    }

    fn answer(&self, manner: &Manner<'_>) -> Answer {
        match self {
            Self::OAuth { status, error, description } => {
                let body = json!({"error": error, "error_description": description});
                manner.plain(*status, body)
            }
            Self::Limited(problem) => manner.problem(problem),
        }
    }
}

/// Answers a request to one of the endpoints.
///
/// Invented: the order of the checks, and that requests of clients that are known count against the
/// limit whatever becomes of them.
pub(crate) fn answer(
    world: &World,
    request: &Received,
    endpoint: Endpoint,
    manner: &Manner<'_>,
) -> Answer {
    let asked = Asked { world, request, endpoint, manner };
    asked.answer().unwrap_or_else(|refusal| refusal.answer(manner))
}

/// A request to one of the endpoints.
struct Asked<'a> {
    world: &'a World,
    request: &'a Received,
    endpoint: Endpoint,
    manner: &'a Manner<'a>,
}

impl Asked<'_> {
    fn answer(&self) -> Result<Answer, Refusal> {
        let form = Form::parse(&self.request.headers, &self.request.body)
            .map_err(Refusal::invalid_request)?;
        let client = self.client(&form)?;
        if let Some(name) = self.manner.invalid_parameter() {
            let problem = problem::invalid_query_parameter(name);
            return Err(Refusal::invalid_request(problem.detail));
        }
        match self.endpoint {
            Endpoint::Token => self.mint(&form, client),
            Endpoint::Revoke => self.revoke(&form, client),
        }
    }

    /// The client, once it is known by its secret and within its limit.
    fn client(&self, form: &Form) -> Result<&Arc<Client>, Refusal> {
        let presented = Presented::find(&self.request.headers, form)
            .map_err(Refusal::invalid_request)?
            .ok_or_else(Refusal::invalid_client)?;
        let clients = &self.world.clients;
        let client = clients.named(&presented).ok_or_else(Refusal::invalid_client)?;
        let limited = clients.count(client, self.endpoint, self.request);
        if let Err(retry_after) = limited {
            let limit = self.world.scenario.rate_limits.token_endpoint;
            let path = self.endpoint.path();
            let problem = problem::requests_limited(path, limit, Some(retry_after));
            return Err(Refusal::Limited(problem));
        }
        if presented.proves(client) { Ok(client) } else { Err(Refusal::invalid_client()) }
    }

    fn mint(&self, form: &Form, client: &Arc<Client>) -> Result<Answer, Refusal> {
        match form.get("grant_type") {
            Some("client_credentials") => {}
            Some(_) => {
                let error = "unsupported_grant_type";
                let description = "The grant type is not supported.";
                return Err(Refusal::new(StatusCode::BAD_REQUEST, error, description));
            }
            None => return Err(Refusal::invalid_request("The grant type is missing.")),
        }
        let tokens = &self.world.tokens;
        let body = json!({
            "access_token": &*tokens.mint(client, self.request.client_now),
            "expires_in": tokens.lifetime().as_secs(),
            "token_type": "Bearer",
        });
        Ok(self.manner.plain(StatusCode::OK, body))
    }

    /// As RFC 7009 has it, it is no error that there is no such token. Invented: what is said of a
    /// token of another client.
    fn revoke(&self, form: &Form, client: &Arc<Client>) -> Result<Answer, Refusal> {
        let Some(token) = form.get("token") else {
            return Err(Refusal::invalid_request("The token is missing."));
        };
        if !self.world.tokens.revoke(token, client) {
            let description = "The token belongs to another client.";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "invalid_grant", description));
        }
        let answer = self.manner.plain(StatusCode::OK, json!({}));
        if self.manner.is_enveloped() {
            return Ok(answer);
        }
        Ok(answer.emptied())
    }
}

/// The answer to a fault that has the shape of the endpoint's own errors, where it is such a one.
pub(crate) fn fault(
    fault: &Fault,
    endpoint: Endpoint,
    world: &World,
    manner: &Manner<'_>,
) -> Option<Answer> {
    let limited = |retry_after| {
        let limit = world.scenario.rate_limits.token_endpoint;
        manner.problem(&problem::requests_limited(endpoint.path(), limit, retry_after))
    };
    let refusal = match fault {
        Fault::UnexpectedError => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Refusal::new(status, "server_error", "Unexpected error.")
        }
        Fault::Unauthorized => Refusal::invalid_client(),
        // Invented: the words.
        Fault::Forbidden => Refusal::new(StatusCode::FORBIDDEN, "access_denied", "Access denied."),
        Fault::RateLimited { retry_after } => return Some(limited(*retry_after)),
        Fault::RateLimitedUntil { seconds } => {
            return Some(limited(None).with(RETRY_AFTER, answer::date_in(*seconds)));
        }
        _ => return None,
    };
    Some(refusal.answer(manner))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::clock::Clock;
    use crate::routes::Route;
    use crate::scenario::Scenario;

    #[test]
    fn a_token_expires_in_the_time_of_its_client() {
        let world = World::new(Scenario::default(), Clock::manual(), None).unwrap();
        let form = ("content-type", "application/x-www-form-urlencoded");
        let mut request = Received::example("POST", Endpoint::Token.path(), &[form]);
        request.body = "grant_type=client_credentials&client_id=mdb_sa_id_deadbeefdeadbeefdeadbeef\
                        &client_secret=mdb_sa_sk_not-a-real-secret_not-a-real-secret_0000"
            .into();
        // For the migrations a day has passed.
        request.now = Duration::from_secs(86_400);
        let manner = Manner::new(&request, &Route::Token(Endpoint::Token));
        let answer = answer(&world, &request, Endpoint::Token, &manner);
        let crate::body::Payload::Whole(body) = answer.body else { panic!("{answer:?}") };
        let body: Value = serde_json::from_slice(&body).unwrap();
        let token = body["access_token"].as_str().unwrap();
        let valid = |seconds| world.tokens.caller(token, Duration::from_secs(seconds)).is_some();
        assert!(valid(3599) && !valid(3600));
    }
}
