//! Which operations of a document are asked for.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::walk;

/// Operations to be cut out, by path and method.
pub type Selection = BTreeSet<(String, &'static str)>;

/// How operations are asked for.
#[derive(clap::Args)]
#[group(required = true)]
pub struct Wanted {
    /// Operations, by their operationId.
    #[arg(long = "operation", value_name = "ID", num_args = 1..)]
    operations: Vec<String>,
    /// All operations of a tag.
    #[arg(long = "tag", value_name = "TAG", num_args = 1..)]
    tags: Vec<String>,
    /// Every operation of the document.
    #[arg(long, conflicts_with_all = ["operations", "tags"])]
    all: bool,
}

impl Wanted {
    /// Whether an operation is asked for by its own name, so that leaving it out is no answer.
    pub fn names(&self, id: &str) -> bool {
        self.operations.iter().any(|wanted| wanted == id)
    }

    /// Whether everything is asked for.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// The operations that are asked for.
    ///
    /// # Errors
    ///
    /// The document does not have one of them, or none at all. The message names near ones.
    pub fn select(&self, document: &Value) -> Result<Selection, String> {
        let operations: Vec<_> = walk::operations(document)
            .map(|(path, method, _, operation)| {
                (path, method, walk::id_of(path, method, operation), operation)
            })
            .collect();
        let mut selection = Selection::new();
        let mut take = |path: &str, method| selection.insert((path.to_owned(), method));
        for wanted in &self.operations {
            let mut found = false;
            for (path, method, id, _) in &operations {
                if id == wanted {
                    found = true;
                    take(path, method);
                }
            }
            if !found {
                let known = operations.iter().map(|(_, _, id, operation)| {
                    let other = operation.get("x-xgen-operation-id-override");
                    (id.as_str(), other.and_then(Value::as_str))
                });
                return Err(unknown("operation", wanted, known));
            }
        }
        for wanted in &self.tags {
            let mut found = false;
            for (path, method, _, operation) in &operations {
                if tags(operation).any(|tag| tag == wanted) {
                    found = true;
                    take(path, method);
                }
            }
            if !found {
                let known: BTreeSet<&str> =
                    operations.iter().flat_map(|(_, _, _, operation)| tags(operation)).collect();
                return Err(unknown("tag", wanted, known.into_iter().map(|tag| (tag, None))));
            }
        }
        if self.all {
            for (path, method, ..) in &operations {
                take(path, method);
            }
        }
        if selection.is_empty() {
            return Err("the document has no operations".to_owned());
        }
        Ok(selection)
    }
}

pub fn tags(operation: &Map<String, Value>) -> impl Iterator<Item = &str> {
    operation.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// That something is not known, and what near it is. Each known name may have another one.
fn unknown<'a>(
    what: &str,
    wanted: &str,
    known: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> String {
    let likeness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &wanted.to_lowercase());
    let mut near: Vec<(f64, &str)> = known
        .map(|(name, other)| (likeness(name).max(other.map_or(0.0, likeness)), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|(one, a), (other, b)| other.total_cmp(one).then(a.cmp(b)));
    near.dedup_by_key(|(_, name)| *name);
    let near: Vec<String> = near.iter().take(5).map(|(_, name)| format!("`{name}`")).collect();
    if near.is_empty() {
        format!("the document has no {what} `{wanted}`, and none like it")
    } else {
        format!("the document has no {what} `{wanted}`; near it are {}", near.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(operations: &[&str], tags: &[&str]) -> Wanted {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Wanted { operations: owned(operations), tags: owned(tags), all: false }
    }

    fn document() -> Value {
        json!({ "paths": {
            "/groups": {
                "get": { "operationId": "listGroups", "tags": ["Projects"] },
                "post": { "operationId": "createGroup", "tags": ["Projects", "New"] },
            },
            "/groups/{id}": {
                "get": { "operationId": "getGroup", "x-xgen-operation-id-override": "getProject" },
                "delete": {},
            },
        } })
    }

    #[test]
    fn operations_are_found_by_id_and_by_tag() {
        let select = |operations: &[&str], tags: &[&str]| {
            let selection = wanted(operations, tags).select(&document()).unwrap();
            selection.iter().map(|(path, method)| format!("{method} {path}")).collect::<Vec<_>>()
        };
        assert_eq!(select(&["getGroup"], &["New"]), ["post /groups", "get /groups/{id}"]);
        assert_eq!(select(&[], &["Projects"]), ["get /groups", "post /groups"]);
        assert_eq!(select(&["delete /groups/{id}"], &[]), ["delete /groups/{id}"]);
    }

    #[test]
    fn what_is_unknown_is_answered_with_what_is_near() {
        let message = |operations: &[&str], tags: &[&str]| {
            wanted(operations, tags).select(&document()).unwrap_err()
        };
        assert_eq!(
            message(&["listGroup"], &[]),
            "the document has no operation `listGroup`; near it are `listGroups`, `getGroup`",
        );
        // By another name that the document gives it, too.
        assert_eq!(
            message(&["getProjects"], &[]),
            "the document has no operation `getProjects`; near it are `getGroup`",
        );
        assert_eq!(
            message(&[], &["projects"]),
            "the document has no tag `projects`; near it are `Projects`",
        );
        assert_eq!(message(&["xyz"], &[]), "the document has no operation `xyz`, and none like it",);
    }
}
