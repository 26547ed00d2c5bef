//! What to do about an error.

use std::borrow::Cow;
use std::time::Duration;

use http::{StatusCode, header};

use super::{ConnectProblem, Error, ErrorCode, Kind, TimeoutKind};
use crate::decision::{Advice, Evidence};
use crate::foreign_text::ForeignText;

/// The advice for an error: what the table of decisions asks for, and what its cause asks for.
pub(super) fn hint(error: &Error) -> Option<Cow<'static, str>> {
    let advice = error.decision().advice;
    let cause = match advice {
        // A failure of the service, or on the way to it, asks for nothing more.
        Advice::FindOut => cause(error).filter(|_| !error.is_server() && !error.is_transport()),
        Advice::Repeat | Advice::Mend => error.0.hint.clone().or_else(|| cause(error)),
    };
    let step: Option<Cow<'static, str>> = match advice {
        Advice::FindOut => Some(error.0.find_out.unwrap_or(FIND_OUT).into()),
        Advice::Repeat => Some(repeat(error)),
        Advice::Mend => None,
    };
    match (advice, step, cause) {
        (Advice::FindOut, Some(step), Some(cause)) => Some(format!("{step}; {cause}").into()),
        (_, Some(step), Some(cause)) => Some(format!("{cause}; {step}").into()),
        (_, step, cause) => step.or(cause),
    }
}

/// Where nobody knows more of the operation.
const FIND_OUT: &str =
    "do not repeat it before you know: first look in Atlas whether it took effect";

/// Longer than a number of seconds says anything to a person.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// When to send the same request again.
fn repeat(error: &Error) -> Cow<'static, str> {
    match error.retry_after() {
        Some(wait) if wait > LONG => "wait for more than a day, then try again".into(),
        Some(wait) => format!("wait {} s, then try again", wait.as_secs()).into(),
        None if error.evidence() == Evidence::RateLimited => "wait a while, then try again".into(),
        None if error.is_server() => "try again later".into(),
        None => "try again".into(),
    }
}

/// What to look at, by what happened.
fn cause(error: &Error) -> Option<Cow<'static, str>> {
    let text = match error.kind() {
        Kind::Answer => {
            return error.code().and_then(|code| of_code(error, code)).or_else(|| of_status(error));
        }
        Kind::Connect(ConnectProblem::Tls) => {
            "check that the base URL is Atlas's, and that the certificates that this system trusts (or \
             SSL_CERT_FILE names) include the one that signed the server's"
        }
        Kind::Connect(ConnectProblem::Proxy(proxy)) => {
            return Some(format!("check the network and the proxy {proxy}").into());
        }
        Kind::Connect(ConnectProblem::Unknown) => "check the base URL and the network",
        Kind::Timeout(TimeoutKind::Idle) => "the network or the service stalled",
        Kind::Timeout(TimeoutKind::Attempt) => "the service took too long: allow more time",
        Kind::Timeout(TimeoutKind::Call) => "allow more time",
        Kind::Transport => "the connection broke",
        Kind::TooLarge { .. } => {
            "no answer of this operation should be as large; check that the base URL is Atlas's, or raise the limit"
        }
        Kind::Decode(_) => {
            "check that the base URL is Atlas's; if it is, the service's answer has changed and this client needs an update"
        }
        Kind::NotMutual => "do not trust the answer: check that the base URL is Atlas's",
        Kind::Request | Kind::Misread => return None,
    };
    Some(text.into())
}

fn of_code(error: &Error, code: &ErrorCode) -> Option<Cow<'static, str>> {
    let text = match code {
        ErrorCode::UserUnauthorized => return Some(missing_role(error).into()),
        ErrorCode::UserCannotAccessGroup | ErrorCode::NotInGroup => {
            "the credential belongs to another project; use one of this project, or of its organisation with access to it"
        }
        ErrorCode::UserCannotAccessOrg => {
            "the credential belongs to another organisation; use one of this organisation"
        }
        ErrorCode::IpAddressNotOnAccessList => {
            let address = error.parameters().first().and_then(|value| value.as_str());
            let address = ForeignText::from(address.unwrap_or("this machine's public address"));
            return Some(format!("add {address} to the access list of this credential").into());
        }
        ErrorCode::OrgRequiresAccessList => {
            "give this credential an access list that has this machine's public address"
        }
        ErrorCode::GroupNotFound | ErrorCode::InvalidGroupId => {
            "check the project's id; it is also called the group's id, and is not the organisation's"
        }
        ErrorCode::OrgNotFound | ErrorCode::InvalidOrgId => {
            "check the organisation's id; it is not the project's"
        }
        ErrorCode::InvalidVersionDate => {
            "the service has no such version of this operation; check that the base URL is Atlas's, and update this client"
        }
        ErrorCode::VersionGone => {
            "the service no longer answers this version of the operation; update this client"
        }
        ErrorCode::InvalidClient => {
            "check the service account's client id and secret; a secret lives for a year at the most"
        }
        _ => return None,
    };
    Some(text.into())
}

fn of_status(error: &Error) -> Option<Cow<'static, str>> {
    let status = error.status()?;
    let text = match status {
        StatusCode::UNAUTHORIZED => {
            return Some(
                format!(
                    "check that the credential is right and not expired; {}",
                    missing_role(error),
                )
                .into(),
            );
        }
        StatusCode::FORBIDDEN => {
            "check the credential's access list and roles, and what the project's plan allows"
        }
        StatusCode::GONE => "the service no longer answers this version; update this client",
        _ if status.is_redirection() => {
            let target = error.headers().and_then(|headers| headers.get(header::LOCATION));
            return Some(match target.and_then(|target| target.to_str().ok()) {
                Some(target) => {
                    let target = ForeignText::from(target);
                    format!("redirects are not followed; the service points to {target}").into()
                }
                None => "redirects are not followed; check the base URL".into(),
            });
        }
        _ if status.is_server_error() => "the trouble is on the service's side",
        _ => return None,
    };
    Some(text.into())
}

/// Atlas answers a missing role with 401, as it does a wrong key.
fn missing_role(error: &Error) -> String {
    let roles = error.operation().map_or(&[][..], |operation| operation.roles);
    if roles.is_empty() {
        "the credential may lack a role".to_owned()
    } else {
        format!("the credential needs the {} role", roles.join(" or the "))
    }
}
