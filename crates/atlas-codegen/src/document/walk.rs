//! What stands where in an OpenAPI document: which names are keywords, and which its author gave.
//!
//! A property may be called `description`, and an example may hold a `$ref` that is none. What walks a
//! document without knowing this finds both.

use serde_json::{Map, Value};

use crate::document::{self, Located, Pointer, Problem};

/// The methods that a path may have.
pub const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What the value of a keyword is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An object whose members are keywords, or a list of such, or a plain value.
    Keywords,
    /// An object whose members have names that the author gave.
    Names,
    /// Data that travels, or that no keyword of OpenAPI describes.
    Data,
}

/// What the value of a keyword is.
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

/// An operation, and where it stands. The one walk over a document's operations, and over what these have
/// besides schemas; every `$ref` on the way is followed.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    document: &'a Value,
    pub path: &'a str,
    pub method: &'static str,
    /// The operation.
    pub at: Pointer,
    pub members: &'a Map<String, Value>,
    /// The path item that it is of.
    pub item: Located<'a>,
}

/// The operations of a document in its order, and what is wrong where one cannot be read.
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

/// The operations of a path.
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
            let message = format!("`{name}` is no method: OpenAPI spells them in lower case");
            found.push(Err(Problem::new(&item.at.to(name), message)));
        }
    }
    for &method in METHODS {
        let Some(operation) = item.members.get(method) else { continue };
        let located = document::object(document, &item.at.to(method), operation);
        let item = item.clone();
        let site = |Located { at, members }| Site { document, path, method, at, members, item };
        found.push(located.map(site));
    }
    found
}

/// A path item, or the one that it refers to.
fn item_of<'a>(
    document: &'a Value,
    path: &str,
    at: &Pointer,
    item: &'a Value,
) -> Result<Located<'a>, Problem> {
    if !path.starts_with('/') {
        return Err(Problem::new(at, "a path begins with a slash"));
    }
    let beside = item.as_object().into_iter().flatten();
    let mut beside = beside.filter(|(name, _)| *name != "$ref" && !is_extension(name));
    if item.get("$ref").is_some() && beside.any(|(name, _)| !DESCRIBES.contains(&name.as_str())) {
        return Err(Problem::new(
            &at.to("$ref"),
            "OpenAPI leaves open what counts where a path has a `$ref` and members of its own: write the \
             path out",
        ));
    }
    document::object(document, at, item)
}

/// Members that say nothing of what travels.
const DESCRIBES: &[&str] = &["summary", "description"];

/// Whether a name is one of an extension, which stands for itself alone.
pub fn is_extension(name: &str) -> bool {
    name.starts_with("x-")
}

impl<'a> Site<'a> {
    /// The id of the operation, or else what stands in for one.
    pub fn id(&self) -> String {
        id_of(self.path, self.method, self.members)
    }

    /// The parameters of the path and of the operation: the operation's own go before the path's of the
    /// same name and place.
    ///
    /// # Errors
    ///
    /// One of them cannot be followed, or has no name or no place.
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
                let parameter = document::object(self.document, &at.to(index), parameter)?;
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

    /// The request body, where there is one.
    ///
    /// # Errors
    ///
    /// It cannot be followed.
    pub fn request_body(&self) -> Result<Option<Located<'a>>, Problem> {
        let body = self.members.get("requestBody");
        body.map(|body| document::object(self.document, &self.at.to("requestBody"), body))
            .transpose()
    }

    /// The responses by their status, which may be a range or `default`.
    ///
    /// # Errors
    ///
    /// One of them cannot be followed.
    pub fn responses(&self) -> Result<Vec<(&'a str, Located<'a>)>, Problem> {
        let at = self.at.to("responses");
        let all = match self.members.get("responses") {
            None => return Err(Problem::new(&self.at, "this operation has no `responses`")),
            Some(Value::Object(all)) => all,
            Some(_) => return Err(Problem::new(&at, "this is not a JSON object")),
        };
        let all = all.iter().filter(|(status, _)| !is_extension(status));
        all.map(|(status, response)| {
            Ok((status.as_str(), document::object(self.document, &at.to(status), response)?))
        })
        .collect()
    }
}

/// The contents of a body, a response or a parameter, by their media type.
///
/// # Errors
///
/// `content` or one of them is no object.
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

/// The operations of a document: path, method, path item and operation. What cannot be read is not among
/// them: see [`sites`].
pub fn operations(
    document: &Value,
) -> impl Iterator<Item = (&str, &'static str, &Map<String, Value>, &Map<String, Value>)> {
    let sites = sites(document).into_iter().flatten();
    sites.map(|site| (site.path, site.method, site.item.members, site.members))
}

/// The id of an operation, or else what stands in for one: method and path.
pub fn id_of(path: &str, method: &str, operation: &Map<String, Value>) -> String {
    let id = operation.get("operationId").and_then(Value::as_str);
    id.map_or_else(|| format!("{method} {path}"), str::to_owned)
}

/// The reference that a discriminator's mapping means: it may also give the bare name of a schema.
pub fn mapped(target: &str) -> String {
    if target.starts_with('#') {
        target.to_owned()
    } else {
        format!("#/components/schemas/{target}")
    }
}
