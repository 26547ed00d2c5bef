//! The control port: a [`Control`] over HTTP.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ALLOW, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::handle::{Control, ControlError};
use super::origin_check;
use crate::api::compact_json;
use crate::http::{NoResponse, Payload, ReadError, Service, encode_controls, read_body};
use crate::scenario::{FaultRule, JsonError, parse_json};
use crate::state::RecordedRequest;

/// The endpoints and what each does.
const ENDPOINTS: [(&str, &str); 10] = [
    ("GET /", "lists the endpoints"),
    ("GET /faults", "lists the active fault rules"),
    ("POST /faults", "adds a fault rule or a list of fault rules"),
    ("DELETE /faults", "removes all fault rules"),
    ("GET /openapi.json", "returns the OpenAPI document of the simulator"),
    ("GET /requests", "lists the received requests, oldest first"),
    ("GET /summary", "counts the requests and the issued tokens, and says whether there is a link"),
    ("POST /advance", "advances a manual clock: {\"seconds\": 60}"),
    ("POST /migrations/{groupId}/{liveMigrationId}/cutover", "cuts a migration over"),
    ("POST /migrations/{groupId}/{liveMigrationId}/fail", "makes a migration fail"),
];

/// Serves the control port.
#[derive(Clone)]
pub(crate) struct ControlServer {
    control: Control,
    /// The OpenAPI document.
    document: Arc<Value>,
}

/// An error response.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    message: String,
    allow: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), allow: None }
    }

    fn method_not_allowed(allow: &'static str) -> Self {
        let message = format!("only {allow} is allowed here");
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, message) }
    }

    fn response(&self) -> Response<Payload> {
        let mut content = json!({"error": self.message});
        if self.status == StatusCode::NOT_FOUND {
            content["endpoints"] = endpoints();
        }
        let mut response = response(self.status, content);
        if let Some(allow) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

impl From<ControlError> for Refusal {
    fn from(error: ControlError) -> Self {
        let status = match error {
            ControlError::UnknownMigration => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, error.to_string())
    }
}

fn response(status: StatusCode, content: Value) -> Response<Payload> {
    let mut response = Response::new(Payload::Whole((compact_json(content) + "\n").into()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

impl Service for ControlServer {
    async fn serve(
        &self,
        _: IpAddr,
        request: Request<Incoming>,
    ) -> Result<Response<Payload>, NoResponse> {
        let (parts, body) = request.into_parts();
        let result = match read_body(body).await {
            Ok(body) => self.execute(&parts, &body),
            Err(ReadError::TooLarge) => {
                Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))
            }
            Err(ReadError::Disconnected(error)) => return Err(NoResponse::Disconnected(error)),
        };
        Ok(match result {
            Ok(content) => response(StatusCode::OK, content),
            Err(refusal) => refusal.response(),
        })
    }
}

impl ControlServer {
    pub(crate) fn new(control: Control, document: Value) -> Self {
        Self { control, document: Arc::new(document) }
    }

    /// Returns the response's text, for tests.
    #[cfg(test)]
    pub(crate) fn response_text(&self, parts: &Parts, body: &[u8]) -> String {
        match self.execute(parts, body) {
            Ok(content) => content.to_string(),
            Err(refusal) => refusal.message,
        }
    }

    fn execute(&self, parts: &Parts, body: &[u8]) -> Result<Value, Refusal> {
        let allowed = origin_check::check(parts);
        allowed.map_err(|message| Refusal::new(StatusCode::FORBIDDEN, message))?;
        let path = parts.uri.path();
        let segments: Vec<_> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        match (parts.method.as_str(), segments.as_slice()) {
            ("GET", [""]) => Ok(endpoints()),
            ("GET", ["faults"]) => Ok(json!(self.control.faults())),
            ("POST", ["faults"]) => self.inject(body),
            ("DELETE", ["faults"]) => {
                self.control.clear_faults();
                Ok(json!(self.control.faults()))
            }
            ("GET", ["openapi.json"]) => Ok((*self.document).clone()),
            ("GET", ["requests"]) => Ok(self.control.requests().iter().map(to_json).collect()),
            ("GET", ["summary"]) => Ok(self.summary()),
            ("POST", ["advance"]) => self.advance(body),
            ("POST", ["migrations", group_id, id, "cutover"]) => {
                self.control.cut_over(group_id, id)?;
                Ok(self.summary())
            }
            ("POST", ["migrations", group_id, id, "fail"]) => {
                self.control.fail(group_id, id)?;
                Ok(self.summary())
            }
            (_, ["faults"]) => Err(Refusal::method_not_allowed("GET, POST, DELETE")),
            (_, ["" | "openapi.json" | "requests" | "summary"]) => {
                Err(Refusal::method_not_allowed("GET"))
            }
            (_, ["advance"] | ["migrations", _, _, "cutover" | "fail"]) => {
                Err(Refusal::method_not_allowed("POST"))
            }
            _ => Err(Refusal::new(StatusCode::NOT_FOUND, format!("there is no {path}"))),
        }
    }

    /// Adds all of the rules, or none if one of them is invalid.
    fn inject(&self, body: &[u8]) -> Result<Value, Refusal> {
        let is_list = body.trim_ascii_start().starts_with(b"[");
        let rules: Vec<FaultRule> = if is_list { parse(body)? } else { vec![parse(body)?] };
        for rule in &rules {
            rule.validate().map_err(|message| Refusal::new(StatusCode::BAD_REQUEST, message))?;
        }
        self.control
            .inject_all(rules)
            .map_err(|error| Refusal::new(StatusCode::CONFLICT, error.to_string()))?;
        Ok(json!(self.control.faults()))
    }

    fn advance(&self, body: &[u8]) -> Result<Value, Refusal> {
        let Advance { seconds } = parse(body)?;
        self.control.advance(Duration::from_secs(seconds))?;
        Ok(self.summary())
    }

    fn summary(&self) -> Value {
        json!({
            "link_tokens_issued": self.control.link_tokens_issued(),
            "linked": self.control.is_linked(),
            "requests": self.control.request_count(),
            "simulated_seconds": self.control.now().as_secs_f64(),
            "tokens_issued": self.control.tokens_issued(),
        })
    }
}

/// The body of a request to advance the clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

/// Parses a body. The refusal names the place of an error.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    parse_json(body).map_err(|JsonError { path, message, .. }| {
        let message = if path.is_empty() { message } else { format!("{path}: {message}") };
        Refusal::new(StatusCode::BAD_REQUEST, message)
    })
}

/// Returns the JSON form of a request, without headers and values that may be secrets.
fn to_json(request: &RecordedRequest) -> Value {
    json!({
        "at_seconds": request.at().as_secs_f64(),
        "method": request.method(),
        "operation": request.operation_id(),
        "path": encode_controls(request.path()),
        "query": request.redacted_query(),
        "status": request.status(),
    })
}

fn endpoints() -> Value {
    let entries = ENDPOINTS.map(|(endpoint, effect)| (endpoint.to_owned(), Value::from(effect)));
    Value::Object(entries.into_iter().collect())
}
