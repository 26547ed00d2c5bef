//! Everything that the connections and the control handle share.

use crate::auth::Auth;
use crate::bucket::Buckets;
use crate::clock::{Clock, RunningClock};
use crate::faults::Faults;
use crate::fragment::FragmentError;
use crate::ids::Ids;
use crate::oauth::{Clients, Tokens};
use crate::organisation::Organisation;
use crate::projects::Projects;
use crate::record::{Journal, RecordedRequest};
use crate::routes::Routes;
use crate::scenario::Scenario;

/// What is called with each request once it is answered.
pub(crate) type Observer = Box<dyn Fn(&RecordedRequest) + Send + Sync>;

/// Everything that the connections and the control handle share. What changes has its own lock,
/// none of which is held for longer than a look-up.
pub(crate) struct World {
    pub(crate) clock: RunningClock,
    pub(crate) routes: Routes,
    pub(crate) auth: Auth,
    pub(crate) clients: Clients,
    pub(crate) tokens: Tokens,
    pub(crate) organisation: Organisation,
    pub(crate) projects: Projects,
    pub(crate) ids: Ids,
    pub(crate) buckets: Buckets,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) observer: Option<Observer>,
    pub(crate) scenario: Scenario,
}

impl World {
    pub(crate) fn new(
        scenario: Scenario,
        clock: Clock,
        observer: Option<Observer>,
    ) -> Result<Self, FragmentError> {
        let limits = scenario.rate_limits;
        let projects = scenario.projects.iter().map(|project| (project.id.clone(), limits.group));
        let buckets = projects.chain([(scenario.org_id.clone(), limits.org)]);
        Ok(Self {
            routes: Routes::built_in()?,
            auth: Auth::new(&scenario),
            clients: Clients::new(&scenario.service_accounts, limits.token_endpoint),
            tokens: Tokens::new(&scenario),
            organisation: Organisation::new(&scenario),
            projects: Projects::new(&scenario),
            ids: Ids::new(&scenario),
            buckets: Buckets::new(buckets),
            faults: Faults::new(&scenario.faults),
            journal: Journal::default(),
            observer,
            clock: RunningClock::start(clock),
            scenario,
        })
    }
}
