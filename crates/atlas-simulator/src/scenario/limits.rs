//! The rate limits.

use serde::{Deserialize, Deserializer, Serialize};

/// The rate limits of the scenario. All of them use the client's time (see [`Clock`](crate::Clock)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// The limit shared by the operations of one project. Each project has its own bucket.
    pub group: RateLimit,
    /// The limit shared by the operations of the organization. Fields that are omitted in JSON have
    /// the values of an organization on Atlas.
    #[serde(deserialize_with = "org_limit")]
    pub org: RateLimit,
    /// The limit of each OAuth endpoint, per address and client.
    pub token_endpoint: RequestLimit,
}

impl RateLimits {
    /// Returns limits that no client reaches: 4,294,967,295 requests per second, or per minute at the
    /// OAuth endpoints. Responses still carry the rate limit headers.
    #[must_use]
    pub const fn unlimited() -> Self {
        let max = u32::MAX as u64;
        let limit = RateLimit { capacity: max, refill: max, period_seconds: 1 };
        let token_endpoint = RequestLimit { requests: max, period_minutes: 1 };
        Self { group: limit, org: limit, token_endpoint }
    }
}

const ORG_DEFAULT: RateLimit = RateLimit { capacity: 500, refill: 250, period_seconds: 60 };

impl Default for RateLimits {
    fn default() -> Self {
        let (group, token_endpoint) = (RateLimit::default(), RequestLimit::default());
        Self { group, org: ORG_DEFAULT, token_endpoint }
    }
}

fn org_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RateLimit, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Partial {
        capacity: Option<u64>,
        refill: Option<u64>,
        period_seconds: Option<u64>,
    }
    let partial = Partial::deserialize(deserializer)?;
    Ok(RateLimit {
        capacity: partial.capacity.unwrap_or(ORG_DEFAULT.capacity),
        refill: partial.refill.unwrap_or(ORG_DEFAULT.refill),
        period_seconds: partial.period_seconds.unwrap_or(ORG_DEFAULT.period_seconds),
    })
}

/// A token bucket that is refilled in steps. The default is that of a project on Atlas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// The number of requests that a full bucket allows.
    pub capacity: u64,
    /// The number of requests that each refill adds, up to the capacity.
    pub refill: u64,
    /// The time between two refills, in seconds.
    pub period_seconds: u64,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { capacity: 1200, refill: 500, period_seconds: 60 }
    }
}

/// A number of requests per period. The default is that of the token endpoint on Atlas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestLimit {
    /// The number of requests.
    pub requests: u64,
    /// The period, in minutes.
    pub period_minutes: u64,
}

impl RequestLimit {
    /// Returns the token bucket that enforces this limit.
    pub(crate) const fn as_rate_limit(self) -> RateLimit {
        RateLimit {
            capacity: self.requests,
            refill: self.requests,
            period_seconds: self.period_minutes.saturating_mul(60),
        }
    }
}

impl Default for RequestLimit {
    fn default() -> Self {
        Self { requests: 10, period_minutes: 1 }
    }
}
