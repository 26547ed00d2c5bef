//! Callers and what they may do.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderValue;

use crate::api::ApiError;
use crate::scenario::{Access, Role};

/// The owner of a valid credential.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(super) access: Access,
    role: Role,
    /// The projects that the caller belongs to, or all projects.
    projects: Option<HashSet<String>>,
}

impl Caller {
    pub(super) fn new(access: Access, role: Role, projects: Option<&[String]>) -> Arc<Self> {
        let projects = projects.map(|ids| ids.iter().cloned().collect());
        Arc::new(Self { access, role, projects })
    }

    /// Checks that the caller may use the credential from that address.
    pub(crate) fn check_address(&self, address: IpAddr) -> Result<(), ApiError> {
        match self.access {
            Access::BlockedAddress => Err(ApiError::address_not_allowed(address)),
            _ => Ok(()),
        }
    }

    /// Checks that the caller belongs to the project.
    pub(crate) fn check_project(&self, id: &str) -> Result<(), ApiError> {
        let belongs = self.projects.as_ref().is_none_or(|ids| ids.contains(id));
        if belongs && self.access != Access::OtherProject {
            Ok(())
        } else {
            Err(ApiError::cannot_access_group())
        }
    }

    /// Checks that the caller belongs to the organization.
    pub(crate) fn check_organization(&self) -> Result<(), ApiError> {
        match self.access {
            Access::OtherProject => Err(ApiError::cannot_access_org()),
            _ => Ok(()),
        }
    }

    /// Checks that the caller has the role.
    pub(crate) fn check_role(&self, required: Role) -> Result<(), ApiError> {
        if self.access == Access::NoRole || self.role < required {
            Err(ApiError::role_missing())
        } else {
            Ok(())
        }
    }
}

/// A request with a valid credential.
pub(crate) struct Admitted {
    pub(crate) caller: Arc<Caller>,
    /// The value of the `Authentication-Info` header.
    pub(crate) info: Option<HeaderValue>,
}

/// A request without a valid credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The credential is missing or unknown.
    Unknown,
    /// The credential is known, but its nonce is no longer valid.
    Stale,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_projects_restricts_access() {
        let code = |access, projects: Option<&[String]>, id| {
            let caller = Caller::new(access, Role::OrgOwner, projects);
            caller.check_project(id).err().map(|error| error.code)
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
    fn a_greater_role_includes_the_lesser_one() {
        let allowed =
            |access, role, required| Caller::new(access, role, None).check_role(required).is_ok();
        let (member, owner) = (Role::OrgMember, Role::OrgOwner);
        assert!(allowed(Access::Member, member, member) && allowed(Access::Member, owner, member));
        assert!(allowed(Access::Member, owner, owner) && !allowed(Access::Member, member, owner));
        assert!(!allowed(Access::NoRole, owner, member));
    }
}
