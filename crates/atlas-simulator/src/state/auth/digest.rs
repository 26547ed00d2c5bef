//! HTTP digest: RFC 7616, and its predecessors RFC 2617 and RFC 2069.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::caller::{Admitted, Caller, Refused};
use super::challenge::{REALM, challenges, escape};
use super::digest_header::DigestParameters;
use super::digest_response::{Inputs, hash};
use super::nonces::Nonces;
use crate::http::{Request, decode};
use crate::scenario::{ApiKey, DigestAlgorithm, DigestOptions, Rspauth};

/// The API keys and the options of digest.
pub(super) struct DigestAuth {
    by_name: HashMap<String, Arc<Key>>,
    /// The keys by the hash of the name and the realm, if hashed names are accepted.
    by_hash: HashMap<String, Arc<Key>>,
    options: DigestOptions,
    nonces: Nonces,
}

struct Key {
    /// The hash of the name, the realm and the private key. The key itself is not needed.
    secret: String,
    caller: Arc<Caller>,
}

/// A digest that is valid except for its nonce, which is not checked yet.
struct VerifiedDigest<'a> {
    key: &'a Key,
    inputs: Inputs<'a>,
    count: Option<u32>,
}

impl DigestAuth {
    pub(super) fn new(keys: &[ApiKey], options: DigestOptions) -> Self {
        let algorithm = options.algorithm;
        let (mut by_name, mut by_hash) = (HashMap::new(), HashMap::new());
        for ApiKey { public_key, private_key, access, role, project_ids } in keys {
            let secret = hash(algorithm, &[public_key, REALM, private_key]);
            let caller = Caller::new(*access, *role, project_ids.as_deref());
            let key = Arc::new(Key { secret, caller });
            if options.userhash {
                by_hash.insert(hash(algorithm, &[public_key, REALM]), Arc::clone(&key));
            }
            by_name.insert(public_key.clone(), key);
        }
        let nonces = Nonces::new(Duration::from_secs(options.nonce_lifetime_seconds));
        Self { by_name, by_hash, options, nonces }
    }

    pub(super) fn challenges(&self, stale: bool, now: Duration) -> Vec<HeaderValue> {
        challenges(&self.options, stale, || self.nonces.issue(now))
    }

    /// Authenticates a digest. Only an otherwise valid digest is refused as stale. A count that was
    /// used before is refused like a wrong key.
    pub(super) fn authenticate(&self, sent: &[u8], request: &Request) -> Result<Admitted, Refused> {
        let sent = DigestParameters::parse(sent).ok_or(Refused::Unknown)?;
        let verified = self.verify(&sent, request).ok_or(Refused::Unknown)?;
        let VerifiedDigest { key, inputs, count } = verified;
        self.nonces.check(inputs.nonce, count, request.client_now)?;
        let info = self.authentication_info(&inputs, request.client_now);
        Ok(Admitted { caller: Arc::clone(&key.caller), info })
    }

    fn verify<'a>(
        &'a self,
        sent: &'a DigestParameters<'_>,
        request: &Request,
    ) -> Option<VerifiedDigest<'a>> {
        let options = &self.options;
        let algorithm = sent.get("algorithm").unwrap_or(DigestAlgorithm::Md5.as_str());
        let matches_challenge = sent.get("realm")? == REALM
            && sent.get("uri")? == request.target()
            && algorithm.eq_ignore_ascii_case(options.algorithm.as_str())
            && sent.get("opaque").unwrap_or("") == options.opaque.as_deref().unwrap_or("");
        if !matches_challenge {
            return None;
        }
        let count = match sent.get("qop") {
            Some("auth") if options.qop => Some(sent.get("nc")?),
            None if !options.qop => None,
            _ => return None,
        };
        let cnonce = match sent.get("cnonce") {
            None if count.is_some() || options.algorithm.is_session() => return None,
            cnonce => cnonce.unwrap_or_default(),
        };
        let key = self.key(sent)?;
        let inputs = Inputs {
            algorithm: options.algorithm,
            secret: &key.secret,
            nonce: sent.get("nonce")?,
            cnonce,
            count,
            uri: sent.get("uri")?,
        };
        let is_valid = inputs.response(request.method.as_str()) == sent.get("response")?;
        let count = match count {
            Some(count) => Some(parse_count(count)?),
            None => None,
        };
        is_valid.then_some(VerifiedDigest { key, inputs, count })
    }

    /// Finds the key by its name, plain or in extended notation, or by the hash of the name.
    fn key(&self, sent: &DigestParameters<'_>) -> Option<&Key> {
        let found = match (sent.get("username"), sent.get("username*"), sent.get("userhash")) {
            (Some(hash), None, Some("true")) => self.by_hash.get(hash),
            (Some(name), None, None | Some("false")) => self.by_name.get(name),
            (None, Some(extended), None | Some("false")) => {
                let (charset, rest) = extended.split_once('\'')?;
                let (_language, name) = rest.split_once('\'')?;
                let is_utf_8 = charset.eq_ignore_ascii_case("UTF-8");
                self.by_name.get(&decode(name)).filter(|_| is_utf_8)
            }
            _ => None,
        };
        found.map(Arc::as_ref)
    }

    /// Returns the value of the `Authentication-Info` header, if it is not empty.
    fn authentication_info(&self, inputs: &Inputs<'_>, now: Duration) -> Option<HeaderValue> {
        let mut info = Vec::new();
        let rspauth = match self.options.rspauth {
            Rspauth::None => None,
            Rspauth::Right => Some(inputs.response("")),
            Rspauth::Wrong => Some(inputs.response("WRONG")),
        };
        if let Some(rspauth) = rspauth {
            info.push(format!("rspauth=\"{rspauth}\""));
            if let Some(count) = inputs.count {
                info.push(format!("qop=auth, cnonce=\"{}\", nc={count}", escape(inputs.cnonce)));
            }
        }
        if self.options.next_nonce {
            info.push(format!("nextnonce=\"{}\"", self.nonces.issue(now)));
        }
        HeaderValue::try_from(info.join(", ")).ok().filter(|info| !info.is_empty())
    }
}

/// Parses eight hex digits.
fn parse_count(count: &str) -> Option<u32> {
    let is_hex = count.len() == 8 && count.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(count, 16).ok().filter(|_| is_hex)
}
