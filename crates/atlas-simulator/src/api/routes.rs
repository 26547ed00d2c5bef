//! The route table, read from the OpenAPI document.

use std::sync::Arc;

use http::{HeaderValue, Method};
use serde_json::Value;

use super::openapi::{OpenApiError, built_in, header, object};
use super::operation::Operation;
use crate::http::decode;
use crate::scenario::OperationId;

/// All known paths, literal segments before parameters.
#[derive(Debug)]
pub(crate) struct Routes(Vec<Path>);

/// A path and its operations.
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
    Parameter(Arc<str>),
}

/// The values of a path's parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PathParameters(Vec<(Arc<str>, String)>);

impl PathParameters {
    /// Returns the value, which is empty if the path has no such parameter.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| &**known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// The target of a request.
#[derive(Debug)]
pub(crate) enum Route<'a> {
    Operation(&'a Operation, PathParameters),
    /// The path is known and the method is `OPTIONS`.
    Options {
        allow: &'a HeaderValue,
    },
    /// The path is known and the method is not.
    MethodNotAllowed {
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

    pub(crate) fn operation_id(&self) -> Option<OperationId> {
        self.operation().map(|operation| operation.id)
    }

    /// Returns the names of the query parameters that the operation has.
    pub(crate) fn known_parameters(&self) -> &'static [&'static str] {
        if self.operation_id() == Some(OperationId::ListGroupClusters) {
            return &["envelope", "itemsPerPage", "pageNum", "pretty"];
        }
        let takes = |operation: &Operation| (operation.takes_envelope, operation.takes_pretty);
        match self.operation().map_or((false, false), takes) {
            (true, true) => &["envelope", "pretty"],
            (true, false) => &["envelope"],
            (false, true) => &["pretty"],
            (false, false) => &[],
        }
    }
}

impl Routes {
    /// Reads the routes of the built-in document.
    pub(crate) fn built_in() -> Result<Self, OpenApiError> {
        Self::read(&built_in()?)
    }

    fn read(document: &Value) -> Result<Self, OpenApiError> {
        let paths = object(document, "/paths")?;
        let mut paths = paths
            .iter()
            .map(|(template, item)| path(document, template, item))
            .collect::<Result<Vec<_>, _>>()?;
        paths.sort_by(|a, b| a.segments.cmp(&b.segments));
        Ok(Self(paths))
    }

    /// Finds the route of a request. `HEAD` has the routes of `GET`.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Route<'_> {
        let found = self.0.iter().find_map(|known| Some((known, known.matches(path)?)));
        let Some((path, parameters)) = found else {
            return Route::Unknown;
        };
        let effective = if method == Method::HEAD { &Method::GET } else { method };
        match path.operations.iter().find(|operation| operation.method == effective) {
            Some(operation) => Route::Operation(operation, parameters),
            None if method == Method::OPTIONS => Route::Options { allow: &path.allow },
            None => Route::MethodNotAllowed { allow: &path.allow },
        }
    }
}

impl Path {
    fn matches(&self, path: &str) -> Option<PathParameters> {
        let path = path.strip_prefix('/')?;
        let mut parts = path.split('/');
        let fit = self.segments.iter().all(|segment| match (segment, parts.next()) {
            (Segment::Literal(literal), Some(part)) => literal == part,
            (Segment::Parameter(_), Some(part)) => !part.is_empty(),
            (_, None) => false,
        });
        if !fit || parts.next().is_some() {
            return None;
        }
        let parts = self.segments.iter().zip(path.split('/'));
        let parameters = parts.filter_map(|(segment, part)| match segment {
            Segment::Literal(_) => None,
            Segment::Parameter(name) => Some((Arc::clone(name), decode(part))),
        });
        Some(PathParameters(parameters.collect()))
    }
}

fn path(document: &Value, template: &str, item: &Value) -> Result<Path, OpenApiError> {
    let segments = template.trim_start_matches('/').split('/').map(|part| {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => Segment::Parameter(name.into()),
            None => Segment::Literal(part.to_owned()),
        }
    });
    let methods = [Method::POST, Method::GET, Method::PUT, Method::PATCH, Method::DELETE];
    let operations = methods
        .into_iter()
        .filter_map(|method| Some((item.get(method.as_str().to_ascii_lowercase())?, method)))
        .map(|(description, method)| Operation::read(document, description, method))
        .collect::<Result<Vec<_>, _>>()?;
    let names = operations.iter().map(|operation| operation.method.as_str());
    let allow = header(&names.chain(["OPTIONS"]).collect::<Vec<_>>().join(","))?;
    Ok(Path { segments: segments.collect(), operations, allow })
}

#[cfg(test)]
mod tests {
    use super::super::operation::OperationVersion;
    use super::*;

    const GROUP: &str = "/api/atlas/v2/groups/g/liveMigrations/m";

    fn found(routes: &Routes, method: &Method, path: &str) -> String {
        match routes.find(method, path) {
            Route::Operation(operation, parameters) => {
                format!("{} {:?}", operation.id.as_str(), parameters.0)
            }
            Route::Options { allow } => format!("options {}", allow.to_str().unwrap()),
            Route::MethodNotAllowed { allow } => format!("only {}", allow.to_str().unwrap()),
            Route::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn every_operation_of_the_document_has_a_route() {
        let routes = Routes::built_in().unwrap();
        let operations = routes.0.iter().flat_map(|path| &path.operations);
        let mut found: Vec<_> = operations.map(summary).collect();
        found.sort_unstable();
        let both = "2023-01-01 until Thu, 30 May 2024, gone Thu, 1 Jul 2027; 2024-05-30";
        assert_eq!(
            found,
            [
                format!("createGroupLiveMigration POST OrgOwner ep 201 {both} body"),
                "createOrgLiveMigrationLinkToken POST OrgOwner ep 200 2023-01-01 body".to_owned(),
                "createToken POST OrgMember ep".to_owned(),
                "cutoverGroupLiveMigration PUT OrgOwner ep 202 2023-01-01".to_owned(),
                "deleteOrgLiveMigrationLinkTokens DELETE OrgOwner e 204 2023-01-01".to_owned(),
                "getGroupLiveMigration GET OrgMember ep 200 2023-01-01".to_owned(),
                "getGroupLiveMigrationValidateStatus GET OrgOwner e 200 2023-01-01".to_owned(),
                "listGroupClusters GET OrgMember ep 200 2024-08-05".to_owned(),
                "listOrgLiveMigrationAvailableProjects GET OrgOwner ep 200 2023-01-01".to_owned(),
                "revokeToken POST OrgMember ep".to_owned(),
                format!("validateGroupLiveMigrations POST OrgOwner ep 200 {both} body"),
            ]
        );
    }

    /// Describes an operation in a line.
    fn summary(operation: &Operation) -> String {
        let text = |value: &HeaderValue| {
            value.to_str().unwrap().trim_end_matches(" 00:00:00 GMT").to_owned()
        };
        let version = |version: &OperationVersion| {
            let content_type = text(&version.content_type);
            let date = content_type.strip_prefix("application/vnd.atlas.").unwrap();
            let date = date.strip_suffix("+json;charset=utf-8").unwrap().to_owned();
            match &version.deprecation {
                Some(deprecation) => {
                    let sunset = text(deprecation.sunset.as_ref().unwrap());
                    format!("{date} until {}, gone {sunset}", text(&deprecation.deprecation))
                }
                None => date,
            }
        };
        let Some(OperationVersion { success, body, .. }) = operation.versions.values().next()
        else {
            return format!("{} ep", head(operation));
        };
        let versions: Vec<_> = operation.versions.values().map(version).collect();
        let mut all = operation.versions.values();
        assert!(all.all(|version| version.body.is_some() == body.is_some()));
        format!(
            "{} {}{} {} {}{}",
            head(operation),
            if operation.takes_envelope { "e" } else { "" },
            if operation.takes_pretty { "p" } else { "" },
            success.as_u16(),
            versions.join("; "),
            if body.is_some() { " body" } else { "" },
        )
    }

    fn head(operation: &Operation) -> String {
        format!("{} {} {:?}", operation.id.as_str(), operation.method, operation.role)
    }

    #[test]
    fn methods_and_paths_are_distinguished() {
        let routes = Routes::built_in().unwrap();
        let get = r#"getGroupLiveMigration [("groupId", "g"), ("liveMigrationId", "m")]"#;
        assert_eq!(found(&routes, &Method::GET, GROUP), get);
        assert_eq!(found(&routes, &Method::HEAD, GROUP), get);
        assert_eq!(found(&routes, &Method::OPTIONS, GROUP), "options GET,OPTIONS");
        assert_eq!(found(&routes, &Method::DELETE, GROUP), "only GET,OPTIONS");
        let validate = GROUP.replace("/m", "/validate");
        let post = r#"validateGroupLiveMigrations [("groupId", "g")]"#;
        assert_eq!(found(&routes, &Method::POST, &validate), post);
        assert_eq!(found(&routes, &Method::GET, &validate), "only POST,OPTIONS");
        let link = "/api/atlas/v2/orgs/o/liveMigrations/linkTokens";
        assert_eq!(found(&routes, &Method::GET, link), "only POST,DELETE,OPTIONS");
        assert_eq!(found(&routes, &Method::POST, "/api/oauth/token"), "createToken []");
        assert_eq!(found(&routes, &Method::POST, "/api/oauth/revoke"), "revokeToken []");
        assert_eq!(found(&routes, &Method::GET, "/api/oauth/token"), "only POST,OPTIONS");
        assert_eq!(found(&routes, &Method::OPTIONS, "/api/oauth/token"), "options POST,OPTIONS");
        for path in [
            "/",
            "*",
            "",
            "/api/oauth",
            "/api/oauth/token/",
            "/api/atlas/v2/groups/g/liveMigrations/",
            "/api/atlas/v2/orgs/o/liveMigrations",
        ] {
            assert_eq!(found(&routes, &Method::GET, path), "unknown", "{path}");
        }
        assert_eq!(found(&routes, &Method::GET, &format!("{GROUP}/x")), "unknown");
        assert_eq!(found(&routes, &Method::GET, &format!("/x{GROUP}")), "unknown");
    }

    #[test]
    fn a_literal_segment_precedes_a_parameter() {
        let operation = r#"{"operationId": "getGroupLiveMigration", "responses":
            {"200": {"content": {"application/vnd.atlas.2023-01-01+json": {}}}}}"#;
        let fragment = format!(
            r#"{{"paths": {{"/a/{{b}}": {{"get": {operation}}}, "/a/b": {{"put": {operation}}}}}}}"#
        );
        let routes = Routes::read(&serde_json::from_str(&fragment).unwrap()).unwrap();
        assert_eq!(found(&routes, &Method::GET, "/a/b"), "only PUT,OPTIONS");
        let decoded = r#"getGroupLiveMigration [("b", "b/c")]"#;
        assert_eq!(found(&routes, &Method::GET, "/a/b%2Fc"), decoded);
    }

    #[test]
    fn unsupported_operations_are_refused() {
        let refused = |document: &str| {
            Routes::read(&serde_json::from_str(document).unwrap()).unwrap_err().to_string()
        };
        let unknown = r#"{"paths": {"/a": {"get": {"operationId": "getNothing"}}}}"#;
        assert_eq!(refused(unknown), r#"the operation "getNothing" is not simulated"#);
        let id = r#""operationId": "getGroupLiveMigration""#;
        let bare = format!(r#"{{"paths": {{"/a": {{"get": {{{id}, "responses": {{}}}}}}}}}}"#);
        assert_eq!(refused(&bare), r#"the operation "getGroupLiveMigration" has no version"#);
        let response =
            r#""responses": {"200": {"content": {"application/vnd.atlas.2023-01-01+json": {}}}}"#;
        let with = |more: &str| {
            refused(&format!(r#"{{"paths": {{"/a": {{"post": {{{id}, {response}, {more}}}}}}}}}"#))
        };
        let king = with(r#""x-rolesRequirements": ["Organization King"]"#);
        assert_eq!(king, r#"the role "Organization King" is not simulated"#);
        let other =
            with(r#""requestBody": {"content": {"application/vnd.atlas.2024-01-01+json": {}}}"#);
        assert_eq!(other, "a version has a response and no request");
        assert_eq!(refused("{}"), "there is no object at /paths");
    }
}
