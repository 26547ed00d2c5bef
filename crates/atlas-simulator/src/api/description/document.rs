//! [`Description`]: an OpenAPI document whose operations are served.

use http::Method;
use serde_json::Value;

use super::operation::DescribedOperation;
use super::path::Template;

/// The largest document in bytes.
const MAX_BYTES: usize = 64 << 20;

/// The methods of the operations of a path.
const METHODS: [(&str, Method); 6] = [
    ("get", Method::GET),
    ("post", Method::POST),
    ("put", Method::PUT),
    ("patch", Method::PATCH),
    ("delete", Method::DELETE),
    ("head", Method::HEAD),
];

/// An OpenAPI 3 document whose operations the simulator serves with examples: those of the document, and otherwise
/// samples of its schemas.
///
/// ```
/// use atlas_simulator::{Description, Simulator};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let description = Description::from_json(
///     r#"{"openapi": "3.0.3", "paths": {"/things/{id}": {"get": {"responses": {
///         "200": {"content": {"application/json": {"example": {"name": "a thing"}}}}
///     }}}}}"#,
/// )?;
/// assert_eq!(description.operations().collect::<Vec<_>>(), ["GET /things/{id}"]);
/// let simulator = Simulator::builder().description(description).start().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Description {
    pub(super) document: Value,
    pub(super) paths: Vec<Path>,
}

/// A path and its operations.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) template: Template,
    pub(super) methods: Vec<Method>,
}

impl Description {
    /// Reads an OpenAPI 3 document of at most 64 MiB.
    ///
    /// # Errors
    ///
    /// The text is not JSON, not an OpenAPI 3 document, too large, or has no operation.
    pub fn from_json(text: &str) -> Result<Self, DescriptionError> {
        if text.len() > MAX_BYTES {
            return Err(DescriptionError::TooLarge);
        }
        let document: Value = serde_json::from_str(text)?;
        let version = document["openapi"].as_str().unwrap_or_default();
        if !version.starts_with("3.") {
            return Err(DescriptionError::NotOpenApi);
        }
        let paths = document["paths"].as_object().into_iter().flatten();
        let paths = paths.map(|(template, item)| Path {
            template: Template::parse(template),
            methods: METHODS
                .iter()
                .filter(|(name, _)| item[*name].is_object())
                .map(|(_, method)| method.clone())
                .collect(),
        });
        let mut paths: Vec<_> = paths.filter(|path| !path.methods.is_empty()).collect();
        if paths.is_empty() {
            return Err(DescriptionError::Empty);
        }
        paths.sort_by_key(|path| path.template.order());
        Ok(Self { document, paths })
    }

    /// Returns the operations, such as `GET /things/{id}`, in the order in which paths are compared.
    pub fn operations(&self) -> impl Iterator<Item = String> {
        self.pairs().map(|(path, method)| format!("{method} {}", path.template.text))
    }

    /// Returns the body of a success of each operation that has one in JSON.
    pub fn samples(&self) -> impl Iterator<Item = Value> {
        self.pairs().filter_map(|(path, method)| self.operation(path, method).sample())
    }

    fn pairs(&self) -> impl Iterator<Item = (&Path, &Method)> {
        self.paths.iter().flat_map(|path| path.methods.iter().map(move |method| (path, method)))
    }

    pub(super) fn operation(&self, path: &Path, method: &Method) -> DescribedOperation<'_> {
        let item = &self.document["paths"][path.template.text.as_str()];
        let name = METHODS.iter().find(|(_, known)| known == method).map_or("", |(name, _)| name);
        DescribedOperation { document: &self.document, item, operation: &item[name] }
    }
}

/// Why a document cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// The text is not JSON.
    #[error("it is not JSON; a document in YAML has to be converted first")]
    NotJson(#[from] serde_json::Error),
    /// The document is not an OpenAPI 3 document.
    #[error("it is not an OpenAPI 3 document: expected `\"openapi\": \"3.…\"`")]
    NotOpenApi,
    /// The document has more than 64 MiB.
    #[error("it has more than 64 MiB")]
    TooLarge,
    /// The document has no operation.
    #[error("it has no operation: `paths` is empty")]
    Empty,
}
