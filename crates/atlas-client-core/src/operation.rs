//! [`Operation`]: the rows of a generated operation table, and the OAuth operations.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Request, Url};

/// An operation of the Atlas Administration API, as the OpenAPI document defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the columns of a table, independent of each other"
)]
#[non_exhaustive]
pub struct Operation {
    /// The `operationId`.
    pub id: &'static str,
    /// The HTTP method in upper case.
    pub method: &'static str,
    /// The path template, such as `/api/atlas/v2/groups/{groupId}`.
    pub path: &'static str,
    /// The parameters in the path, the query and headers.
    pub parameters: &'static [Parameter],
    /// The `Accept` header: the media type of a successful response, with its version date.
    pub accept: &'static str,
    /// The `Content-Type` header of the request body, if there is one.
    pub content_type: Option<&'static str>,
    /// The HTTP statuses that the document lists.
    pub statuses: &'static [u16],
    /// The roles. The credential needs one of them.
    pub roles: &'static [&'static str],
    /// Whether the operation or the used version is deprecated.
    pub deprecated: bool,
    /// The day after which the service no longer supports this version, as `YYYY-MM-DD`.
    pub sunset: Option<&'static str>,
    /// Whether the response is a stream of bytes. The limit on bodies does not apply to streams.
    pub streaming: bool,
    /// Whether a successful response may have no body, which is decoded as `null`.
    pub body_optional: bool,
    /// Whether the request may be retried if the service may have received it.
    pub idempotent: bool,
}

/// Constructors of the operation table. The default values are empty, absent or `false`.
impl Operation {
    /// Creates an operation that accepts `application/json` and is idempotent if it [is safe](Self::is_safe).
    pub const fn new(id: &'static str, method: &'static str, path: &'static str) -> Self {
        Self {
            id,
            method,
            path,
            parameters: &[],
            accept: "application/json",
            content_type: None,
            statuses: &[],
            roles: &[],
            deprecated: false,
            sunset: None,
            streaming: false,
            body_optional: false,
            idempotent: matches!(method.as_bytes(), b"GET" | b"HEAD" | b"OPTIONS"),
        }
    }

    /// Sets [`parameters`](Self::parameters).
    #[must_use]
    pub const fn with_parameters(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Sets [`accept`](Self::accept).
    #[must_use]
    pub const fn with_accept(mut self, media_type: &'static str) -> Self {
        self.accept = media_type;
        self
    }

    /// Sets [`content_type`](Self::content_type).
    #[must_use]
    pub const fn with_content_type(mut self, media_type: &'static str) -> Self {
        self.content_type = Some(media_type);
        self
    }

    /// Sets [`statuses`](Self::statuses).
    #[must_use]
    pub const fn with_statuses(mut self, statuses: &'static [u16]) -> Self {
        self.statuses = statuses;
        self
    }

    /// Sets [`roles`](Self::roles).
    #[must_use]
    pub const fn with_roles(mut self, roles: &'static [&'static str]) -> Self {
        self.roles = roles;
        self
    }

    /// Sets [`deprecated`](Self::deprecated).
    #[must_use]
    pub const fn with_deprecated(mut self, deprecated: bool) -> Self {
        self.deprecated = deprecated;
        self
    }

    /// Sets [`sunset`](Self::sunset).
    #[must_use]
    pub const fn with_sunset(mut self, day: &'static str) -> Self {
        self.sunset = Some(day);
        self
    }

    /// Sets [`streaming`](Self::streaming).
    #[must_use]
    pub const fn with_streaming(mut self, streaming: bool) -> Self {
        self.streaming = streaming;
        self
    }

    /// Sets [`body_optional`](Self::body_optional).
    #[must_use]
    pub const fn with_body_optional(mut self, body_optional: bool) -> Self {
        self.body_optional = body_optional;
        self
    }

    /// Sets [`idempotent`](Self::idempotent).
    #[must_use]
    pub const fn with_idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }
}

impl Operation {
    /// Returns whether the operation only reads.
    pub fn is_safe(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS")
    }

    /// Returns whether a request path matches the template and has a value for each parameter.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        // Most templates need no encoding.
        matches_template(self.path, path) || matches_template(&url_encoded(self.path), path)
    }

    /// Sets the headers of the operation's version.
    pub(crate) fn prepare(&self, request: &mut Request) {
        let content_type = self.content_type.filter(|_| request.body().is_some());
        for (name, value) in [(ACCEPT, Some(self.accept)), (CONTENT_TYPE, content_type)] {
            // `from_static` would panic at an invalid character.
            let value = value.map(|value| Bytes::from_static(value.as_bytes()));
            if let Some(Ok(value)) = value.map(HeaderValue::from_maybe_shared) {
                request.headers_mut().insert(name, value);
            }
        }
    }

    /// Returns whether the operation has a query parameter with this name.
    pub fn has_query_parameter(&self, name: &str) -> bool {
        self.parameters
            .iter()
            .any(|known| known.location == ParameterLocation::Query && known.name == name)
    }
}

/// Encodes the parts of a template that are not parameters as a URL does.
fn url_encoded(template: &str) -> Cow<'_, str> {
    let Ok(mut url) = Url::parse("http://template/") else {
        return Cow::Borrowed(template);
    };
    url.set_path(&template.replace('\\', "%5C"));
    Cow::Owned(url.path().replace("%7B", "{").replace("%7D", "}"))
}

/// Returns whether a path matches a template and has a value for each parameter.
fn matches_template(template: &str, path: &str) -> bool {
    let Some((before, rest)) = template.split_once('{') else {
        return template == path;
    };
    let (Some((_, after)), Some(path)) = (rest.split_once('}'), path.strip_prefix(before)) else {
        return false;
    };
    // A value ends with its segment, or earlier if the segment goes on. It may contain the text that follows it, so try
    // each end.
    let longest = path.find('/').unwrap_or(path.len());
    let mut ends = (1..=longest).rev();
    ends.any(|end| path.get(end..).is_some_and(|path| matches_template(after, path)))
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.id, self.method, self.path)
    }
}

/// A parameter of an [`Operation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name in the document.
    pub name: &'static str,
    /// The part of the request that contains the parameter.
    pub location: ParameterLocation,
    /// Whether the parameter must be given.
    pub required: bool,
}

impl Parameter {
    /// Creates a path parameter, which is always required.
    pub const fn path(name: &'static str) -> Self {
        Self { name, location: ParameterLocation::Path, required: true }
    }

    /// Creates an optional query parameter.
    pub const fn query(name: &'static str) -> Self {
        Self { name, location: ParameterLocation::Query, required: false }
    }

    /// Creates an optional header parameter.
    pub const fn header(name: &'static str) -> Self {
        Self { name, location: ParameterLocation::Header, required: false }
    }

    /// Sets [`required`](Self::required).
    #[must_use]
    pub const fn with_required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }
}

/// The part of a request that contains a [`Parameter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterLocation {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
}

/// Requests a bearer token. The document does not list it.
pub(crate) static TOKEN_OPERATION: Operation = oauth("createToken", "/api/oauth/token");

/// Revokes a bearer token. The document does not list it.
pub(crate) static REVOKE_OPERATION: Operation = oauth("revokeToken", "/api/oauth/revoke");

const fn oauth(id: &'static str, path: &'static str) -> Operation {
    Operation::new(id, "POST", path)
        .with_content_type("application/x-www-form-urlencoded")
        .with_statuses(&[200, 400, 401, 403, 429, 500])
        .with_idempotent(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_its_template_only_with_a_value_for_each_parameter() {
        for (template, path, has_path) in [
            ("/groups/{id}/clusters/{name}", "/groups/1/clusters/a%2Fb", true),
            ("/groups/{id}/clusters/{name}", "/groups/1/clusters/", false),
            ("/groups/{id}/clusters/{name}", "/groups/1/", false),
            ("/groups/{id}/clusters/{name}", "/groups//clusters/x", false),
            ("/groups/{id}/clusters/{name}", "/clusters/x", false),
            ("/groups/{id}/clusters/{name}", "/groups/1/other/x", false),
            ("/groups/", "/groups/", true),
            ("/groups/", "/groups", false),
            ("/files/{name}.json", "/files/a.b.json", true),
            ("/files/{name}.json", "/files/.json", false),
            ("/files/{name}:{verb}", "/files/a:b:c", true),
            ("/files/{name}:{verb}", "/files/a:", false),
            ("/", "/", true),
            // URL encoding.
            ("/Ünï code/{naïve}", "/%C3%9Cn%C3%AF%20code/x", true),
            ("/Ünï code/{naïve}", "/%C3%9Cn%C3%AF%20code/", false),
            ("/a\\b/./c/{d}", "/a%5Cb/c/x", true),
            ("/.well-known/{x}", "/.well-known/y", true),
        ] {
            let operation = Operation::new("test", "GET", template);
            assert_eq!(operation.has_path(path), has_path, "{template} {path}");
        }
    }
}
