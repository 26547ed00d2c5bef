//! The service accounts: who presents what, and how often.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;

use super::Endpoint;
use super::form::{self, Form};
use crate::auth::{self, Caller};
use crate::bucket::{Bucket, Taken};
use crate::locked;
use crate::request::Received;
use crate::scenario::{RateLimit, RequestLimit, ServiceAccount};

/// With padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Beyond how many buckets those that are full are thrown away.
const MANY_BUCKETS: usize = 1024;

/// A service account.
#[derive(Debug)]
pub(crate) struct Client {
    pub(super) id: String,
    secret: Secret,
    pub(super) caller: Arc<Caller>,
}

/// What no `Debug` form shows.
#[derive(PartialEq, Eq)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// The service accounts, by id, and how often each asked.
pub(crate) struct Clients {
    by_id: HashMap<String, Arc<Client>>,
    limit: RateLimit,
    buckets: Mutex<HashMap<(IpAddr, Endpoint, String), Bucket>>,
}

impl Clients {
    pub(crate) fn new(accounts: &[ServiceAccount], limit: RequestLimit) -> Self {
        let client = |account: &ServiceAccount| {
            let client = Client {
                id: account.client_id.clone(),
                secret: Secret(account.client_secret.clone()),
                caller: Caller::new(account.access, account.role, account.project_ids.as_deref()),
            };
            (account.client_id.clone(), Arc::new(client))
        };
        let limit = RateLimit {
            capacity: limit.requests,
            refill: limit.requests,
            period_seconds: limit.period_minutes.saturating_mul(60),
        };
        Self { by_id: accounts.iter().map(client).collect(), limit, buckets: Mutex::default() }
    }

    /// The client that is meant, whether its secret is right or not.
    pub(super) fn named(&self, presented: &Presented) -> Option<&Arc<Client>> {
        presented.0.iter().find_map(|(id, _)| self.by_id.get(id))
    }

    /// Counts a request against the limit, or says after how many seconds the next one may come.
    pub(super) fn count(
        &self,
        client: &Client,
        endpoint: Endpoint,
        request: &Received,
    ) -> Result<(), u64> {
        let (limit, now) = (self.limit, request.client_now);
        let mut buckets = locked(&self.buckets);
        if buckets.len() > MANY_BUCKETS {
            buckets.retain(|_, bucket| !bucket.is_full(limit, now));
        }
        let key = (request.address, endpoint, client.id.clone());
        let bucket = buckets.entry(key).or_insert_with(|| Bucket::new(limit, now));
        match bucket.take(limit, now) {
            Taken::Allowed { .. } => Ok(()),
            Taken::Exhausted { retry_after } => Err(retry_after),
        }
    }
}

/// What a request presents as id and secret. There may be two readings of it.
pub(super) struct Presented(Vec<(String, String)>);

impl Presented {
    /// What stands in the `Authorization` header, or else in the form; `None` where nothing does.
    /// The error says in words what is wrong with both.
    ///
    /// RFC 6749 has the id and the secret encoded as in a form before they are put together, and
    /// many clients do not do so: both readings count.
    pub(super) fn find(headers: &HeaderMap, form: &Form) -> Result<Option<Self>, &'static str> {
        let in_form = form.get("client_id").zip(form.get("client_secret"));
        let Some((scheme, credential)) = auth::credential(headers) else {
            let owned = |(id, secret): (&str, &str)| (id.to_owned(), secret.to_owned());
            return Ok(in_form.map(|found| Self(vec![owned(found)])));
        };
        if form.get("client_secret").is_some() {
            return Err("The client is named in the header and in the form.");
        }
        if !scheme.eq_ignore_ascii_case(b"Basic") {
            return Ok(None);
        }
        let decoded = BASE64.decode(credential.trim_ascii()).ok();
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((id, secret)) = text.as_deref().and_then(|text| text.split_once(':')) else {
            return Ok(None);
        };
        Ok(Some(Self(vec![
            (form::decode(id), form::decode(secret)),
            (id.to_owned(), secret.to_owned()),
        ])))
    }

    pub(super) fn proves(&self, client: &Client) -> bool {
        self.0.iter().any(|(id, secret)| *id == client.id && *secret == client.secret.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::header::AUTHORIZATION;

    use super::*;

    fn clients() -> Clients {
        let accounts = [("plain", "secret"), ("raw", "a+b:%41"), ("é:+ %41", "a:b&c%2F+")];
        let accounts = accounts.map(|(id, secret)| ServiceAccount {
            client_id: id.to_owned(),
            client_secret: secret.to_owned(),
            ..ServiceAccount::default()
        });
        Clients::new(&accounts, RequestLimit { requests: 2, period_minutes: 1 })
    }

    fn known(authorization: &str) -> Option<String> {
        let headers = [(AUTHORIZATION, authorization.parse().unwrap())].into_iter().collect();
        let form = "application/x-www-form-urlencoded".parse().unwrap();
        let form = [(http::header::CONTENT_TYPE, form)].into_iter().collect();
        let presented = Presented::find(&headers, &Form::parse(&form, b"").unwrap()).unwrap()?;
        let clients = clients();
        let client = clients.named(&presented)?;
        presented.proves(client).then(|| client.id.clone())
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    }

    #[test]
    fn id_and_secret_may_be_encoded_or_not() {
        assert_eq!(known(&basic("plain:secret")).as_deref(), Some("plain"));
        assert_eq!(known("basic cGxhaW46c2VjcmV0").as_deref(), Some("plain"));
        assert_eq!(known(&basic("%70lain:%73ecret")).as_deref(), Some("plain"));
        assert_eq!(known(&basic("raw:a+b:%41")).as_deref(), Some("raw"));
        assert_eq!(known(&basic("raw:a%2Bb%3A%2541")).as_deref(), Some("raw"));
        let encoded = "%C3%A9%3A%2B+%2541:a%3Ab%26c%252F%2B";
        assert_eq!(known(&basic(encoded)).as_deref(), Some("é:+ %41"));
        for wrong in ["plain:Secret", "plain:", "plain", ":secret", "other:secret", ""] {
            assert_eq!(known(&basic(wrong)), None, "{wrong}");
        }
        for wrong in ["Basic !", "Basic", "Bearer cGxhaW46c2VjcmV0"] {
            assert_eq!(known(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn buckets_that_are_full_are_thrown_away() {
        let clients = clients();
        let mut request = Received::example("POST", "/", &[]);
        let client = Arc::clone(&clients.by_id["plain"]);
        for last in 0..=MANY_BUCKETS {
            let [_, _, high, low] = u32::try_from(last).unwrap().to_be_bytes();
            request.address = [127, 0, high, low].into();
            assert_eq!(clients.count(&client, Endpoint::Token, &request), Ok(()));
        }
        request.client_now = Duration::from_secs(60);
        assert_eq!(clients.count(&client, Endpoint::Token, &request), Ok(()));
        assert_eq!(locked(&clients.buckets).len(), 1);
        assert!(!format!("{client:?}").contains("secret\""));
    }
}
