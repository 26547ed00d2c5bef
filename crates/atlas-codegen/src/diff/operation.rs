//! An operation to compare.

use serde_json::Value;

use super::node::{Node, Source};
use crate::document::walk::{self, Site};
use crate::document::{Located, Problem};

/// An operation, and the nodes that surround it.
pub struct Operation<'a> {
    source: &'a Source,
    pub site: Site<'a>,
    /// The whole document.
    pub root: Node<'a>,
    /// The path item.
    pub item: Node<'a>,
    pub node: Node<'a>,
}

impl<'a> Operation<'a> {
    /// Returns the operations of a document, in its order.
    pub fn all(source: &'a Source) -> Result<Vec<Self>, String> {
        let of_site = |site: Result<Site<'a>, Problem>| {
            let site = site.map_err(|problem| source.describe(&problem))?;
            let root = Node::root(source);
            let (item, node) = (Node::of(source, &site.item.at), Node::of(source, &site.at));
            Ok(Self { source, site, root, item, node })
        };
        walk::sites(&source.document).into_iter().map(of_site).collect()
    }

    pub fn id(&self) -> String {
        self.site.id()
    }

    /// Returns the parameters, those of the path item included.
    pub fn parameters(&self) -> Result<Vec<Node<'a>>, String> {
        let parameters = self.read(self.site.parameters())?.into_iter();
        Ok(parameters.map(|parameter| Node::of(self.source, &parameter.at)).collect())
    }

    pub fn request_body(&self) -> Result<Option<Node<'a>>, String> {
        let body = self.read(self.site.request_body())?;
        Ok(body.map(|body| Node::of(self.source, &body.at)))
    }

    /// Returns the responses by status.
    pub fn responses(&self) -> Result<Vec<(String, Node<'a>)>, String> {
        let responses = self.read(self.site.responses())?.into_iter();
        let node = |(status, response): (&str, Located<'_>)| {
            (status.to_owned(), Node::of(self.source, &response.at))
        };
        Ok(responses.map(node).collect())
    }

    fn read<T>(&self, result: Result<T, Problem>) -> Result<T, String> {
        result.map_err(|problem| self.source.describe(&problem))
    }

    /// Returns the names of the parameters in the path, in their order.
    pub fn placeholders(&self) -> impl Iterator<Item = &'a str> {
        self.site.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }

    /// Returns what distinguishes it from other operations: method and path, without the names of parameters.
    pub fn shape(&self) -> (&'static str, String) {
        let mut path = self.site.path.to_owned();
        for name in self.placeholders() {
            path = path.replacen(&format!("{{{name}}}"), "{}", 1);
        }
        (self.site.method, path)
    }

    pub fn tags(&self) -> impl Iterator<Item = &'a str> {
        let tags = self.node.value.get("tags").and_then(Value::as_array);
        tags.into_iter().flatten().filter_map(Value::as_str)
    }
}
