//! The service accounts as OAuth clients, and their rate limit.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use super::caller::Caller;
use super::client_credentials::ClientCredentials;
use crate::http::Request;
use crate::scenario::{OperationId, RateLimit, Scenario, ServiceAccount};
use crate::state::lock::lock;
use crate::state::rate_limit::{RateLimitDecision, TokenBucket};

/// Beyond this number of buckets the full ones are removed.
const MANY_BUCKETS: usize = 1024;

/// A service account. Its `Debug` form does not show the secret.
pub(crate) struct Client {
    pub(super) id: String,
    secret: String,
    pub(super) caller: Arc<Caller>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The service accounts, and their buckets by address and endpoint.
pub(crate) struct Clients {
    by_id: HashMap<String, Arc<Client>>,
    limit: RateLimit,
    buckets: Mutex<HashMap<(IpAddr, OperationId, String), TokenBucket>>,
}

impl Clients {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let client = |account: &ServiceAccount| {
            let ServiceAccount { client_id, client_secret, access, role, project_ids } = account;
            let client = Client {
                id: client_id.clone(),
                secret: client_secret.clone(),
                caller: Caller::new(*access, *role, project_ids.as_deref()),
            };
            (client_id.clone(), Arc::new(client))
        };
        let by_id = scenario.service_accounts.iter().map(client).collect();
        let limit = scenario.rate_limits.token_endpoint.as_rate_limit();
        Self { by_id, limit, buckets: Mutex::default() }
    }

    /// Finds the client with that id, whether its secret is right or not.
    pub(crate) fn find(&self, credentials: &ClientCredentials) -> Option<&Arc<Client>> {
        credentials.ids().find_map(|id| self.by_id.get(id))
    }

    /// Counts a request. If the limit is exceeded, returns the seconds until the next refill.
    pub(crate) fn count(
        &self,
        client: &Client,
        endpoint: OperationId,
        request: &Request,
    ) -> Result<(), u64> {
        let (limit, now) = (self.limit, request.client_now);
        let mut buckets = lock(&self.buckets);
        if buckets.len() > MANY_BUCKETS {
            buckets.retain(|_, bucket| !bucket.is_full(limit, now));
        }
        let key = (request.address, endpoint, client.id.clone());
        let bucket = buckets.entry(key).or_insert_with(|| TokenBucket::new(limit, now));
        match bucket.take(limit, now) {
            RateLimitDecision::Allowed { .. } => Ok(()),
            RateLimitDecision::Exceeded { retry_after } => Err(retry_after),
        }
    }
}

impl Client {
    /// Whether the credentials are this client's.
    pub(crate) fn is_authenticated_by(&self, credentials: &ClientCredentials) -> bool {
        credentials.contains(&self.id, &self.secret)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn full_buckets_are_removed() {
        let clients = Clients::new(&Scenario::default());
        let client = Arc::clone(clients.by_id.values().next().unwrap());
        let mut request = Request::example("POST", "/", &[]);
        for last in 0..=MANY_BUCKETS {
            let [_, _, high, low] = u32::try_from(last).unwrap().to_be_bytes();
            request.address = [127, 0, high, low].into();
            assert_eq!(clients.count(&client, OperationId::CreateToken, &request), Ok(()));
        }
        request.client_now = Duration::from_secs(60);
        assert_eq!(clients.count(&client, OperationId::CreateToken, &request), Ok(()));
        assert_eq!(lock(&clients.buckets).len(), 1);
        assert!(!format!("{client:?}").contains(&client.secret));
    }
}
