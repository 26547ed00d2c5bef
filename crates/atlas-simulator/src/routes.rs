//! The route table, read from the OpenAPI fragment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use http::{HeaderValue, Method};
use serde_json::{Map, Value};

use crate::oauth::Endpoint;
use crate::operations::{self, Handler};
use crate::query;
use crate::version::Version;

const FRAGMENT: &str = include_str!("../../../openapi/live-migrations.json");

/// Every path that is known, the more literal of two before the other.
#[derive(Debug)]
pub(crate) struct Routes(Vec<Path>);

/// A path and what can be done on it.
#[derive(Debug)]
struct Path {
    segments: Vec<Segment>,
    operations: Vec<Operation>,
    allow: HeaderValue,
}

/// The order puts literals before parameters.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
}

/// An operation, with what never changes about its answers.
pub(crate) struct Operation {
    pub(crate) id: Arc<str>,
    pub(crate) method: Method,
    /// The content type of a success, by the version that serves it.
    pub(crate) versions: BTreeMap<Version, HeaderValue>,
    pub(crate) takes_envelope: bool,
    pub(crate) takes_pretty: bool,
    pub(crate) java_method: HeaderValue,
    pub(crate) handler: Handler,
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The values of a path's parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The value, empty where the path has no such parameter.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// Where a request leads.
#[derive(Debug)]
pub(crate) enum Route<'a> {
    Operation(&'a Operation, Parameters),
    /// The token endpoint or the one that revokes, which the fragment does not describe.
    Token(Endpoint),
    /// The path is known, and the client asks what can be done on it.
    Options {
        allow: &'a HeaderValue,
    },
    /// The path is known, the method is not.
    OtherMethod {
        allow: &'a HeaderValue,
    },
    Unknown,
}

impl<'a> Route<'a> {
    pub(crate) fn operation(&self) -> Option<&'a Operation> {
        match self {
            Self::Operation(operation, _) => Some(operation),
            _ => None,
        }
    }

    /// The id that faults and records know the request's goal by.
    pub(crate) fn operation_id(&self) -> Option<Arc<str>> {
        match self {
            Self::Operation(operation, _) => Some(Arc::clone(&operation.id)),
            Self::Token(endpoint) => Some(endpoint.operation_id().into()),
            _ => None,
        }
    }
}

/// What can be done at the token endpoint and at the one that revokes.
static POST_ONLY: HeaderValue = HeaderValue::from_static("POST,OPTIONS");

impl Routes {
    /// The table of the fragment that is built in.
    pub(crate) fn built_in() -> Result<Self, FragmentError> {
        Self::parse(FRAGMENT)
    }

    fn parse(fragment: &str) -> Result<Self, FragmentError> {
        let fragment: Value =
            serde_json::from_str(fragment).map_err(|error| FragmentError(error.to_string()))?;
        let paths = object(&fragment, "/paths")?;
        let mut paths = paths
            .iter()
            .map(|(template, item)| path(&fragment, template, item))
            .collect::<Result<Vec<_>, _>>()?;
        paths.sort_by(|a, b| a.segments.cmp(&b.segments));
        Ok(Self(paths))
    }

    /// Finds the route of a request. `HEAD` goes where `GET` goes.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Route<'_> {
        if let Some(endpoint) = Endpoint::of_path(path) {
            return match *method {
                Method::POST => Route::Token(endpoint),
                Method::OPTIONS => Route::Options { allow: &POST_ONLY },
                _ => Route::OtherMethod { allow: &POST_ONLY },
            };
        }
        let found = self.0.iter().find_map(|known| Some((known, known.matches(path)?)));
        let Some((path, parameters)) = found else {
            return Route::Unknown;
        };
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        match path.operations.iter().find(|operation| operation.method == wanted) {
            Some(operation) => Route::Operation(operation, parameters),
            None if method == Method::OPTIONS => Route::Options { allow: &path.allow },
            None => Route::OtherMethod { allow: &path.allow },
        }
    }
}

impl Path {
    fn matches(&self, path: &str) -> Option<Parameters> {
        let mut parameters = Parameters::default();
        let mut parts = path.strip_prefix('/')?.split('/');
        for segment in &self.segments {
            let part = parts.next()?;
            match segment {
                Segment::Literal(literal) if literal == part => {}
                Segment::Literal(_) => return None,
                Segment::Parameter(_) if part.is_empty() => return None,
                Segment::Parameter(name) => {
                    parameters.0.push((name.clone(), query::decode(part)));
                }
            }
        }
        parts.next().is_none().then_some(parameters)
    }
}

/// What is wrong with the fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentError(String);

impl fmt::Display for FragmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FragmentError {}

fn object<'a>(value: &'a Value, pointer: &str) -> Result<&'a Map<String, Value>, FragmentError> {
    let found = value.pointer(pointer).and_then(Value::as_object);
    found.ok_or_else(|| FragmentError(format!("there is no object at {pointer}")))
}

fn path(fragment: &Value, template: &str, item: &Value) -> Result<Path, FragmentError> {
    let segments = template.trim_start_matches('/').split('/').map(|part| {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => Segment::Parameter(name.to_owned()),
            None => Segment::Literal(part.to_owned()),
        }
    });
    let methods = [Method::POST, Method::GET, Method::PUT, Method::PATCH, Method::DELETE];
    let operations = methods
        .into_iter()
        .filter_map(|method| Some((item.get(method.as_str().to_ascii_lowercase())?, method)))
        .map(|(description, method)| operation(fragment, description, method))
        .collect::<Result<Vec<_>, _>>()?;
    let names = operations.iter().map(|operation| operation.method.as_str());
    let allow = header(&names.chain(["OPTIONS"]).collect::<Vec<_>>().join(","))?;
    Ok(Path { segments: segments.collect(), operations, allow })
}

fn operation(
    fragment: &Value,
    description: &Value,
    method: Method,
) -> Result<Operation, FragmentError> {
    let id = description["operationId"].as_str().unwrap_or_default();
    let Some(handler) = operations::handler(id) else {
        return Err(FragmentError(format!("the operation {id:?} is not simulated")));
    };
    let mut versions = BTreeMap::new();
    for (status, response) in object(description, "/responses")? {
        let content = resolve(fragment, response)["content"].as_object();
        let media_types = content.into_iter().flat_map(Map::keys);
        for media_type in media_types.filter(|_| status.starts_with('2')) {
            if let Some(version) = Version::of_media_type(media_type) {
                versions.insert(version, header(&format!("{media_type};charset=utf-8"))?);
            }
        }
    }
    if versions.is_empty() {
        return Err(FragmentError(format!("the operation {id:?} has no version")));
    }
    let parameters = description["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let takes = |name: &str| {
        let mut parameters = parameters.iter().map(|parameter| resolve(fragment, parameter));
        parameters.any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
    };
    Ok(Operation {
        takes_envelope: takes("envelope"),
        takes_pretty: takes("pretty"),
        java_method: header(&format!("SyntheticResource::{id}"))?,
        id: id.into(),
        method,
        versions,
        handler,
    })
}

/// Follows a `$ref` into the fragment.
fn resolve<'a>(fragment: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| fragment.pointer(pointer)).unwrap_or(value)
}

fn header(value: &str) -> Result<HeaderValue, FragmentError> {
    HeaderValue::from_str(value).map_err(|_| FragmentError(format!("{value:?} is no header value")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/api/atlas/v2/groups/g/liveMigrations/m";

    fn found(routes: &Routes, method: &Method, path: &str) -> String {
        match routes.find(method, path) {
            Route::Operation(operation, parameters) => {
                format!("{} {:?}", operation.id, parameters.0)
            }
            Route::Token(endpoint) => endpoint.operation_id().to_owned(),
            Route::Options { allow } => format!("options {}", allow.to_str().unwrap()),
            Route::OtherMethod { allow } => format!("only {}", allow.to_str().unwrap()),
            Route::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn every_operation_of_the_fragment_is_simulated() {
        let routes = Routes::built_in().unwrap();
        let operations: Vec<_> = routes.0.iter().flat_map(|path| &path.operations).collect();
        assert!(!operations.is_empty());
        let operation = routes.find(&Method::GET, GROUP).operation().unwrap();
        assert_eq!(&*operation.id, "getGroupLiveMigration");
        let content_types: Vec<_> = operation.versions.values().collect();
        assert_eq!(content_types, ["application/vnd.atlas.2023-01-01+json;charset=utf-8"]);
        assert!(operation.takes_envelope && operation.takes_pretty);
    }

    #[test]
    fn methods_and_paths_are_told_apart() {
        let routes = Routes::built_in().unwrap();
        let get = r#"getGroupLiveMigration [("groupId", "g"), ("liveMigrationId", "m")]"#;
        assert_eq!(found(&routes, &Method::GET, GROUP), get);
        assert_eq!(found(&routes, &Method::HEAD, GROUP), get);
        assert_eq!(found(&routes, &Method::OPTIONS, GROUP), "options GET,OPTIONS");
        assert_eq!(found(&routes, &Method::DELETE, GROUP), "only GET,OPTIONS");
        assert_eq!(found(&routes, &Method::POST, "/api/oauth/token"), "createToken");
        assert_eq!(found(&routes, &Method::POST, "/api/oauth/revoke"), "revokeToken");
        assert_eq!(found(&routes, &Method::GET, "/api/oauth/token"), "only POST,OPTIONS");
        assert_eq!(found(&routes, &Method::OPTIONS, "/api/oauth/token"), "options POST,OPTIONS");
        for path in [
            "/",
            "*",
            "",
            "/api/oauth",
            "/api/oauth/token/",
            "/api/atlas/v2/groups/g/liveMigrations/",
        ] {
            assert_eq!(found(&routes, &Method::GET, path), "unknown", "{path}");
        }
        assert_eq!(found(&routes, &Method::GET, &format!("{GROUP}/x")), "unknown");
        assert_eq!(found(&routes, &Method::GET, &format!("/x{GROUP}")), "unknown");
    }

    #[test]
    fn a_literal_segment_goes_before_a_parameter() {
        let operation = r#"{"operationId": "getGroupLiveMigration", "responses":
            {"200": {"content": {"application/vnd.atlas.2023-01-01+json": {}}}}}"#;
        let fragment = format!(
            r#"{{"paths": {{"/a/{{b}}": {{"get": {operation}}}, "/a/b": {{"put": {operation}}}}}}}"#
        );
        let routes = Routes::parse(&fragment).unwrap();
        assert_eq!(found(&routes, &Method::GET, "/a/b"), "only PUT,OPTIONS");
        let decoded = r#"getGroupLiveMigration [("b", "b/c")]"#;
        assert_eq!(found(&routes, &Method::GET, "/a/b%2Fc"), decoded);
    }

    #[test]
    fn an_operation_that_is_not_simulated_is_refused() {
        let refused = |fragment: &str| Routes::parse(fragment).unwrap_err().to_string();
        let unknown = r#"{"paths": {"/a": {"get": {"operationId": "getNothing"}}}}"#;
        assert_eq!(refused(unknown), r#"the operation "getNothing" is not simulated"#);
        let id = r#""operationId": "getGroupLiveMigration""#;
        let bare = format!(r#"{{"paths": {{"/a": {{"get": {{{id}, "responses": {{}}}}}}}}}}"#);
        assert_eq!(refused(&bare), r#"the operation "getGroupLiveMigration" has no version"#);
        assert_eq!(refused("{}"), "there is no object at /paths");
    }
}
