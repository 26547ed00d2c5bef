//! The organisation and its link.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::locked;
use crate::problem::{self, Problem};
use crate::scenario::Scenario;

/// How many bytes a link token stands for: they make 192 characters, of which one is padding.
const TOKEN_BYTES: usize = 143;

/// The organisation that the credentials belong to.
pub(crate) struct Organisation {
    id: String,
    /// Those that there are besides.
    others: HashSet<String>,
    keys: RandomState,
    link: Mutex<Link>,
}

/// Tokens are not kept: nobody hands one in.
#[derive(Clone, Copy)]
struct Link {
    is_there: bool,
    issued: u64,
}

impl Organisation {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self {
            id: scenario.org_id.clone(),
            others: scenario.other_org_ids.iter().cloned().collect(),
            keys: RandomState::new(),
            link: Mutex::new(Link { is_there: scenario.linked, issued: 0 }),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Whether the id is this organisation's.
    pub(crate) fn check_id(&self, id: &str) -> Result<(), Problem> {
        if id == self.id {
            Ok(())
        } else if !crate::is_object_id(id) {
            Err(problem::invalid_org_id(id))
        } else if self.others.contains(id) {
            Err(problem::cannot_access_org())
        } else {
            Err(problem::org_not_found(id))
        }
    }

    pub(crate) fn is_linked(&self) -> bool {
        locked(&self.link).is_there
    }

    pub(crate) fn tokens_issued(&self) -> u64 {
        locked(&self.link).issued
    }

    /// Makes the link, or makes it anew, and the token for it.
    pub(crate) fn link(&self) -> String {
        let number = {
            let mut link = locked(&self.link);
            link.is_there = true;
            link.issued += 1;
            link.issued
        };
        token(number, self.keys.hash_one(number))
    }

    /// Removes the link, unless it is held by what `held_by` says.
    pub(crate) fn unlink<'a>(&self, held_by: impl FnOnce() -> Vec<&'a str>) -> Result<(), Problem> {
        let mut link = locked(&self.link);
        if !link.is_there {
            return Err(problem::no_link());
        }
        let holders = held_by();
        if !holders.is_empty() {
            return Err(problem::link_in_use(&holders));
        }
        link.is_there = false;
        Ok(())
    }
}

/// A token of the recorded form, which says itself that it is none.
fn token(number: u64, salt: u64) -> String {
    let said = format!(
        r#"{{"is":"not a real link token, but one that atlas-simulator made up","number":{number},"salt":"{salt:016x}","fill":""#
    );
    let fill = TOKEN_BYTES.saturating_sub(said.len() + r#""}"#.len());
    STANDARD.encode(format!(r#"{said}{:.<fill$}"}}"#, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_recorded_form_and_says_what_it_is() {
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
    fn no_two_tokens_are_the_same() {
        let one = Organisation::new(&Scenario::default());
        let other = Organisation::new(&Scenario::default());
        let tokens = HashSet::from([one.link(), one.link(), other.link(), other.link()]);
        assert_eq!(tokens.len(), 4);
        assert_eq!(one.tokens_issued(), 2);
    }
}
