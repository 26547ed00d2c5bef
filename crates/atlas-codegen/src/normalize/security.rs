//! Rule: the client authorizes with a bearer token or HTTP digest.
//!
//! Another scheme, such as a key in a header, is noted if an operation has no supported one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::lowering::Lowering;
use crate::document::walk::Site;
use crate::document::{self, Pointer};

impl<'a> Lowering<'a> {
    /// Notes the schemes that operations need and the client does not support.
    pub(super) fn security(&mut self, sites: &[Site<'a>]) {
        let root = self.document.get("security");
        let mut unsupported: BTreeSet<&str> = BTreeSet::new();
        for site in sites {
            let wanted = site.members.get("security").or(root).and_then(Value::as_array);
            let Some(wanted) = wanted else { continue };
            let names = |one: &'a Value| {
                one.as_object().into_iter().flatten().map(|(name, _)| name.as_str())
            };
            // One requirement is enough, with all of its schemes. An empty one needs no credentials.
            let is_supported = |one: &'a Value| names(one).all(|name| self.is_supported(name));
            if !wanted.iter().any(is_supported) {
                unsupported
                    .extend(wanted.iter().flat_map(names).filter(|name| !self.is_supported(name)));
            }
        }
        for name in unsupported {
            let at = Pointer::default().to("components").to("securitySchemes").to(name);
            self.note(
                &at,
                "this scheme is not supported: the client authorizes with a bearer token or HTTP digest",
            );
        }
    }

    fn is_supported(&self, name: &str) -> bool {
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
