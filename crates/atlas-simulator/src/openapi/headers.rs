//! The headers that the simulator's answers carry, each where it may stand.

use serde_json::{Value, json};

use super::{members, responses};
use crate::fragment::FragmentError;

/// What each header says and what its value is; those of the fragment aside.
const HEADERS: [(&str, &str, &str); 17] = [
    ("Authentication-Info", "What the service says to a digest.", "string"),
    ("Content-Encoding", "How the body is compressed, where the client asked for it.", "string"),
    ("Deprecation", "Since when there is a newer version of the operation.", "string"),
    ("Referrer-Policy", "What a browser tells other sites.", "string"),
    ("Server", "The service.", "string"),
    ("Strict-Transport-Security", "For how long a browser has to use TLS.", "string"),
    ("Sunset", "When this version of the operation ends.", "string"),
    ("Vary", "Which of the request's headers the answer depends on.", "string"),
    ("WWW-Authenticate", "The digest challenge, where the credential is not known.", "string"),
    ("X-Content-Type-Options", "That a browser must not guess the type.", "string"),
    ("X-Envoy-Upstream-Service-Time", "How many milliseconds the service took.", "integer"),
    ("X-Error-Code", "The errorCode of the body.", "string"),
    ("X-Frame-Options", "That a browser must not frame the answer.", "string"),
    ("X-Java-Method", "What of the service dealt with the request.", "string"),
    ("X-Java-Version", "By what it ran.", "string"),
    ("X-MongoDB-Service-Version", "The version of the service.", "string"),
    ("X-Permitted-Cross-Domain-Policies", "That other sites have no say.", "string"),
];

/// Those that every answer of the application may carry.
const OF_EVERY: [&str; 15] = [
    "Authentication-Info",
    "Content-Encoding",
    "Deprecation",
    "Referrer-Policy",
    "Server",
    "Strict-Transport-Security",
    "Sunset",
    "Vary",
    "X-Content-Type-Options",
    "X-Envoy-Upstream-Service-Time",
    "X-Frame-Options",
    "X-Java-Method",
    "X-Java-Version",
    "X-MongoDB-Service-Version",
    "X-Permitted-Cross-Domain-Policies",
];

/// Adds the headers to every response.
pub(super) fn add(document: &mut Value) -> Result<(), FragmentError> {
    let known = members(document, "/components/headers")?;
    for (name, what, kind) in HEADERS {
        known.insert(component(name), json!({"description": what, "schema": {"type": kind}}));
    }
    if let Some(wait) = known.get_mut("RetryAfter") {
        let date =
            json!({"type": "string", "description": "An HTTP date, where a fault asks for it."});
        wait["schema"] = json!({"anyOf": [{"type": "integer", "minimum": 0}, date]});
    }
    for (name, response) in responses(document)? {
        let more: &[&str] = match name.as_str() {
            // A gateway before the service knows none of its headers.
            "badGateway" => continue,
            "serviceUnavailable" => {
                carry(response, "Retry-After");
                continue;
            }
            "unauthorized" => &["WWW-Authenticate", "X-Error-Code"],
            "contentTooLarge" => &[],
            "internalServerError" => &["RateLimit-Limit", "RateLimit-Remaining"],
            status if status.starts_with('2') => &["RateLimit-Limit", "RateLimit-Remaining"],
            _ => &["RateLimit-Limit", "RateLimit-Remaining", "X-Error-Code"],
        };
        for header in OF_EVERY.iter().chain(more) {
            carry(response, header);
        }
    }
    Ok(())
}

fn carry(response: &mut Value, header: &str) {
    response["headers"][header] =
        json!({"$ref": format!("#/components/headers/{}", component(header))});
}

/// The name of a header's component: as the fragment has it, without the hyphens.
fn component(header: &str) -> String {
    header.replace('-', "")
}
