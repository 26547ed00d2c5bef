//! Selecting operations of a document.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::walk;

/// Selected operations, by path and method.
pub type Selection = BTreeSet<(String, &'static str)>;

/// Which operations to select.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "cli", derive(clap::Args), group(required = true))]
pub struct Selector {
    /// Operations, by operationId
    #[cfg_attr(feature = "cli", arg(long = "operation", value_name = "ID", num_args = 1..))]
    operations: Vec<String>,
    /// All operations with a tag
    #[cfg_attr(feature = "cli", arg(long = "tag", value_name = "TAG", num_args = 1..))]
    tags: Vec<String>,
    /// Every operation of the document
    #[cfg_attr(feature = "cli", arg(long, conflicts_with_all = ["operations", "tags"]))]
    all: bool,
}

impl Selector {
    /// Selects every operation.
    pub fn all() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Also selects the operation with an id.
    #[must_use]
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operations.push(id.into());
        self
    }

    /// Also selects the operations with a tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Returns whether an operation is selected by its id.
    pub(crate) fn names(&self, id: &str) -> bool {
        self.operations.iter().any(|selected| selected == id)
    }

    /// Returns whether every operation is selected.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }

    /// Selects operations of a document.
    ///
    /// # Errors
    ///
    /// The document does not have one of them, or has no operations. The message names similar ones.
    pub(crate) fn select(&self, document: &Value) -> Result<Selection, String> {
        let operations: Vec<_> = walk::operations(document)
            .map(|(path, method, _, operation)| {
                (path, method, walk::id_of(path, method, operation), operation)
            })
            .collect();
        let mut selection = Selection::new();
        let mut take = |path: &str, method| selection.insert((path.to_owned(), method));
        for selected in &self.operations {
            let mut found = false;
            for (path, method, id, _) in &operations {
                if id == selected {
                    found = true;
                    take(path, method);
                }
            }
            if !found {
                let known = operations.iter().map(|(_, _, id, operation)| {
                    let other = operation.get("x-xgen-operation-id-override");
                    (id.as_str(), other.and_then(Value::as_str))
                });
                return Err(unknown("operation", selected, known));
            }
        }
        for selected in &self.tags {
            let mut found = false;
            for (path, method, _, operation) in &operations {
                if tags(operation).any(|tag| tag == selected) {
                    found = true;
                    take(path, method);
                }
            }
            if !found {
                let known: BTreeSet<&str> =
                    operations.iter().flat_map(|(_, _, _, operation)| tags(operation)).collect();
                return Err(unknown("tag", selected, known.into_iter().map(|tag| (tag, None))));
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

/// Returns the message that a name is unknown, with similar names. Each known name may have an alias.
fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> String {
    let similarity =
        |known: &str| strsim::jaro_winkler(&known.to_lowercase(), &name.to_lowercase());
    let mut similar: Vec<(f64, &str)> = known
        .map(|(known, alias)| (similarity(known).max(alias.map_or(0.0, similarity)), known))
        .filter(|(similarity, _)| *similarity > 0.8)
        .collect();
    similar.sort_by(|(one, a), (other, b)| other.total_cmp(one).then(a.cmp(b)));
    similar.dedup_by_key(|(_, known)| *known);
    let similar: Vec<String> =
        similar.iter().take(5).map(|(_, known)| format!("`{known}`")).collect();
    if similar.is_empty() {
        format!("the document has no {what} `{name}`")
    } else {
        format!("the document has no {what} `{name}`; similar: {}", similar.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn selector(operations: &[&str], tags: &[&str]) -> Selector {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Selector { operations: owned(operations), tags: owned(tags), all: false }
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
    fn operations_are_selected_by_id_and_by_tag() {
        let select = |operations: &[&str], tags: &[&str]| {
            let selection = selector(operations, tags).select(&document()).unwrap();
            selection.iter().map(|(path, method)| format!("{method} {path}")).collect::<Vec<_>>()
        };
        assert_eq!(select(&["getGroup"], &["New"]), ["post /groups", "get /groups/{id}"]);
        assert_eq!(select(&[], &["Projects"]), ["get /groups", "post /groups"]);
        assert_eq!(select(&["delete /groups/{id}"], &[]), ["delete /groups/{id}"]);
    }

    #[test]
    fn the_message_for_an_unknown_name_lists_similar_ones() {
        let message = |operations: &[&str], tags: &[&str]| {
            selector(operations, tags).select(&document()).unwrap_err()
        };
        assert_eq!(
            message(&["listGroup"], &[]),
            "the document has no operation `listGroup`; similar: `listGroups`, `getGroup`",
        );
        // By the alias that the document gives it, too.
        assert_eq!(
            message(&["getProjects"], &[]),
            "the document has no operation `getProjects`; similar: `getGroup`",
        );
        assert_eq!(
            message(&[], &["projects"]),
            "the document has no tag `projects`; similar: `Projects`",
        );
        assert_eq!(message(&["xyz"], &[]), "the document has no operation `xyz`",);
    }
}
