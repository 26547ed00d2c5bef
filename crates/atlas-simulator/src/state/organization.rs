//! The organization and its link.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::lock::lock;
use crate::api::ApiError;
use crate::scenario::{Scenario, is_object_id};

/// The number of bytes in a link token. They encode to 192 characters, including one of padding.
const TOKEN_BYTES: usize = 143;

/// The organization that the credentials belong to.
pub(crate) struct Organization {
    id: String,
    /// The ids of other existing organizations.
    others: HashSet<String>,
    keys: RandomState,
    link: Mutex<Link>,
}

/// The link. Its tokens are not kept, as nothing uses them.
#[derive(Clone, Copy)]
struct Link {
    exists: bool,
    tokens_issued: u64,
}

impl Organization {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            id: scenario.org_id.clone(),
            others: scenario.other_org_ids.iter().cloned().collect(),
            keys: RandomState::new(),
            link: Mutex::new(Link { exists: scenario.linked, tokens_issued: 0 }),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Checks that the id is this organization's.
    pub(crate) fn check_id(&self, id: &str) -> Result<(), ApiError> {
        if id == self.id {
            Ok(())
        } else if !is_object_id(id) {
            Err(ApiError::invalid_org_id(id))
        } else if self.others.contains(id) {
            Err(ApiError::cannot_access_org())
        } else {
            Err(ApiError::org_not_found(id))
        }
    }

    pub(crate) fn is_linked(&self) -> bool {
        lock(&self.link).exists
    }

    pub(crate) fn link_tokens_issued(&self) -> u64 {
        lock(&self.link).tokens_issued
    }

    /// Creates the link, or replaces it, and returns its token.
    pub(crate) fn link(&self) -> String {
        let number = {
            let mut link = lock(&self.link);
            link.exists = true;
            link.tokens_issued += 1;
            link.tokens_issued
        };
        token(number, self.keys.hash_one(number))
    }

    /// Removes the link, unless `holders` returns ids of projects that hold it.
    pub(crate) fn unlink<'a>(
        &self,
        holders: impl FnOnce() -> Vec<&'a str>,
    ) -> Result<(), ApiError> {
        let mut link = lock(&self.link);
        if !link.exists {
            return Err(ApiError::no_link());
        }
        let holders = holders();
        if !holders.is_empty() {
            return Err(ApiError::link_in_use(&holders));
        }
        link.exists = false;
        Ok(())
    }
}

/// Returns a token of the recorded format, whose content says that it is not real.
fn token(number: u64, salt: u64) -> String {
    let start = format!(
        r#"{{"is":"not a real link token, but one that atlas-simulator made up","number":{number},"salt":"{salt:016x}","fill":""#
    );
    let fill = TOKEN_BYTES.saturating_sub(start.len() + r#""}"#.len());
    STANDARD.encode(format!(r#"{start}{:.<fill$}"}}"#, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_recorded_format_and_says_that_it_is_not_real() {
        for number in [1, u64::MAX] {
            let token = token(number, u64::MAX);
            assert_eq!(token.len(), 192);
            assert!(token.starts_with("eyJ") && token.find('=') == Some(191), "{token}");
            let decoded = STANDARD.decode(token).unwrap();
            let decoded: serde_json::Value = serde_json::from_slice(&decoded).unwrap();
            assert!(decoded["is"].as_str().unwrap().starts_with("not a real link token"));
            assert_eq!(decoded["number"], number);
        }
    }

    #[test]
    fn tokens_are_unique() {
        let one = Organization::new(&Scenario::default());
        let other = Organization::new(&Scenario::default());
        let tokens = HashSet::from([one.link(), one.link(), other.link(), other.link()]);
        assert_eq!(tokens.len(), 4);
        assert_eq!(one.link_tokens_issued(), 2);
    }
}
