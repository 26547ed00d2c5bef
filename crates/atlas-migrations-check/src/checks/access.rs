//! Checks the credential, what it may do, and the clock.

use std::time::Duration;

use atlas_migrations::{Error, ErrorCode};

use crate::{
    atlas::AtlasFacts,
    report::{CheckResult, Group, Item},
};

const GROUP: Group = Group::Access;
/// What is always said where the organization of a plan is not known.
const NO_ORGANIZATION: &str =
    "the plan names no organization, so what is linked to it was not asked for";
const NAME_ORGANIZATION: &str = "add `organization: ID` to the plan";

/// Checks the credential, its role, its access list, and the clock.
pub(crate) fn access(facts: &AtlasFacts) -> Vec<Item> {
    vec![credential(facts), role(facts), access_list(facts), clock(facts.clock_difference)]
}

fn credential(facts: &AtlasFacts) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "credential", result, detail);
    if facts.any_read() {
        return item(CheckResult::Pass, "Atlas accepts the credential");
    }
    // Atlas names what is not allowed only to those that it knows.
    if facts.errors().any(is_known_caller) {
        return item(CheckResult::Pass, "Atlas knows the credential");
    }
    match facts
        .errors()
        .find(|error| error.is_unauthorized() || error.code() == Some(&ErrorCode::InvalidClient))
    {
        Some(error) => item(CheckResult::Fail, &error.summary())
            .hint("check the key or the secret, and whether it has expired"),
        None => item(CheckResult::CannotTell, &nothing_read(facts)),
    }
}

fn role(facts: &AtlasFacts) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "role", result, detail);
    match &facts.sources {
        None => item(CheckResult::CannotTell, NO_ORGANIZATION).hint(NAME_ORGANIZATION),
        Some(Ok(_)) => {
            item(CheckResult::Pass, "Organization Owner, as all live migrations need it")
        }
        Some(Err(error)) if lacks_role(error) => item(CheckResult::Fail, &error.summary()).hint(
            "give the credential the role Organization Owner in the organization of the plan",
        ),
        Some(Err(error)) if error.is_not_found() => {
            item(CheckResult::Fail, &error.summary()).hint("check `organization` in the plan")
        }
        Some(Err(error)) => item(CheckResult::CannotTell, &error.summary()),
    }
}

fn access_list(facts: &AtlasFacts) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "access list", result, detail);
    let refused = facts.errors().find(|error| {
        matches!(
            error.code(),
            Some(ErrorCode::IpAddressNotOnAccessList | ErrorCode::OrgRequiresAccessList)
        )
    });
    if let Some(error) = refused {
        let address = error.parameters().iter().find_map(|parameter| parameter.as_str());
        let address = address.unwrap_or("the address of this machine");
        return item(CheckResult::Fail, &error.summary())
            .hint(format!("add {address} to the access list of the credential"));
    }
    if facts.any_read() {
        return item(CheckResult::Pass, "this machine's address is allowed");
    }
    if let Some(error) = facts.errors().find(|error| error.is_forbidden()) {
        return item(CheckResult::CannotTell, &error.summary())
            .hint("a 403 without a reason comes from a firewall or a proxy on the way");
    }
    item(CheckResult::CannotTell, &nothing_read(facts))
}

fn clock(difference: Option<Duration>) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "clock", result, detail);
    let Some(difference) = difference else {
        return item(CheckResult::CannotTell, "no response to compare the clock with");
    };
    let seconds = difference.as_secs();
    let detail = format!("{seconds} s from the clock of Atlas");
    match seconds {
        0..=5 => item(CheckResult::Pass, &detail),
        6..=60 => item(CheckResult::Warn, &detail).hint("let the system set its clock (NTP)"),
        _ => item(CheckResult::Fail, &detail).hint(
            "set the clock: windows are judged by it, and no cutover starts with this difference",
        ),
    }
}

fn nothing_read(facts: &AtlasFacts) -> String {
    facts.errors().next().map_or_else(|| "nothing was asked for".to_owned(), Error::summary)
}

/// Returns whether the service knows who calls and refuses this request.
fn is_known_caller(error: &Error) -> bool {
    lacks_role(error)
        || matches!(
            error.code(),
            Some(
                ErrorCode::IpAddressNotOnAccessList
                    | ErrorCode::OrgRequiresAccessList
                    | ErrorCode::GroupNotFound
                    | ErrorCode::OrgNotFound
            )
        )
}

fn lacks_role(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(
            ErrorCode::UserUnauthorized
                | ErrorCode::UserCannotAccessOrg
                | ErrorCode::UserCannotAccessGroup
                | ErrorCode::NotOrgOwner
                | ErrorCode::NotInGroup
        )
    )
}
