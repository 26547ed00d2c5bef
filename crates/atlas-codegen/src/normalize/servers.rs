//! Rule: where a document says that its API is served, requests go by default.
//!
//! - The first server of the document with an absolute `https` URL is the default base URL, its variables
//!   at their defaults.
//! - A client has one base URL: where all operations have the same server of their own, that is it; an
//!   operation with another one than the document's is refused.
//! - A relative server says nothing of a host: the base URL must be given, which a note says.

use serde_json::{Map, Value};

use super::{Fold, Note};
use crate::document::walk::Site;
use crate::document::{Pointer, Problem};

/// Where requests go unless a document says otherwise.
const ATLAS: &str = "https://cloud.mongodb.com";

impl<'a> Fold<'a> {
    /// The default base URL, where it is not that of Atlas.
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
            // What a document without servers is served by is the same as an absolute one of its own only
            // by chance.
            let expected = url.clone().unwrap_or_else(|| ATLAS.to_owned());
            for own in own.into_iter().flatten() {
                if own.url.as_ref() != Some(&expected) {
                    let shown = own.url.as_deref().unwrap_or(&own.shown);
                    let message = format!(
                        "this is served by `{shown}`, other operations by `{expected}`: a client has one \
                         base URL, so cut what the one serves and what the other serves apart",
                    );
                    return Err(Problem::new(&own.at, message));
                }
            }
            url
        };
        if url.is_none() {
            let said = match root {
                Some(root) => format!("the server `{}` is no absolute `https` URL", root.shown),
                None => "the document names no server".to_owned(),
            };
            let text = format!("{said}: the base URL must be given, else requests go to `{ATLAS}`");
            self.notes.push(Note::new(&whole.to("servers"), text));
        }
        Ok(url.filter(|url| url != ATLAS))
    }
}

/// What serves something.
struct Servers {
    at: Pointer,
    /// The first of them that is absolute.
    url: Option<String>,
    /// The first of them as it is written.
    shown: String,
}

/// The servers of an operation's own, or of its path.
fn of_operation(site: &Site<'_>) -> Option<Servers> {
    servers(&site.at, site.members).or_else(|| servers(&site.item.at, site.item.members))
}

fn servers(at: &Pointer, members: &Map<String, Value>) -> Option<Servers> {
    let all = members.get("servers")?.as_array()?;
    let shown = all.first()?.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
    let url = all.iter().find_map(absolute);
    Some(Servers { at: at.to("servers"), url, shown })
}

/// The URL of a server, where it is absolute and safe, without a slash at its end.
fn absolute(server: &Value) -> Option<String> {
    let mut url = server.get("url")?.as_str()?.to_owned();
    let variables = server.get("variables").and_then(Value::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        if let Some(default) = variable.get("default").and_then(Value::as_str) {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    // By the protocol that the document came by, which may be any.
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
