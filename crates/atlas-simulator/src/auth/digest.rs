//! HTTP digest: RFC 7616, and what RFC 2617 and 2069 have of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::nonces::Nonces;
use super::parameters::Parameters;
use super::response::{Inputs, hash};
use super::{Admitted, Caller, REALM, Refused, challenge};
use crate::query;
use crate::request::Received;
use crate::scenario::{ApiKey, DigestAlgorithm, DigestOptions, ResponseProof};

/// The API keys, and what is demanded of those who use them.
pub(super) struct Digests {
    by_name: HashMap<String, Arc<Key>>,
    /// By the digest of the name and the realm, where names may be sent so.
    by_hash: HashMap<String, Arc<Key>>,
    options: DigestOptions,
    nonces: Nonces,
}

struct Key {
    /// The digest of the name, the realm and the private key. The key itself is not needed.
    secret: String,
    caller: Arc<Caller>,
}

/// A digest that is right, but for its nonce, which is not looked at yet.
struct Right<'a> {
    key: &'a Key,
    inputs: Inputs<'a>,
    count: Option<u32>,
}

impl Digests {
    pub(super) fn new(keys: &[ApiKey], options: DigestOptions) -> Self {
        let algorithm = options.algorithm;
        let (mut by_name, mut by_hash) = (HashMap::new(), HashMap::new());
        for ApiKey { public_key, private_key, access, role, project_ids } in keys {
            let secret = hash(algorithm, &[public_key, REALM, private_key]);
            let caller = Caller::new(*access, *role, project_ids.as_deref());
            let key = Arc::new(Key { secret, caller });
            if options.userhash {
                let hashed = hash(algorithm, &[public_key, REALM]);
                by_hash.insert(hashed, Arc::clone(&key));
            }
            by_name.insert(public_key.clone(), key);
        }
        let nonces = Nonces::new(Duration::from_secs(options.nonce_lifetime_seconds));
        Self { by_name, by_hash, options, nonces }
    }

    pub(super) fn challenges(&self, stale: bool, now: Duration) -> Vec<HeaderValue> {
        challenge::headers(&self.options, stale, || self.nonces.fresh(now))
    }

    /// Who sent the digest. Only one that is otherwise right is told that its nonce is stale, and a
    /// count that was used is answered as a wrong key is.
    pub(super) fn verify(&self, sent: &[u8], request: &Received) -> Result<Admitted, Refused> {
        let sent = Parameters::parse(sent).ok_or(Refused::Unknown)?;
        let right = self.right(&sent, request).ok_or(Refused::Unknown)?;
        self.nonces.take(right.inputs.nonce, right.count, request.client_now)?;
        let info = self.info(&right.inputs, request.client_now);
        Ok(Admitted { caller: Arc::clone(&right.key.caller), info })
    }

    fn right<'a>(&'a self, sent: &'a Parameters<'_>, request: &Received) -> Option<Right<'a>> {
        let algorithm = sent.get("algorithm").unwrap_or(DigestAlgorithm::Md5.as_str());
        let agreed = sent.get("realm")? == REALM
            && sent.get("uri")? == request.target()
            && algorithm.eq_ignore_ascii_case(self.options.algorithm.as_str())
            && sent.get("opaque").unwrap_or("") == self.options.opaque.as_deref().unwrap_or("");
        if !agreed {
            return None;
        }
        let count = match sent.get("qop") {
            Some("auth") if self.options.qop => Some(sent.get("nc")?),
            None if !self.options.qop => None,
            _ => return None,
        };
        let is_session = matches!(
            self.options.algorithm,
            DigestAlgorithm::Md5Sess | DigestAlgorithm::Sha256Sess
        );
        let cnonce = match sent.get("cnonce") {
            None if count.is_some() || is_session => return None,
            cnonce => cnonce.unwrap_or_default(),
        };
        let key = self.key(sent)?;
        let inputs = Inputs {
            algorithm: self.options.algorithm,
            secret: &key.secret,
            nonce: sent.get("nonce")?,
            cnonce,
            count,
            uri: sent.get("uri")?,
        };
        let is_right = inputs.response(request.method.as_str()) == sent.get("response")?;
        let count = match count {
            Some(count) => Some(parse_count(count)?),
            None => None,
        };
        is_right.then_some(Right { key, inputs, count })
    }

    /// Whose key it is: by the name, plain or in the extended notation, or by its digest.
    fn key(&self, sent: &Parameters<'_>) -> Option<&Key> {
        let found = match (sent.get("username"), sent.get("username*"), sent.get("userhash")) {
            (Some(hashed), None, Some("true")) => self.by_hash.get(hashed),
            (Some(name), None, None | Some("false")) => self.by_name.get(name),
            (None, Some(extended), None | Some("false")) => {
                let (charset, rest) = extended.split_once('\'')?;
                let (_language, name) = rest.split_once('\'')?;
                let is_utf_8 = charset.eq_ignore_ascii_case("UTF-8");
                self.by_name.get(&query::decode(name)).filter(|_| is_utf_8)
            }
            _ => None,
        };
        found.map(Arc::as_ref)
    }

    /// The `Authentication-Info` header, where there is something to say.
    fn info(&self, inputs: &Inputs<'_>, now: Duration) -> Option<HeaderValue> {
        let mut said = Vec::new();
        let proof = match self.options.rspauth {
            ResponseProof::None => None,
            ResponseProof::Right => Some(inputs.response("")),
            ResponseProof::Wrong => Some(inputs.response("WRONG")),
        };
        if let Some(proof) = proof {
            said.push(format!("rspauth=\"{proof}\""));
            if let Some(count) = inputs.count {
                let cnonce = challenge::escaped(inputs.cnonce);
                said.push(format!("qop=auth, cnonce=\"{cnonce}\", nc={count}"));
            }
        }
        if self.options.next_nonce {
            said.push(format!("nextnonce=\"{}\"", self.nonces.fresh(now)));
        }
        HeaderValue::try_from(said.join(", ")).ok().filter(|info| !info.is_empty())
    }
}

/// Eight hex digits.
fn parse_count(count: &str) -> Option<u32> {
    let is_hex = count.len() == 8 && count.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(count, 16).ok().filter(|_| is_hex)
}
