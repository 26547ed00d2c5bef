//! Rule: the document's server is the default base URL.
//!
//! - The first server with an absolute `https` URL is the default base URL, with the defaults of its variables.
//! - A client has one base URL. If all operations override it with the same server, it is that one. An operation with
//!   another server than the document's is refused.
//! - A relative server has no host: the base URL must be set, and a note says so.

use serde_json::{Map, Value};

use super::lowering::Lowering;
use super::model::Note;
use crate::document::walk::Site;
use crate::document::{Pointer, Problem};

/// The default base URL of `atlas-client-core`.
const ATLAS: &str = "https://cloud.mongodb.com";

impl<'a> Lowering<'a> {
    /// Returns the default base URL, if it is not that of Atlas.
    pub(super) fn base_url(&mut self, sites: &[Site<'a>]) -> Result<Option<String>, Problem> {
        let whole = Pointer::default();
        let root = self.document.as_object().and_then(|members| servers(&whole, members));
        let own: Vec<Option<Servers>> = sites.iter().map(of_operation).collect();
        let first = own.first().and_then(|own| own.as_ref()?.url.clone());
        let is_common = |own: &Option<Servers>| own.as_ref().is_some_and(|own| own.url == first);
        let url = if first.is_some() && own.iter().all(is_common) {
            first
        } else {
            let url = root.as_ref().and_then(|root| root.url.clone());
            // A document without servers is served by an unknown host.
            let expected = url.clone().unwrap_or_else(|| ATLAS.to_owned());
            for own in own.into_iter().flatten() {
                if own.url.as_ref() != Some(&expected) {
                    let shown = own.url.as_deref().unwrap_or(&own.shown);
                    let message = format!(
                        "this is served by `{shown}`, other operations by `{expected}`: a client has one base \
                         URL, so slice the operations of each server separately",
                    );
                    return Err(Problem::new(&own.at, message));
                }
            }
            url
        };
        if url.is_none() {
            let reason = match root {
                Some(root) => format!("the server `{}` is not an absolute `https` URL", root.shown),
                None => "the document has no server".to_owned(),
            };
            let text = format!("{reason}: set the base URL, otherwise requests go to `{ATLAS}`");
            self.notes.push(Note::new(&whole.to("servers"), text));
        }
        Ok(url.filter(|url| url != ATLAS))
    }
}

/// The servers of an operation or a document.
struct Servers {
    at: Pointer,
    /// The URL of the first absolute one.
    url: Option<String>,
    /// The URL of the first one.
    shown: String,
}

/// Returns the servers of an operation, or otherwise of its path.
fn of_operation(site: &Site<'_>) -> Option<Servers> {
    servers(&site.at, site.members).or_else(|| servers(&site.item.at, site.item.members))
}

fn servers(at: &Pointer, members: &Map<String, Value>) -> Option<Servers> {
    let all = members.get("servers")?.as_array()?;
    let shown = all.first()?.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
    let url = all.iter().find_map(absolute);
    Some(Servers { at: at.to("servers"), url, shown })
}

/// Returns the URL of a server without a trailing slash, if it is an absolute `https` URL.
fn absolute(server: &Value) -> Option<String> {
    let mut url = server.get("url")?.as_str()?.to_owned();
    let variables = server.get("variables").and_then(Value::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        if let Some(default) = variable.get("default").and_then(Value::as_str) {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    // With the protocol of the document, which is unknown.
    if url.starts_with("//") {
        url = format!("https:{url}");
    }
    let host = url.strip_prefix("https://")?;
    let is_plain =
        |character: char| character.is_ascii_graphic() && !"{}\"'<>\\?#@".contains(character);
    let is_url = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && host.chars().all(is_plain);
    is_url.then(|| url.trim_end_matches('/').to_owned())
}
