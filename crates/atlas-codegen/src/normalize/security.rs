//! Rule: the client authorizes as Atlas wants it, by a bearer token or by HTTP digest.
//!
//! A scheme that asks for anything else, such as a key in a header of its own, is noted where an operation
//! has no other way.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Fold;
use crate::document::walk::Site;
use crate::document::{self, Pointer};

impl<'a> Fold<'a> {
    /// Notes the schemes that the operations need and the client does not know.
    pub(super) fn security(&mut self, sites: &[Site<'a>]) {
        let root = self.document.get("security");
        let mut unknown: BTreeSet<&str> = BTreeSet::new();
        for site in sites {
            let wanted = site.members.get("security").or(root).and_then(Value::as_array);
            let Some(wanted) = wanted else { continue };
            let names = |one: &'a Value| {
                one.as_object().into_iter().flatten().map(|(name, _)| name.as_str())
            };
            // One of these is enough, each with all that it names; one without any says that none is needed.
            let is_known = |one: &'a Value| names(one).all(|name| self.is_known(name));
            if !wanted.iter().any(is_known) {
                unknown.extend(wanted.iter().flat_map(names).filter(|name| !self.is_known(name)));
            }
        }
        for name in unknown {
            let at = Pointer::default().to("components").to("securitySchemes").to(name);
            self.note(
                &at,
                "the client authorizes by a bearer token or HTTP digest: this scheme it does not know",
            );
        }
    }

    fn is_known(&self, name: &str) -> bool {
        let at = Pointer::default().to("components").to("securitySchemes").to(name);
        let scheme = self.document.pointer(at.as_str());
        let scheme = scheme.and_then(|scheme| document::follow(self.document, &at, scheme).ok());
        let text = |member: &str| {
            let text = scheme.as_ref().and_then(|(_, scheme)| scheme.get(member)?.as_str());
            text.unwrap_or_default().to_lowercase()
        };
        match text("type").as_str() {
            "http" => matches!(text("scheme").as_str(), "bearer" | "digest"),
            "oauth2" | "openidconnect" => true,
            _ => false,
        }
    }
}
