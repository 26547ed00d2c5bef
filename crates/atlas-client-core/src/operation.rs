//! [`Operation`]: the rows of a generated operation table, and the OAuth operations.

use std::borrow::Cow;
use std::fmt;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Request, Url};

/// One operation of the Atlas Administration API, as the document that the client was generated
/// from states it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the columns of a table, independent of each other"
)]
pub struct Operation {
    /// The `operationId`, as the document spells it.
    pub id: &'static str,
    /// The HTTP method, in upper case.
    pub method: &'static str,
    /// The path with its parameters in braces, such as `/api/atlas/v2/groups/{groupId}`.
    pub path: &'static str,
    /// What may stand in the path, the query and the headers.
    pub parameters: &'static [Parameter],
    /// The `Accept` header: the media type of a successful answer, with its version date.
    pub accept: &'static str,
    /// The `Content-Type` header of the request's body, where it has one.
    pub content_type: Option<&'static str>,
    /// The HTTP statuses that the document lists.
    pub statuses: &'static [u16],
    /// The roles of which the credential needs one.
    pub roles: &'static [&'static str],
    /// Whether the document calls the operation, or the version of it that is used, deprecated.
    pub deprecated: bool,
    /// The day, as `YYYY-MM-DD`, after which the service no longer answers this version.
    pub sunset: Option<&'static str>,
    /// Whether the answer is handed on as a stream of bytes, outside the limit on bodies.
    pub streaming: bool,
    /// Whether a successful answer may have no body, which then reads as `null`.
    pub empty_is_null: bool,
    /// Whether the request may be sent again when it is not known whether it was received.
    pub repeatable: bool,
}

impl Operation {
    /// Returns whether the operation only reads.
    pub fn is_safe(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS")
    }

    /// Sets the headers of the operation's version.
    pub(crate) fn prepare(&self, request: &mut Request) {
        let content_type = self.content_type.filter(|_| request.body().is_some());
        for (name, value) in [(ACCEPT, Some(self.accept)), (CONTENT_TYPE, content_type)] {
            // `HeaderValue::from_static` panics on a character that a header cannot have.
            if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
                request.headers_mut().insert(name, value);
            }
        }
    }

    /// Returns whether a request path matches the template and has a value for each parameter.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        let template = url_encoded(self.path);
        let (mut template, mut segments) = (template.split('/'), path.split('/'));
        loop {
            match (template.next(), segments.next()) {
                (None, None) => return true,
                (Some(template), Some(segment)) if matches_segment(template, segment) => {}
                _ => return false,
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

/// Encodes the parts of a template that are not parameters as a URL does. Most need no change.
fn url_encoded(template: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`|[]".contains(&byte);
    if template.bytes().all(is_plain) && !template.contains("/.") {
        return Cow::Borrowed(template);
    }
    let Ok(mut url) = Url::parse("http://template/") else {
        return Cow::Borrowed(template);
    };
    url.set_path(&template.replace('\\', "%5C"));
    Cow::Owned(url.path().replace("%7B", "{").replace("%7D", "}"))
}

/// Returns whether a path segment matches a template segment.
fn matches_segment(template: &str, segment: &str) -> bool {
    let Some((before, rest)) = template.split_once('{') else {
        return template == segment;
    };
    let (Some((_, after)), Some(value)) = (rest.split_once('}'), segment.strip_prefix(before))
    else {
        return false;
    };
    if after.is_empty() {
        return !value.is_empty();
    }
    // The value may contain the text that follows the parameter, so try each end.
    value.char_indices().skip(1).any(|(end, _)| matches_segment(after, &value[end..]))
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.id, self.method, self.path)
    }
}

/// A parameter of an [`Operation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name, as the document spells it.
    pub name: &'static str,
    /// Where the parameter stands.
    pub location: ParameterLocation,
    /// Whether it must be given.
    pub required: bool,
}

/// Where a [`Parameter`] stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    Operation {
        id,
        method: "POST",
        path,
        parameters: &[],
        accept: "application/json",
        content_type: Some("application/x-www-form-urlencoded"),
        statuses: &[200, 400, 401, 403, 429, 500],
        roles: &[],
        deprecated: false,
        sunset: None,
        streaming: false,
        empty_is_null: false,
        repeatable: true,
    }
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
            // In the encoding of a URL.
            ("/Ünï code/{naïve}", "/%C3%9Cn%C3%AF%20code/x", true),
            ("/Ünï code/{naïve}", "/%C3%9Cn%C3%AF%20code/", false),
            ("/a\\b/./c/{d}", "/a%5Cb/c/x", true),
            ("/.well-known/{x}", "/.well-known/y", true),
        ] {
            let operation = Operation { path: template, ..TOKEN_OPERATION.clone() };
            assert_eq!(operation.has_path(path), has_path, "{template} {path}");
        }
    }
}
