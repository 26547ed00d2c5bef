//! Who asks, and whether they may.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use self::digest::Digests;
use crate::oauth::Tokens;
use crate::problem::{self, Problem};
use crate::request::Received;
use crate::scenario::{Access, Role, Scenario};

mod challenge;
mod counts;
mod digest;
mod nonces;
mod parameters;
mod response;

/// The one protection space that the service has.
const REALM: &str = "MMS Public API";

/// Somebody whose credential is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    access: Access,
    role: Role,
    /// The projects that they belong to; all where there is no list.
    projects: Option<HashSet<String>>,
}

impl Caller {
    pub(crate) fn new(access: Access, role: Role, projects: Option<&[String]>) -> Arc<Self> {
        let projects = projects.map(|ids| ids.iter().cloned().collect());
        Arc::new(Self { access, role, projects })
    }

    /// Whether they may use the credential from that address.
    pub(crate) fn check_address(&self, address: IpAddr) -> Result<(), Problem> {
        match self.access {
            Access::BlockedAddress => Err(problem::address_not_allowed(address)),
            _ => Ok(()),
        }
    }

    /// Whether they belong to the project.
    pub(crate) fn check_project(&self, id: &str) -> Result<(), Problem> {
        let belongs = self.projects.as_ref().is_none_or(|known| known.contains(id));
        if belongs && self.access != Access::OtherProject {
            Ok(())
        } else {
            Err(problem::cannot_access_group())
        }
    }

    /// Whether they belong to the organisation.
    pub(crate) fn check_organisation(&self) -> Result<(), Problem> {
        match self.access {
            Access::OtherProject => Err(problem::cannot_access_org()),
            _ => Ok(()),
        }
    }

    /// Whether they have the role.
    pub(crate) fn check_role(&self, needed: Role) -> Result<(), Problem> {
        if self.access == Access::NoRole || self.role < needed {
            Err(problem::role_missing())
        } else {
            Ok(())
        }
    }
}

/// A request whose credential is good.
pub(crate) struct Admitted {
    pub(crate) caller: Arc<Caller>,
    /// What is said to the client about its digest.
    pub(crate) info: Option<HeaderValue>,
}

/// A request whose credential is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Nobody is known by it, or there is none.
    Unknown,
    /// Somebody is known by it, but its nonce cannot be used any more.
    Stale,
}

/// The credentials of the scenario.
pub(crate) struct Auth {
    bearers: HashMap<String, Arc<Caller>>,
    digests: Digests,
}

impl Auth {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let bearers = scenario.bearer_tokens.iter().map(|known| {
            let caller = Caller::new(known.access, known.role, known.project_ids.as_deref());
            (known.token.clone(), caller)
        });
        Self {
            bearers: bearers.collect(),
            digests: Digests::new(&scenario.api_keys, scenario.digest.clone()),
        }
    }

    /// Who asks, by the headers alone. A digest is used up by it.
    pub(crate) fn authenticate(
        &self,
        request: &Received,
        tokens: &Tokens,
    ) -> Result<Admitted, Refused> {
        let (scheme, credential) = credential(&request.headers).ok_or(Refused::Unknown)?;
        if scheme.eq_ignore_ascii_case(b"Digest") {
            return self.digests.verify(credential, request);
        }
        let token = str::from_utf8(credential).map_err(|_| Refused::Unknown)?.trim();
        let caller = if scheme.eq_ignore_ascii_case(b"Bearer") {
            let minted = || tokens.caller(token, request.client_now);
            self.bearers.get(token).cloned().or_else(minted)
        } else {
            None
        };
        let caller = caller.ok_or(Refused::Unknown)?;
        Ok(Admitted { caller, info: None })
    }

    /// The values of the `WWW-Authenticate` headers of a challenge, with fresh nonces.
    pub(crate) fn challenges(&self, stale: bool, now: Duration) -> Vec<HeaderValue> {
        self.digests.challenges(stale, now)
    }
}

/// The scheme and the rest of the `Authorization` header.
pub(crate) fn credential(headers: &HeaderMap) -> Option<(&[u8], &[u8])> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let space = value.iter().position(|byte| *byte == b' ')?;
    Some((&value[..space], &value[space + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authenticate(value: &str) -> Option<Access> {
        let scenario = r#"{"bearer_tokens": [{"token": "abc", "access": "no_role"}]}"#;
        let scenario = Scenario::from_json(scenario).unwrap();
        let request = Received::example("GET", "/", &[("authorization", value)]);
        let tokens = Tokens::new(&scenario);
        let admitted = Auth::new(&scenario).authenticate(&request, &tokens);
        admitted.ok().map(|admitted| admitted.caller.access)
    }

    #[test]
    fn only_a_known_token_under_the_bearer_scheme_is_known() {
        assert_eq!(authenticate("Bearer abc"), Some(Access::NoRole));
        assert_eq!(authenticate("bearer  abc"), Some(Access::NoRole));
        for value in ["Bearer abcd", "Bearer ABC", "Bearer", "Bearer ", "abc", "Basic abc", "é é"]
        {
            assert_eq!(authenticate(value), None, "{value}");
        }
    }

    #[test]
    fn a_list_of_projects_is_a_scope() {
        let code = |access, projects: Option<&[String]>, id| {
            let caller = Caller::new(access, Role::OrgOwner, projects);
            caller.check_project(id).err().map(|problem| problem.code)
        };
        let only = ["a".to_owned(), "b".to_owned()];
        assert_eq!(code(Access::Member, None, "c"), None);
        assert_eq!(code(Access::Member, Some(&only), "b"), None);
        assert_eq!(code(Access::Member, Some(&only), "c"), Some("USER_CANNOT_ACCESS_GROUP"));
        assert_eq!(code(Access::Member, Some(&[]), "a"), Some("USER_CANNOT_ACCESS_GROUP"));
        assert_eq!(code(Access::NoRole, Some(&only), "c"), Some("USER_CANNOT_ACCESS_GROUP"));
        assert_eq!(code(Access::NoRole, Some(&only), "a"), None);
    }

    #[test]
    fn a_role_is_enough_for_what_needs_no_more() {
        let allowed =
            |access, role, needed| Caller::new(access, role, None).check_role(needed).is_ok();
        let (member, owner) = (Role::OrgMember, Role::OrgOwner);
        assert!(allowed(Access::Member, member, member) && allowed(Access::Member, owner, member));
        assert!(allowed(Access::Member, owner, owner) && !allowed(Access::Member, member, owner));
        assert!(!allowed(Access::NoRole, owner, member));
    }
}
