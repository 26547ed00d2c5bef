//! The walk over the operations of a document, and which of its names are keywords.
//!
//! A property may be named `description`, and an example may contain a `$ref` that is not a reference: [`part`]
//! distinguishes them.

use serde_json::{Map, Value};

use super::pointer::Pointer;
use super::problem::Problem;
use super::references::{self, Located};

/// The methods that a path may have.
pub const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What the value of a keyword is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An object whose members are keywords, or a list of such, or a plain value.
    Keywords,
    /// An object whose members have names that the author gave.
    Names,
    /// Data, or an unknown extension.
    Data,
}

/// Returns what the value of a keyword is.
pub fn part(keyword: &str, value: &Value) -> Part {
    match keyword {
        "callbacks" | "content" | "definitions" | "encoding" | "examples" | "headers" | "links"
        | "mapping" | "parameters" | "paths" | "patternProperties" | "properties"
        | "requestBodies" | "responses" | "schemas" | "scopes" | "securitySchemes"
        | "variables"
            if value.is_object() =>
        {
            Part::Names
        }
        "const" | "default" | "enum" | "example" | "required" | "security" | "value" => Part::Data,
        "x-observed" => Part::Keywords,
        extension if extension.starts_with("x-") => Part::Data,
        _ => Part::Keywords,
    }
}

/// An operation, and where it is. Its methods follow every `$ref` of parameters, bodies and responses.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    document: &'a Value,
    pub path: &'a str,
    pub method: &'static str,
    /// The operation.
    pub at: Pointer,
    pub members: &'a Map<String, Value>,
    /// The path item of the operation.
    pub item: Located<'a>,
}

/// Returns the operations of a document in its order. One that cannot be read is a problem.
pub fn sites(document: &Value) -> Vec<Result<Site<'_>, Problem>> {
    let paths_at = Pointer::default().to("paths");
    let mut found = Vec::new();
    match document.get("paths") {
        None => found.push(Err(Problem::new(&paths_at, "there are no paths"))),
        Some(Value::Object(paths)) => {
            for (path, item) in paths.iter().filter(|(path, _)| !is_extension(path)) {
                found.extend(of_item(document, path, &paths_at.to(path), item));
            }
        }
        Some(_) => found.push(Err(Problem::new(&paths_at, "this is not a JSON object"))),
    }
    found
}

/// Returns the operations of a path.
fn of_item<'a>(
    document: &'a Value,
    path: &'a str,
    at: &Pointer,
    item: &'a Value,
) -> Vec<Result<Site<'a>, Problem>> {
    let item = match item_of(document, path, at, item) {
        Ok(item) => item,
        Err(problem) => return vec![Err(problem)],
    };
    let mut found = Vec::new();
    for name in item.members.keys() {
        if METHODS.contains(&name.to_lowercase().as_str()) && !METHODS.contains(&name.as_str()) {
            let message = format!("`{name}` is not a method: OpenAPI writes methods in lower case");
            found.push(Err(Problem::new(&item.at.to(name), message)));
        }
    }
    for &method in METHODS {
        let Some(operation) = item.members.get(method) else { continue };
        let located = references::object(document, &item.at.to(method), operation);
        let item = item.clone();
        let site = |Located { at, members }| Site { document, path, method, at, members, item };
        found.push(located.map(site));
    }
    found
}

/// Returns a path item, or the one that it refers to.
fn item_of<'a>(
    document: &'a Value,
    path: &str,
    at: &Pointer,
    item: &'a Value,
) -> Result<Located<'a>, Problem> {
    if !path.starts_with('/') {
        return Err(Problem::new(at, "expected a path that begins with a slash"));
    }
    let beside = item.as_object().into_iter().flatten();
    let mut beside = beside.filter(|(name, _)| *name != "$ref" && !is_extension(name));
    if item.get("$ref").is_some() && beside.any(|(name, _)| !DESCRIBES.contains(&name.as_str())) {
        return Err(Problem::new(
            &at.to("$ref"),
            "a `$ref` beside other members is undefined in OpenAPI 3.0: write out the path item",
        ));
    }
    references::object(document, at, item)
}

/// Members that are prose.
const DESCRIBES: &[&str] = &["summary", "description"];

/// Returns whether a name is that of an extension.
pub fn is_extension(name: &str) -> bool {
    name.starts_with("x-")
}

impl<'a> Site<'a> {
    /// Returns the `operationId`, or otherwise method and path.
    pub fn id(&self) -> String {
        id_of(self.path, self.method, self.members)
    }

    /// Returns the parameters of the operation and of its path. The operation overrides parameters of the path with the
    /// same name and location.
    ///
    /// # Errors
    ///
    /// A parameter cannot be followed, or has no `name` or no `in`.
    pub fn parameters(&self) -> Result<Vec<Located<'a>>, Problem> {
        let mut all: Vec<Located<'a>> = Vec::new();
        for (at, members) in [(&self.item.at, self.item.members), (&self.at, self.members)] {
            let at = at.to("parameters");
            let parameters = match members.get("parameters") {
                None => continue,
                Some(Value::Array(parameters)) => parameters,
                Some(_) => return Err(Problem::new(&at, "this is not a JSON array")),
            };
            for (index, parameter) in parameters.iter().enumerate() {
                let parameter = references::object(self.document, &at.to(index), parameter)?;
                let key = |parameter: &Located<'_>| {
                    let text = |name: &str| {
                        let text = parameter.members.get(name).and_then(Value::as_str);
                        let missing = format!("this parameter has no `{name}`");
                        text.map(str::to_owned).ok_or_else(|| Problem::new(&parameter.at, missing))
                    };
                    Ok((text("in")?, text("name")?))
                };
                let own = key(&parameter)?;
                all.retain(|known| key(known).is_ok_and(|known| known != own));
                all.push(parameter);
            }
        }
        Ok(all)
    }

    /// Returns the request body, if there is one.
    ///
    /// # Errors
    ///
    /// The body cannot be followed.
    pub fn request_body(&self) -> Result<Option<Located<'a>>, Problem> {
        let body = self.members.get("requestBody");
        body.map(|body| references::object(self.document, &self.at.to("requestBody"), body))
            .transpose()
    }

    /// Returns the responses by status, which may be a range or `default`.
    ///
    /// # Errors
    ///
    /// A response cannot be followed, or there are no `responses`.
    pub fn responses(&self) -> Result<Vec<(&'a str, Located<'a>)>, Problem> {
        let at = self.at.to("responses");
        let all = match self.members.get("responses") {
            None => return Err(Problem::new(&self.at, "this operation has no `responses`")),
            Some(Value::Object(all)) => all,
            Some(_) => return Err(Problem::new(&at, "this is not a JSON object")),
        };
        let all = all.iter().filter(|(status, _)| !is_extension(status));
        all.map(|(status, response)| {
            Ok((status.as_str(), references::object(self.document, &at.to(status), response)?))
        })
        .collect()
    }
}

/// Returns the contents of a body, a response or a parameter, by media type.
///
/// # Errors
///
/// `content` or one of its members is not an object.
pub fn contents<'a>(of: &Located<'a>) -> Result<Vec<(&'a str, Located<'a>)>, Problem> {
    let at = of.at.to("content");
    let members = match of.members.get("content") {
        None => return Ok(Vec::new()),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(Problem::new(&at, "this is not a JSON object")),
    };
    let members = members.iter().filter(|(media_type, _)| !is_extension(media_type));
    members
        .map(|(media_type, content)| {
            let at = at.to(media_type);
            match content.as_object() {
                Some(members) => Ok((media_type.as_str(), Located { at, members })),
                None => Err(Problem::new(&at, "this is not a JSON object")),
            }
        })
        .collect()
}

/// Returns the operations of a document that can be read, see [`sites`]: path, method, path item and operation.
pub fn operations(
    document: &Value,
) -> impl Iterator<Item = (&str, &'static str, &Map<String, Value>, &Map<String, Value>)> {
    let sites = sites(document).into_iter().flatten();
    sites.map(|site| (site.path, site.method, site.item.members, site.members))
}

/// Returns the `operationId`, or otherwise method and path.
pub fn id_of(path: &str, method: &str, operation: &Map<String, Value>) -> String {
    let id = operation.get("operationId").and_then(Value::as_str);
    id.map_or_else(|| format!("{method} {path}"), str::to_owned)
}

/// Returns the reference of a discriminator's mapping, which may also be the name of a schema.
pub fn mapped(target: &str) -> String {
    if target.starts_with('#') {
        target.to_owned()
    } else {
        format!("#/components/schemas/{target}")
    }
}
