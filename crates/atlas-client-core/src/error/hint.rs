//! The hint of an [`Error`]: what to do about it.

use std::borrow::Cow;
use std::time::Duration;

use http::{StatusCode, header};

use super::call_error::Error;
use super::code::ErrorCode;
use super::kind::{ConnectProblem, Kind, TimeoutKind};
use crate::decision::{Advice, Evidence};
use crate::foreign_text::ForeignText;

/// The step if nothing more is known about the operation.
const FIND_OUT: &str =
    "do not repeat the call before you know whether it took effect: look in Atlas";

/// Longer waits are not given in seconds.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

impl Error {
    /// Returns what to do about the error.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let advice = self.decision().advice;
        let cause = match advice {
            // A failure of the service or the network needs no hint.
            Advice::FindOut => cause(self).filter(|_| !self.is_server() && !self.is_transport()),
            Advice::Retry | Advice::Correct => self.0.hint.clone().or_else(|| cause(self)),
        };
        let step: Option<Cow<'static, str>> = match advice {
            Advice::FindOut => Some(self.0.find_out.unwrap_or(FIND_OUT).into()),
            Advice::Retry => Some(retry_step(self)),
            Advice::Correct => None,
        };
        match (advice, step, cause) {
            (Advice::FindOut, Some(step), Some(cause)) => Some(format!("{step}; {cause}").into()),
            (_, Some(step), Some(cause)) => Some(format!("{cause}; {step}").into()),
            (_, step, cause) => step.or(cause),
        }
    }
}

/// Returns when to send the same request again.
fn retry_step(error: &Error) -> Cow<'static, str> {
    match error.retry_after() {
        Some(wait) if wait > LONG => "wait for more than a day, then try again".into(),
        Some(wait) => format!("wait {} s, then try again", wait.as_secs()).into(),
        None if error.evidence() == Evidence::RateLimited => "wait a while, then try again".into(),
        None if error.is_server() => "try again later".into(),
        None => "try again".into(),
    }
}

/// Returns the advice for the cause of the error.
fn cause(error: &Error) -> Option<Cow<'static, str>> {
    let text = match error.kind() {
        Kind::ErrorResponse => {
            return error.code().and_then(|code| of_code(error, code)).or_else(|| of_status(error));
        }
        Kind::Connect(ConnectProblem::Tls) => {
            "check the base URL, and that this system's root certificates (or those in SSL_CERT_FILE) \
             include the issuer of the server's certificate"
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
            "no response of this operation should be this large: check the base URL, or raise the limit"
        }
        Kind::Decode(_) => {
            "check the base URL; if it is right, the service's response has changed and this client needs an update"
        }
        Kind::MutualAuthFailed => "do not trust the response: check the base URL",
        Kind::Request | Kind::Misread => return None,
    };
    Some(text.into())
}

fn of_code(error: &Error, code: &ErrorCode) -> Option<Cow<'static, str>> {
    let text = match code {
        ErrorCode::UserUnauthorized => return Some(missing_role(error).into()),
        ErrorCode::UserCannotAccessGroup | ErrorCode::NotInGroup => {
            "the credential belongs to another project; use one of this project, or of its organization with access to it"
        }
        ErrorCode::UserCannotAccessOrg => {
            "the credential belongs to another organization; use one of this organization"
        }
        ErrorCode::IpAddressNotOnAccessList => {
            let address = error.parameters().first().and_then(|value| value.as_str());
            let address = ForeignText::from(address.unwrap_or("this machine's public address"));
            return Some(format!("add {address} to the access list of this credential").into());
        }
        ErrorCode::OrgRequiresAccessList => {
            "give this credential an access list that contains this machine's public address"
        }
        ErrorCode::GroupNotFound | ErrorCode::InvalidGroupId => {
            "check the project ID (also called group ID); it is not the organization ID"
        }
        ErrorCode::OrgNotFound | ErrorCode::InvalidOrgId => {
            "check the organization ID; it is not the project ID"
        }
        ErrorCode::InvalidVersionDate => {
            "the service does not have this version of the operation: check the base URL, and update this client"
        }
        ErrorCode::VersionGone => {
            "the service has removed this version of the operation: update this client"
        }
        ErrorCode::InvalidClient => {
            "check the service account's client ID and secret; a secret expires after at most a year"
        }
        _ => return None,
    };
    Some(text.into())
}

fn of_status(error: &Error) -> Option<Cow<'static, str>> {
    let status = error.status()?;
    let text = match status {
        StatusCode::UNAUTHORIZED => {
            let role = missing_role(error);
            return Some(
                format!("check that the credential is right and not expired; {role}").into(),
            );
        }
        StatusCode::FORBIDDEN => {
            "check the access list and the roles of the credential, and what the project's plan allows"
        }
        StatusCode::GONE => "the service has removed this version: update this client",
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
        _ if status.is_server_error() => "the service failed",
        _ => return None,
    };
    Some(text.into())
}

/// Atlas sends 401 for a missing role, as for a wrong key.
fn missing_role(error: &Error) -> String {
    let roles = error.operation().map_or(&[][..], |operation| operation.roles);
    if roles.is_empty() {
        "the credential may lack a role".to_owned()
    } else {
        format!("the credential needs the {} role", roles.join(" or the "))
    }
}
