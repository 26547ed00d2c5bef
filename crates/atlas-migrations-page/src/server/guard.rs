//! Checks every request before anything else sees it, and marks every response.

use std::{net::IpAddr, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use tokio::time::Instant;

use super::{
    gate::{Gate, GateAccess},
    site::Site,
    user::{Peer, User},
    wrong_tokens::Verdict,
};

/// Paths that tell nothing, which need no token.
const OPEN_PATHS: [&str; 2] = ["/healthz", "/readyz"];
const MAX_USER_CHARS: usize = 80;
/// Paths under which readers decide.
const DECIDE: &str = "/decide/";

/// Checks the method, the host and who reads.
pub async fn guard(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let mut response = match check(&site.gate, &request) {
        Ok(user) => {
            if let Some(user) = user {
                request.extensions_mut().insert(user);
            }
            next.run(request).await
        }
        Err(refused) => refused,
    };
    protect(response.headers_mut());
    response
}

#[allow(clippy::result_large_err, reason = "the error is the response, which is made once")]
fn check(gate: &Gate, request: &Request) -> Result<Option<User>, Response> {
    let posts = gate.decides && request.uri().path().starts_with(DECIDE);
    let is_allowed = match *request.method() {
        Method::GET | Method::HEAD => true,
        Method::POST => posts,
        _ => false,
    };
    if !is_allowed {
        let allow = [(header::ALLOW, if posts { "GET, HEAD, POST" } else { "GET, HEAD" })];
        let text = "this page is read-only: only GET is allowed\n";
        return Err((StatusCode::METHOD_NOT_ALLOWED, allow, text).into_response());
    }
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_allowed = |host: &str| is_allowed_host(gate, host);
    if !host.is_some_and(is_allowed)
        || request.uri().authority().is_some_and(|uri| !is_allowed(uri.as_str()))
    {
        let text = "this host name is not allowed: another site may have led the browser here\n\
                    hint: open the page by its IP address, or start the server with --allow-host NAME\n";
        return Err((StatusCode::MISDIRECTED_REQUEST, text).into_response());
    }
    if OPEN_PATHS.contains(&request.uri().path()) {
        return Ok(None);
    }
    match &gate.access {
        GateAccess::Open => Ok(None),
        GateAccess::Tokens(tokens) => {
            let given = headers.get(header::AUTHORIZATION).and_then(given_token);
            let given = given.ok_or_else(unauthorized)?;
            // What a header says of the address is not believed: whoever guesses would choose it.
            let address = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
            let address = address.unwrap_or(IpAddr::from([0; 4]));
            match tokens.judge(address, &given, Instant::now()) {
                (Verdict::LetIn, Some(token)) => {
                    let user = |name: &str| User { name: name.to_owned(), vouched_by: "a token" };
                    Ok(token.name().map(user))
                }
                (Verdict::TooMany(wait), _) => Err(too_many(wait)),
                _ => Err(unauthorized()),
            }
        }
        GateAccess::ProxyHeader(name) => {
            let user = headers.get(name).map(|user| String::from_utf8_lossy(user.as_bytes()));
            match user.filter(|user| !user.trim().is_empty()) {
                Some(user) => {
                    let name = user.trim().chars().take(MAX_USER_CHARS).collect();
                    Ok(Some(User { name, vouched_by: "the proxy" }))
                }
                None => {
                    let text = "the proxy in front of this server did not say who reads\n";
                    Err((StatusCode::UNAUTHORIZED, text).into_response())
                }
            }
        }
    }
}

/// Returns whether a host is one that no other site can have: a name that leads here by a foreign DNS server is refused.
fn is_allowed_host(gate: &Gate, host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.to_ascii_lowercase();
    name.parse::<IpAddr>().is_ok() || name == "localhost" || gate.hosts.contains(&name)
}

/// Returns the bearer token, or the password that a browser asked for.
fn given_token(header: &HeaderValue) -> Option<Vec<u8>> {
    let (scheme, value) = header.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().as_bytes().to_vec());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(value.trim()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    Some(decoded.get(colon + 1..)?.to_vec())
}

fn unauthorized() -> Response {
    let challenge = [
        (header::WWW_AUTHENTICATE, "Basic realm=\"atlas-migrations\", charset=\"UTF-8\""),
        (header::WWW_AUTHENTICATE, "Bearer realm=\"atlas-migrations\""),
    ];
    let text = "the token is missing or wrong; send it as bearer token, or as the password with any user name\n";
    (StatusCode::UNAUTHORIZED, axum::response::AppendHeaders(challenge), text).into_response()
}

fn too_many(wait: Duration) -> Response {
    let wait = wait.as_secs().saturating_add(1);
    let text = format!("too many wrong tokens came from this address; try again in {wait} s\n");
    let wait = [(header::RETRY_AFTER, wait.to_string())];
    (StatusCode::TOO_MANY_REQUESTS, wait, text).into_response()
}

/// Keeps browsers from storing, framing, sniffing and leaking responses.
fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // With `no-referrer`, browsers would not say where a form comes from either.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ));
}
