//! The control port: what a [`Control`] does, for other programs.

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

use crate::body::{self, Payload, Unread};
use crate::control::{Control, ControlError};
use crate::faults::FaultRule;
use crate::record::RecordedRequest;
use crate::server::{Service, Unanswered};
use crate::unreadable::{self, Unreadable};
use crate::{json, query};

mod guard;

/// What there is, and what each does.
const WHAT_THERE_IS: [(&str, &str); 10] = [
    ("GET /", "what there is"),
    ("GET /faults", "the fault rules in force"),
    ("POST /faults", "adds a rule or a list of rules"),
    ("DELETE /faults", "drops all rules"),
    ("GET /openapi.json", "the OpenAPI document of what the simulator does"),
    ("GET /requests", "the requests seen, the oldest first"),
    ("GET /summary", "how many requests were seen and tokens minted, and whether there is a link"),
    ("POST /advance", "moves a manual clock: {\"seconds\": 60}"),
    ("POST /migrations/{groupId}/{liveMigrationId}/cutover", "cuts a migration over"),
    ("POST /migrations/{groupId}/{liveMigrationId}/fail", "lets a migration fail"),
];

/// Answers on the control port.
#[derive(Clone)]
pub(crate) struct Desk {
    control: Control,
    /// The OpenAPI document.
    document: Arc<Value>,
}

/// Why something was not done.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    problem: String,
    allow: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, problem: impl Into<String>) -> Self {
        Self { status, problem: problem.into(), allow: None }
    }

    fn other_method(allow: &'static str) -> Self {
        let problem = format!("only {allow} can be done here");
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, problem) }
    }

    fn response(&self) -> Response<Payload> {
        let known = self.status != StatusCode::NOT_FOUND;
        let content = if known {
            json!({"error": self.problem})
        } else {
            json!({"error": self.problem, "there_is": what_there_is()})
        };
        let mut response = response(self.status, &content);
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

fn response(status: StatusCode, content: &Value) -> Response<Payload> {
    let mut response = Response::new(Payload::Whole((json::compact(content) + "\n").into()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

impl Service for Desk {
    async fn serve(
        &self,
        _: IpAddr,
        request: Request<Incoming>,
    ) -> Result<Response<Payload>, Unanswered> {
        let (parts, body) = request.into_parts();
        let answered = match body::read(body).await {
            Ok(body) => self.answer(&parts, &body),
            Err(Unread::TooLarge) => {
                Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))
            }
            Err(Unread::Broken(error)) => return Err(Unanswered::Broken(error)),
        };
        Ok(match answered {
            Ok(content) => response(StatusCode::OK, &content),
            Err(refusal) => refusal.response(),
        })
    }
}

impl Desk {
    pub(crate) fn new(control: Control, document: Value) -> Self {
        Self { control, document: Arc::new(document) }
    }

    /// What a request is told, as the tests need it.
    #[cfg(test)]
    pub(crate) fn told(&self, parts: &Parts, body: &[u8]) -> String {
        match self.answer(parts, body) {
            Ok(content) => content.to_string(),
            Err(refusal) => refusal.problem,
        }
    }

    fn answer(&self, parts: &Parts, body: &[u8]) -> Result<Value, Refusal> {
        guard::check(parts).map_err(|problem| Refusal::new(StatusCode::FORBIDDEN, problem))?;
        let path = parts.uri.path();
        let segments: Vec<_> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        match (parts.method.as_str(), segments.as_slice()) {
            ("GET", [""]) => Ok(what_there_is()),
            ("GET", ["faults"]) => Ok(self.faults()),
            ("POST", ["faults"]) => self.inject(body),
            ("DELETE", ["faults"]) => {
                self.control.clear_faults();
                Ok(self.faults())
            }
            ("GET", ["openapi.json"]) => Ok((*self.document).clone()),
            ("GET", ["requests"]) => Ok(self.control.requests().iter().map(request).collect()),
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
            (_, ["faults"]) => Err(Refusal::other_method("GET, POST, DELETE")),
            (_, ["" | "openapi.json" | "requests" | "summary"]) => {
                Err(Refusal::other_method("GET"))
            }
            (_, ["advance"] | ["migrations", _, _, "cutover" | "fail"]) => {
                Err(Refusal::other_method("POST"))
            }
            _ => Err(Refusal::new(StatusCode::NOT_FOUND, format!("there is no {path}"))),
        }
    }

    fn faults(&self) -> Value {
        json!(self.control.faults())
    }

    /// Adds all the rules or, where one of them is wrong, none.
    fn inject(&self, body: &[u8]) -> Result<Value, Refusal> {
        let rules: Vec<FaultRule> =
            if body.trim_ascii_start().starts_with(b"[") { read(body)? } else { vec![read(body)?] };
        for rule in &rules {
            rule.check().map_err(|problem| Refusal::new(StatusCode::BAD_REQUEST, problem))?;
        }
        self.control
            .inject_all(rules)
            .map_err(|problem| Refusal::new(StatusCode::CONFLICT, problem.to_string()))?;
        Ok(self.faults())
    }

    fn advance(&self, body: &[u8]) -> Result<Value, Refusal> {
        let By { seconds } = read(body)?;
        self.control.advance(Duration::from_secs(seconds))?;
        Ok(self.summary())
    }

    fn summary(&self) -> Value {
        json!({
            "link_tokens_issued": self.control.link_tokens_issued(),
            "linked": self.control.is_linked(),
            "requests": self.control.request_count(),
            "simulated_seconds": self.control.now().as_secs_f64(),
            "tokens_minted": self.control.tokens_minted(),
        })
    }
}

/// How far to move the clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct By {
    seconds: u64,
}

/// Reads a body; the refusal names the place that is wrong.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    unreadable::read(body).map_err(|Unreadable { path, problem, .. }| {
        let problem = if path.is_empty() { problem } else { format!("{path}: {problem}") };
        Refusal::new(StatusCode::BAD_REQUEST, problem)
    })
}

/// What is told of a request: no header and no value of an unknown parameter, as they may be secret.
fn request(request: &RecordedRequest) -> Value {
    json!({
        "at_seconds": request.at().as_secs_f64(),
        "method": request.method(),
        "operation": request.operation_id(),
        "path": query::ascii(request.path()),
        "query": request.redacted_query(),
        "status": request.status(),
    })
}

fn what_there_is() -> Value {
    let entries = WHAT_THERE_IS.map(|(what, does)| (what.to_owned(), Value::from(does)));
    Value::Object(entries.into_iter().collect())
}
