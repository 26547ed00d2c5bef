//! How many requests are let through.

use serde::{Deserialize, Deserializer, Serialize};

/// The rate limits of the scenario. All count in the clients' time (see [`Clock`](crate::Clock)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// The limit that the operations of one project share. Each project has its own bucket.
    pub group: RateLimit,
    /// The limit that the operations of the organisation share. What is left out of it in JSON is
    /// as it is for an organisation on Atlas.
    #[serde(deserialize_with = "of_organisation")]
    pub org: RateLimit,
    /// The limit of the token endpoint and of the one that revokes, for each address and client.
    pub token_endpoint: RequestLimit,
}

impl RateLimits {
    /// Limits so high that no client reaches them, the token endpoint's too: 4,294,967,295 requests
    /// in each second, or minute.
    ///
    /// The answers still carry the headers that tell of a limit.
    #[must_use]
    pub const fn unlimited() -> Self {
        let most = u32::MAX as u64;
        let limit = RateLimit { capacity: most, refill: most, period_seconds: 1 };
        let token_endpoint = RequestLimit { requests: most, period_minutes: 1 };
        Self { group: limit, org: limit, token_endpoint }
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            group: RateLimit::default(),
            org: RateLimit { capacity: 500, refill: 250, period_seconds: 60 },
            token_endpoint: RequestLimit::default(),
        }
    }
}

fn of_organisation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RateLimit, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Given {
        capacity: Option<u64>,
        refill: Option<u64>,
        period_seconds: Option<u64>,
    }
    let given = Given::deserialize(deserializer)?;
    let usual = RateLimits::default().org;
    Ok(RateLimit {
        capacity: given.capacity.unwrap_or(usual.capacity),
        refill: given.refill.unwrap_or(usual.refill),
        period_seconds: given.period_seconds.unwrap_or(usual.period_seconds),
    })
}

/// A token bucket that is refilled in steps. The default is that of a project on Atlas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests a full bucket lets through.
    pub capacity: u64,
    /// How many requests each step adds, up to the capacity.
    pub refill: u64,
    /// How many seconds lie between two steps.
    pub period_seconds: u64,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { capacity: 1200, refill: 500, period_seconds: 60 }
    }
}

/// A plain number of requests in a number of minutes. The default is that of the token endpoint on
/// Atlas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestLimit {
    /// How many requests are let through.
    pub requests: u64,
    /// In how many minutes.
    pub period_minutes: u64,
}

impl Default for RequestLimit {
    fn default() -> Self {
        Self { requests: 10, period_minutes: 1 }
    }
}
