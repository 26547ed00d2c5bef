//! What is known of an operation before it is called: the rows of a generated operation table.

use std::borrow::Cow;
use std::fmt;

use reqwest::Url;

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
    /// Whether calling the operation changes nothing in Atlas.
    pub fn is_safe(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS")
    }

    /// Whether a path, as it is sent, is one of this operation: its segments are those of the template, and
    /// each parameter has a value.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        let template = as_in_url(self.path);
        let (mut template, mut segments) = (template.split('/'), path.split('/'));
        loop {
            match (template.next(), segments.next()) {
                (None, None) => return true,
                (Some(template), Some(segment)) if fits(template, segment) => {}
                _ => return false,
            }
        }
    }

    /// Whether the operation takes a parameter of this name in the query.
    pub fn has_query_parameter(&self, name: &str) -> bool {
        self.parameters
            .iter()
            .any(|known| known.location == ParameterLocation::Query && known.name == name)
    }
}

/// A template as a URL spells what is not a parameter in it: most need no change.
fn as_in_url(template: &str) -> Cow<'_, str> {
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

/// Whether a segment is what a segment of a template stands for. Both are as the template spells them.
fn fits(template: &str, segment: &str) -> bool {
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
    // A value may have in it what follows the parameter: each end of one is tried.
    value.char_indices().skip(1).any(|(end, _)| fits(after, &value[end..]))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_segments_of_its_template_and_a_value_for_each_parameter() {
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
            // As a URL spells them.
            ("/Ünï code/{naïve}", "/%C3%9Cn%C3%AF%20code/x", true),
            ("/Ünï code/{naïve}", "/%C3%9Cn%C3%AF%20code/", false),
            ("/a\\b/./c/{d}", "/a%5Cb/c/x", true),
            ("/.well-known/{x}", "/.well-known/y", true),
        ] {
            let operation = Operation { path: template, ..crate::auth::TOKEN_OPERATION.clone() };
            assert_eq!(operation.has_path(path), has_path, "{template} {path}");
        }
    }
}
