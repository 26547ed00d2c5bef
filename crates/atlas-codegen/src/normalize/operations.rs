//! Rules for operations.
//!
//! - One version of each is generated, see [`versions`]. Only the statuses that have it count.
//! - A name that the client or another operation has gets a number as suffix.
//! - A path whose parameters are not those of its operation is refused.
//! - For requests and responses, see [`super::parameters`], [`super::bodies`] and [`super::responses`].

use serde_json::{Map, Value, json};

use super::json::{flag, text};
use super::lowering::Lowering;
use super::model::Operation;
use super::parameters::lowered_path;
use super::prose::prose;
use super::responses::responses_of;
use crate::document::Problem;
use crate::document::versions::{self, Version};
use crate::document::walk::{self, Site};
use crate::names::{Scope, snake};

/// Names of the client, its table and its traits that a method must not have.
const TAKEN: &[&str] = &[
    "all",
    "borrow",
    "borrow_mut",
    "builder",
    "clone",
    "clone_from",
    "clone_into",
    "from",
    "into",
    "to_owned",
    "transport",
    "try_from",
    "try_into",
    "type_id",
];

/// The operations of a normalized document.
pub(super) struct Operations {
    pub(super) paths: Map<String, Value>,
    pub(super) rows: Vec<Operation>,
    pub(super) base_url: Option<String>,
}

impl<'a> Lowering<'a> {
    /// Lowers the paths, and makes the rows of the operation table.
    pub(super) fn operations(&mut self) -> Result<Operations, Problem> {
        let mut paths = Map::new();
        let mut rows = Vec::new();
        let mut names = Scope::with(TAKEN);
        let sites = walk::sites(self.document).into_iter().collect::<Result<Vec<_>, _>>()?;
        for site in &sites {
            let (lowered, row) = self.operation(site, &mut names)?;
            let path = lowered_path(site.path, &row.parameters);
            let item = paths.entry(path).or_insert_with(|| json!({}));
            if item.get(site.method).is_some() {
                let message = "another path differs only in the names of its parameters";
                return Err(Problem::new(&site.at, message));
            }
            item[site.method] = lowered;
            rows.push(row);
        }
        let base_url = self.base_url(&sites)?;
        self.security(&sites);
        Ok(Operations { paths, rows, base_url })
    }

    fn operation(
        &mut self,
        source: &Site<'a>,
        names: &mut Scope,
    ) -> Result<(Value, Operation), Problem> {
        let (at, members) = (&source.at, source.members);
        let id = match members.get("operationId") {
            Some(id) => text(&at.to("operationId"), id)?.to_owned(),
            None => source.id(),
        };
        let responses = responses_of(source)?;
        let contents = responses.iter().filter(|response| response.is_success);
        let contents = contents.flat_map(|response| &response.contents);
        let available = contents.map(|(media_type, _)| versions::version_of(media_type));
        let version = versions::choose(available, None).unwrap_or(Version::Unversioned);
        if let Version::Unstable(name) = &version {
            self.note(at, format!("generated in version `{name}`: there is no stable version"));
        }
        let wanted = snake(&id);
        let name = names.claim(&wanted);
        if name != wanted {
            self.note(at, format!("its method is `{name}`, because `{wanted}` is taken"));
        }
        let mut row = Operation {
            name,
            id,
            method: source.method.to_uppercase(),
            path: source.path.to_owned(),
            parameters: Vec::new(),
            accept: "application/json".to_owned(),
            response_type: String::new(),
            content_type: None,
            form: None,
            statuses: responses.iter().filter_map(|response| response.name.parse().ok()).collect(),
            errors: Vec::new(),
            roles: roles(members),
            deprecated: flag(members, "deprecated"),
            sunset: None,
            streaming: false,
            body_optional: false,
            idempotent: matches!(source.method, "get" | "head" | "options"),
        };
        let parameters = self.parameters(source, &mut row)?;
        let mut lowered = json!({
            "operationId": row.name,
            "parameters": parameters,
            "responses": { "2XX": self.success(source, &responses, &version, &mut row)? },
        });
        if let Some(body) = self.body(source, &version, &mut row)? {
            lowered["requestBody"] = body;
        }
        for name in ["summary", "description"] {
            if let Some(text) = prose(members, name) {
                lowered[name] = text.into();
            }
        }
        for response in responses.iter().filter(|response| !response.is_success) {
            for (media_type, content) in &response.contents {
                let schema = content.members.get("schema");
                let Some(schema) = schema.filter(|_| versions::is_json(media_type)) else {
                    continue;
                };
                let hint = format!("{} error", row.id);
                let schema = self.schema(&content.at.to("schema"), schema, &hint)?;
                if let Some(component) = component_of(&schema) {
                    row.errors.push((response.name.to_owned(), component.to_owned()));
                }
                self.responses.push(schema);
            }
        }
        Ok((lowered, row))
    }
}

/// Returns the component that a lowered schema refers to.
fn component_of(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.rsplit('/').next()
}

fn roles(members: &Map<String, Value>) -> Vec<String> {
    let roles = members.get("x-rolesRequirements").and_then(Value::as_array);
    let roles = roles.into_iter().flatten();
    roles.filter_map(|role| role.as_str().map(str::to_owned)).collect()
}
