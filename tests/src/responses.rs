//! Collects one response of each kind from the simulator.

use std::error::Error;
use std::time::Duration;

use atlas_client_core::{Operation, Transport};
use atlas_migrations_generated::operations;
use atlas_simulator::{
    Clock, Control, Fault, FaultRule, RateLimit, RateLimits, Scenario, Simulator, SuccessStatuses,
    Validation,
};
use serde_json::{Value, json};

use crate::places;

/// A response of the simulator.
pub struct Response {
    /// The operation's id.
    pub operation: &'static str,
    /// The request, for messages.
    pub case: String,
    /// The status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// The body; a string if it is not JSON.
    pub body: Option<Value>,
}

impl Response {
    /// Returns the media type without its parameters.
    pub fn essence(&self) -> &str {
        self.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default()
    }

    /// Returns the value of the first header with this name, ignoring case.
    pub fn header(&self, wanted: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    }
}

const OLDER: &str = "application/vnd.atlas.2023-01-01+json";
const NOBODY: &str = "000000000000000000000000";
/// A validation that failed.
const FAILED: &str = "507f1f77bcf86cd799439012";
/// An organization that no caller belongs to.
const OTHER: &str = "111111111111111111111111";

/// A request. Most differ in one detail from [`plain`].
#[derive(Clone)]
struct Request {
    operation: &'static Operation,
    path: String,
    token: &'static str,
    accept: &'static str,
    content_type: &'static str,
    body: Option<String>,
}

/// Calls a simulator and collects its responses.
pub(crate) struct Caller {
    transport: Transport,
    simulator: Simulator,
    /// The query string of every request.
    query: &'static str,
    responses: Vec<Response>,
}

/// Collects one response of each kind that the fragment describes.
///
/// # Errors
///
/// Fails if the simulator cannot be started or called.
pub async fn responses(fragment: &Value) -> Result<Vec<Response>, Box<dyn Error>> {
    let mut caller = Caller::new("", SuccessStatuses::default()).await?;
    caller.journey(fragment).await?;
    for operation in operations::ALL {
        caller.rejections(&plain(fragment, operation)).await?;
    }
    Ok(caller.responses)
}

/// Collects every kind of response that the simulator sends: in each format and version, with each success
/// status, and under the faults that send a response.
///
/// # Errors
///
/// Fails if the simulator cannot be started or called.
pub async fn all_responses(fragment: &Value) -> Result<Vec<Response>, Box<dyn Error>> {
    let other = SuccessStatuses { link_token: 200, validate: 201, cutover: 200 };
    let mut all = Vec::new();
    for (query, statuses) in [
        ("", SuccessStatuses::default()),
        ("?pretty=true", other),
        ("?envelope=true", SuccessStatuses::default()),
        ("?envelope=true&pretty=true", other),
        // Rejected where the simulator validates it.
        ("?envelope=maybe", SuccessStatuses::default()),
    ] {
        let mut caller = Caller::new(query, statuses).await?;
        caller.limited(fragment).await?;
        caller.journey(fragment).await?;
        // The fragment does not have the operations on clusters, which have no body to take from it.
        let clusters = atlas_clusters_generated::operations::ALL;
        for operation in clusters {
            caller.call("clusters", &plain(fragment, operation)).await?;
        }
        for operation in operations::ALL.iter().chain(clusters) {
            let plain = plain(fragment, operation);
            caller.rejections(&plain).await?;
            caller.undocumented(&plain).await?;
            let older = older(fragment, &plain);
            caller.rejections(&older).await?;
            caller.undocumented(&older).await?;
        }
        caller.tokens().await?;
        all.append(&mut caller.responses);
    }
    Ok(all)
}

/// Returns the request in the older version, where there is one.
fn older(fragment: &Value, plain: &Request) -> Request {
    let mut older = Request { accept: OLDER, ..plain.clone() };
    if older.body.is_some() {
        older.content_type = OLDER;
        older.body = Some(body(fragment, plain.operation, OLDER));
    }
    older
}

/// Builds the request of an operation from the fragment's example.
fn plain(fragment: &Value, operation: &'static Operation) -> Request {
    let path = operation
        .path
        .replace("{groupId}", "32b6e34b3d91647abb20e7b8")
        .replace("{orgId}", "4888442a3354817a7320eb61")
        .replace("{liveMigrationId}", "6296fb4c7c7aa997cf94e9a8")
        .replace("{validationId}", "507f1f77bcf86cd799439011");
    let content_type = operation.content_type.unwrap_or_default();
    Request {
        operation,
        path,
        token: "owner",
        accept: operation.accept,
        content_type,
        body: operation.content_type.map(|media_type| body(fragment, operation, media_type)),
    }
}

/// Returns the example of a request body.
fn body(fragment: &Value, operation: &Operation, media_type: &str) -> String {
    let method = operation.method.to_lowercase();
    fragment["paths"][operation.path][&method]["requestBody"]["content"][media_type]["example"]
        .to_string()
}

impl Caller {
    async fn new(
        query: &'static str,
        success_statuses: SuccessStatuses,
    ) -> Result<Self, Box<dyn Error>> {
        let json = json!({ "bearer_tokens": [
            { "token": "owner" },
            { "token": "no-role", "access": "no_role" },
            { "token": "other", "access": "other_project" },
            { "token": "blocked", "access": "blocked_address" },
        ] });
        let mut scenario = Scenario {
            bearer_tokens: Scenario::from_json(&json.to_string())?.bearer_tokens,
            other_org_ids: vec![OTHER.to_owned()],
            success_statuses,
            ..Scenario::default()
        };
        let failed = Validation {
            id: FAILED.to_owned(),
            error_message: Some("It did not work.".to_owned()),
            ..Validation::default()
        };
        scenario.projects.iter_mut().for_each(|project| project.validations.push(failed.clone()));
        let scenario = scenario.without_rate_limits();
        let simulator =
            Simulator::builder().scenario(scenario).clock(Clock::manual()).start().await?;
        let transport =
            Transport::builder().base_url(simulator.base_url()).bearer_token("x").build()?;
        Ok(Self { transport, simulator, query, responses: Vec::new() })
    }

    pub(crate) fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    fn control(&self) -> Control {
        self.simulator.control()
    }

    async fn call(&mut self, case: &str, request: &Request) -> Result<(), Box<dyn Error>> {
        let Request { operation, accept, content_type, .. } = *request;
        let mut headers = vec![
            ("accept", accept.to_owned()),
            ("authorization", format!("Bearer {}", request.token)),
        ];
        if request.body.is_some() {
            headers.push(("content-type", content_type.to_owned()));
        }
        let body = request.body.clone().unwrap_or_default();
        let target = (operation.id, operation.method, request.path.as_str());
        self.send(case, target, &headers, body).await
    }

    pub(crate) async fn send(
        &mut self,
        case: &str,
        (operation, method, path): (&'static str, &str, &str),
        headers: &[(&str, String)],
        body: String,
    ) -> Result<(), Box<dyn Error>> {
        let url = format!("{}{path}{}", self.simulator.base_url(), self.query);
        let mut call = self.transport.http().request(method.parse()?, url);
        for (name, value) in headers {
            call = call.header(*name, value);
        }
        let response = call.body(body).send().await?;
        let headers = response.headers();
        let status = response.status().as_u16();
        let headers = headers
            .iter()
            .map(|(name, value)| Ok((name.to_string(), value.to_str()?.to_owned())))
            .collect::<Result<_, Box<dyn Error>>>()?;
        let body = response.bytes().await?;
        let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
        self.responses.push(Response {
            operation,
            case: format!("{operation}{}: {case}", self.query),
            status,
            headers,
            body: match serde_json::from_slice(&body) {
                _ if body.is_empty() => None,
                Ok(json) => Some(json),
                Err(_) => Some(text()),
            },
        });
        Ok(())
    }

    /// Sends every kind of request that an operation rejects.
    async fn rejections(&mut self, plain: &Request) -> Result<(), Box<dyn Error>> {
        for token in ["nobody", "no-role", "other", "blocked"] {
            self.call(token, &Request { token, ..plain.clone() }).await?;
        }
        for accept in ["application/json", "application/vnd.atlas.2022-01-01+json"] {
            self.call(accept, &Request { accept, ..plain.clone() }).await?;
        }
        for id in plain.path.split('/').filter(|part| part.len() == NOBODY.len()) {
            for other in [NOBODY, OTHER, "malformed"] {
                let path = plain.path.replace(id, other);
                let case = format!("{other} for {id}");
                self.call(&case, &Request { path, ..plain.clone() }).await?;
            }
        }
        for fault in [
            Fault::RateLimited { retry_after: Some(3) },
            Fault::UnexpectedError,
            Fault::Unauthorized,
            Fault::Forbidden,
        ] {
            let case = format!("{fault:?}");
            self.control().inject(FaultRule::new(fault).times(1));
            self.call(&case, plain).await?;
        }
        if let Some(body) = &plain.body {
            let other = Request { content_type: "text/plain", ..plain.clone() };
            self.call("text/plain", &other).await?;
            for (case, body) in malformed(&serde_json::from_str(body)?) {
                self.call(&case, &Request { body: Some(body), ..plain.clone() }).await?;
            }
        }
        Ok(())
    }

    /// Calls every operation with an exhausted rate limit.
    async fn limited(&mut self, fragment: &Value) -> Result<(), Box<dyn Error>> {
        let limit = RateLimit { capacity: 1, refill: 1, period_seconds: 60 };
        let scenario = Scenario {
            rate_limits: RateLimits { group: limit, org: limit, ..RateLimits::default() },
            ..self.simulator.scenario().clone()
        };
        let limited =
            Simulator::builder().scenario(scenario).clock(Clock::manual()).start().await?;
        let unlimited = std::mem::replace(&mut self.simulator, limited);
        for operation in operations::ALL {
            let plain = plain(fragment, operation);
            self.call("first", &plain).await?;
            self.call("beyond the limit", &older(fragment, &plain)).await?;
        }
        for _ in 0..2 {
            self.tokens().await?;
        }
        self.simulator = unlimited;
        Ok(())
    }

    /// Collects what the fragment does not describe: oversized bodies, and error pages of gateways.
    async fn undocumented(&mut self, plain: &Request) -> Result<(), Box<dyn Error>> {
        let large = Request { body: Some(" ".repeat(1024 * 1024 + 1)), ..plain.clone() };
        self.call("too large", &large).await?;
        for fault in [
            Fault::RateLimited { retry_after: None },
            Fault::RateLimitedUntil { seconds: 5 },
            Fault::HtmlBadGateway,
            Fault::HtmlServiceUnavailable { retry_after: None },
            Fault::HtmlServiceUnavailable { retry_after: Some(5) },
        ] {
            let case = format!("{fault:?}");
            self.control().inject(FaultRule::new(fault).times(1));
            self.call(&case, plain).await?;
        }
        Ok(())
    }

    /// Calls every operation with every success, and with the errors that depend on earlier calls.
    async fn journey(&mut self, fragment: &Value) -> Result<(), Box<dyn Error>> {
        let request = |operation| plain(fragment, operation);
        let unlink = request(&operations::DELETE_ORG_LIVE_MIGRATION_LINK_TOKENS);
        self.call("no link", &unlink).await?;
        self.call("link", &request(&operations::CREATE_ORG_LIVE_MIGRATION_LINK_TOKEN)).await?;
        self.call("list", &request(&operations::LIST_ORG_LIVE_MIGRATION_AVAILABLE_PROJECTS))
            .await?;
        self.call("unlink", &unlink).await?;
        self.call("link", &request(&operations::CREATE_ORG_LIVE_MIGRATION_LINK_TOKEN)).await?;
        for operation in
            [&operations::VALIDATE_GROUP_LIVE_MIGRATIONS, &operations::CREATE_GROUP_LIVE_MIGRATION]
        {
            let newer = request(operation);
            self.call("newer version", &newer).await?;
            let body = Some(body(fragment, operation, OLDER));
            let older = Request { accept: OLDER, content_type: OLDER, body, ..newer };
            self.call("older version", &older).await?;
        }
        self.call("active", &unlink).await?;
        let status = request(&operations::GET_GROUP_LIVE_MIGRATION_VALIDATE_STATUS);
        self.call("finished", &status).await?;
        let made = self.responses.iter().rev().find_map(|response| {
            let is_validation = response.operation == "validateGroupLiveMigrations";
            let id = response.body.as_ref().filter(|_| is_validation)?.get("_id")?;
            id.as_str().map(str::to_owned)
        });
        let path = status.path.replace("507f1f77bcf86cd799439011", &made.unwrap_or_default());
        self.call("started", &Request { path, ..status.clone() }).await?;
        let path = status.path.replace("507f1f77bcf86cd799439011", FAILED);
        self.call("failed", &Request { path, ..status }).await?;

        let get = request(&operations::GET_GROUP_LIVE_MIGRATION);
        let cut_over = request(&operations::CUTOVER_GROUP_LIVE_MIGRATION);
        self.call("new", &get).await?;
        self.call("too early", &cut_over).await?;
        for (stage, seconds) in [("working", 120), ("ready", 3_700)] {
            self.control().advance(Duration::from_secs(seconds))?;
            self.call(stage, &get).await?;
        }
        self.call("ready", &cut_over).await?;
        self.call("twice", &cut_over).await?;
        self.call("cutting over", &get).await?;
        self.control().advance(Duration::from_secs(600))?;
        self.call("complete", &get).await?;
        self.call("complete", &cut_over).await?;
        // A migration that nobody cuts over.
        self.control().advance(Duration::from_secs(130 * 3_600))?;
        let ready = self.simulator.scenario().ready_live_migration_id().unwrap_or_default();
        let path = get.path.replace("6296fb4c7c7aa997cf94e9a8", ready);
        self.call("expired", &Request { path, ..get }).await?;
        Ok(())
    }
}

/// Returns bodies that the service rejects: empty, malformed, with an unknown member, and for each member
/// without it, with null, and with another type.
fn malformed(example: &Value) -> Vec<(String, String)> {
    let mut all = vec![
        ("no body".to_owned(), String::new()),
        ("no JSON".to_owned(), "{".to_owned()),
        ("an array".to_owned(), "[]".to_owned()),
    ];
    let mut add =
        |case: &str, at: &str, body: &Value| all.push((format!("{case} {at}"), body.to_string()));
    let mut more = example.clone();
    more["unknownMember"] = json!(1);
    add("more", "", &more);
    for (at, _) in places(example) {
        let Some((parent, name)) = at.rsplit_once('/') else { continue };
        let mut changed = example.clone();
        if let Some(members) = changed.pointer_mut(parent).and_then(Value::as_object_mut) {
            members.remove(name);
            add("without", &at, &changed);
        }
        for other in [json!(null), json!(7), json!("CARRIER_PIGEON"), json!({ "x": 1 })] {
            let mut changed = example.clone();
            if let Some(place) = changed.pointer_mut(&at) {
                *place = other.clone();
            }
            add(&format!("{other} for"), &at, &changed);
        }
    }
    all
}
