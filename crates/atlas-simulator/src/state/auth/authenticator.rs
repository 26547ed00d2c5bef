//! Authenticates requests to the API.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::caller::{Admitted, Caller, Refused};
use super::credential::credential;
use super::digest::DigestAuth;
use super::tokens::Tokens;
use crate::http::Request;
use crate::scenario::Scenario;

/// The bearer tokens and API keys of the scenario.
pub(crate) struct Authenticator {
    bearer_tokens: HashMap<String, Arc<Caller>>,
    digest: DigestAuth,
}

impl Authenticator {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let bearer_tokens = scenario.bearer_tokens.iter().map(|bearer| {
            let caller = Caller::new(bearer.access, bearer.role, bearer.project_ids.as_deref());
            (bearer.token.clone(), caller)
        });
        let digest = DigestAuth::new(&scenario.api_keys, scenario.digest.clone());
        Self { bearer_tokens: bearer_tokens.collect(), digest }
    }

    /// Authenticates a request by its headers. This uses up the nonce count of a digest.
    pub(crate) fn authenticate(
        &self,
        request: &Request,
        tokens: &Tokens,
    ) -> Result<Admitted, Refused> {
        let (scheme, credential) = credential(&request.headers).ok_or(Refused::Unknown)?;
        if scheme.eq_ignore_ascii_case(b"Digest") {
            return self.digest.authenticate(credential, request);
        }
        let token = str::from_utf8(credential).map_err(|_| Refused::Unknown)?.trim();
        let caller = if scheme.eq_ignore_ascii_case(b"Bearer") {
            let issued = || tokens.caller(token, request.client_now);
            self.bearer_tokens.get(token).cloned().or_else(issued)
        } else {
            None
        };
        let caller = caller.ok_or(Refused::Unknown)?;
        Ok(Admitted { caller, info: None })
    }

    /// Returns the values of the `WWW-Authenticate` headers of a challenge, with new nonces.
    pub(crate) fn challenges(&self, stale: bool, now: Duration) -> Vec<HeaderValue> {
        self.digest.challenges(stale, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Access;

    fn authenticate(value: &str) -> Option<Access> {
        let scenario = r#"{"bearer_tokens": [{"token": "abc", "access": "no_role"}]}"#;
        let scenario = Scenario::from_json(scenario).unwrap();
        let request = Request::example("GET", "/", &[("authorization", value)]);
        let tokens = Tokens::new(&scenario);
        let admitted = Authenticator::new(&scenario).authenticate(&request, &tokens);
        admitted.ok().map(|admitted| admitted.caller.access)
    }

    #[test]
    fn only_known_bearer_tokens_are_admitted() {
        assert_eq!(authenticate("Bearer abc"), Some(Access::NoRole));
        assert_eq!(authenticate("bearer  abc"), Some(Access::NoRole));
        for value in ["Bearer abcd", "Bearer ABC", "Bearer", "Bearer ", "abc", "Basic abc", "é é"]
        {
            assert_eq!(authenticate(value), None, "{value}");
        }
    }
}
