//! The state that connections and the control share.

use std::net::IpAddr;

use super::active_faults::ActiveFaults;
use super::auth::{Authenticator, Clients, Tokens};
use super::id_generator::IdGenerator;
use super::organization::Organization;
use super::project::Projects;
use super::rate_limit::RateLimiter;
use super::request_log::{RecordedRequest, RequestLog};
use crate::api::{Description, OpenApiError, Routes};
use crate::scenario::{Clock, OperationId, RunningClock, Scenario};

/// Called with each request once its response is known.
pub(crate) type Observer = Box<dyn Fn(&RecordedRequest) + Send + Sync>;

/// The state that connections and the control share. Each mutable part has its own lock, which is
/// held only briefly.
pub(crate) struct State {
    pub(crate) clock: RunningClock,
    pub(crate) routes: Routes,
    /// The operations that are served without state, before those of the routes.
    pub(crate) description: Option<Description>,
    pub(crate) authenticator: Authenticator,
    pub(crate) clients: Clients,
    pub(crate) tokens: Tokens,
    pub(crate) organization: Organization,
    pub(crate) projects: Projects,
    pub(crate) ids: IdGenerator,
    /// The limits of the projects and the organization, by id.
    pub(crate) rate_limiter: RateLimiter<String>,
    /// The limits of the OAuth endpoints, by address, endpoint and client.
    pub(crate) token_rate_limiter: RateLimiter<(IpAddr, OperationId, String)>,
    pub(crate) faults: ActiveFaults,
    pub(crate) request_log: RequestLog,
    pub(crate) observer: Option<Observer>,
    pub(crate) scenario: Scenario,
}

impl State {
    pub(crate) fn new(
        scenario: Scenario,
        clock: Clock,
        observer: Option<Observer>,
    ) -> Result<Self, OpenApiError> {
        Ok(Self {
            routes: Routes::built_in()?,
            description: None,
            authenticator: Authenticator::new(&scenario),
            clients: Clients::new(&scenario),
            tokens: Tokens::new(&scenario),
            organization: Organization::new(&scenario),
            projects: Projects::new(&scenario),
            ids: IdGenerator::new(&scenario),
            rate_limiter: RateLimiter::default(),
            token_rate_limiter: RateLimiter::default(),
            faults: ActiveFaults::new(&scenario.faults),
            request_log: RequestLog::default(),
            observer,
            clock: RunningClock::start(clock),
            scenario,
        })
    }
}
